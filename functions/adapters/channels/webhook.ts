import type { Message } from '../../core/alert.ts';
import type { ChannelOf } from '../../core/channel.ts';
import { webhookBody } from '../../core/render/webhook.ts';
import { post, type OutgoingOptions } from './outgoing.ts';
import { signatureHeader } from './signature.ts';

export const USER_AGENT = 'Overdue/1';

/**
 * Posts the message as JSON (WebhookBody). `Idempotency-Key` is the id of the message, the same in every repetition;
 * `Overdue-Signature` is there when the channel has a secret (signature.ts says how to verify it).
 * @throws DeliveryFailed
 */
export async function sendWebhook(
  { url, secret }: ChannelOf<'webhook'>,
  message: Message,
  options: OutgoingOptions,
): Promise<void> {
  const body = JSON.stringify(webhookBody(message));
  const signature =
    secret === undefined ? {} : { 'Overdue-Signature': signatureHeader(body, secret, options.clock()) };
  const headers = {
    'Content-Type': 'application/json',
    'User-Agent': USER_AGENT,
    'Idempotency-Key': headerValue(message.id),
    ...signature,
  };
  await post({ url, headers, body, secrets: secret === undefined ? [] : [secret] }, options);
}

/** Ids are made by Overdue; one that is not fit for a header must not stop the alert. */
function headerValue(id: string): string {
  return id.toWellFormed().replace(/[^\x21-\x7e]/gu, (character) => encodeURIComponent(character));
}
