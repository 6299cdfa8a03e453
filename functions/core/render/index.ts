export { headline } from './headline.ts';
export { html } from './html.ts';
export { plainText, subjectLine } from './plain-text.ts';
export { slack, type SlackBody } from './slack.ts';
export { alertOf, WebhookAlert, webhookBody, WebhookBody } from './webhook.ts';
