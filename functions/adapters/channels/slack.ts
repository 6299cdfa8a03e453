import type { Message } from '../../core/alert.ts';
import type { ChannelOf } from '../../core/channel.ts';
import { slack } from '../../core/render/slack.ts';
import { post, type OutgoingOptions } from './outgoing.ts';
import { USER_AGENT } from './webhook.ts';

/** Posts the message to an incoming webhook of Slack or of what is compatible. @throws DeliveryFailed */
export async function sendSlack(
  { url }: ChannelOf<'slack'>,
  message: Message,
  options: OutgoingOptions,
): Promise<void> {
  const headers = { 'Content-Type': 'application/json; charset=utf-8', 'User-Agent': USER_AGENT };
  await post({ url, headers, body: JSON.stringify(slack(message)), secrets: [] }, options);
}
