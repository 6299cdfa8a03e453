import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Config } from './config.ts';
import type { Handler } from './handler.ts';

/** So that channels which this deployment cannot have are refused. */
function describeChannels({ allowedWebhookHosts, mailFrom }: Config, ...handlers: Handler[]): void {
  const hosts = allowedWebhookHosts.length > 0 ? allowedWebhookHosts.join(',') : undefined;
  for (const handler of handlers) handler.knows({ mailFrom, allowedWebhookHosts: hosts });
}

/**
 * Lets the functions send to the channels of this deployment: mail from one address, the topics named, web hooks.
 * @param canary ARN of the canary's topic
 */
export function lendChannels(scope: Construct, config: Config, canary: string, ...handlers: Handler[]): void {
  describeChannels(config, ...handlers);
  for (const handler of handlers) {
    handler.may(['sns:Publish'], [canary, ...config.snsTopics]);
    lendMail(scope, config, handler);
  }
}

function lendMail(
  scope: Construct,
  { mailFrom, mailIdentity, mailConfigurationSet }: Config,
  handler: Handler,
): void {
  if (mailFrom === undefined) return;
  const address = addressOf(mailFrom);
  const resourceName = mailIdentity ?? address.slice(address.indexOf('@') + 1);
  const identity = Stack.of(scope).formatArn({ service: 'ses', resource: 'identity', resourceName });
  const resources = mailConfigurationSet === undefined ? [] : [configurationSet(scope, mailConfigurationSet)];
  // SES checks the v1 name of the action for raw messages, also when they are sent through its v2 API.
  handler.may(['ses:SendEmail', 'ses:SendRawEmail'], [identity, ...resources], {
    StringEquals: { 'ses:FromAddress': address },
  });
}

/** An identity may have one by default; sending then needs leave for it too. */
function configurationSet(scope: Construct, resourceName: string): string {
  return Stack.of(scope).formatArn({ service: 'ses', resource: 'configuration-set', resourceName });
}

/** @param from `Overdue <overdue@example.com>` or the address alone */
function addressOf(from: string): string {
  return /<([^>]*)>\s*$/.exec(from)?.[1] ?? from.trim();
}
