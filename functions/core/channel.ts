import { z } from 'zod';
import { httpUrl } from './text.ts';

const HttpUrl = httpUrl('must be an http or https address');

const Webhook = z.strictObject({
  type: z.literal('webhook'),
  url: HttpUrl,
  /** Key of the HMAC-SHA256 signature; made by Overdue when absent. */
  secret: z.string().min(16).max(200).optional(),
});

/** Slack's incoming webhook, and what is compatible with it. */
const Slack = z.strictObject({ type: z.literal('slack'), url: HttpUrl });

const Email = z.strictObject({ type: z.literal('email'), to: z.array(z.email().max(254)).min(1).max(50) });

const Sns = z.strictObject({
  type: z.literal('sns'),
  topicArn: z
    .string()
    .regex(/^arn:aws[\w-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/, 'must be the ARN of an SNS standard topic'),
});

/** Where a team is told. Addresses and secrets are write-only: no answer of the API shows them again. */
export const ChannelTarget = z.discriminatedUnion('type', [Webhook, Slack, Email, Sns]);
export type ChannelTarget = z.infer<typeof ChannelTarget>;
export type ChannelOf<T extends ChannelTarget['type']> = Extract<ChannelTarget, { type: T }>;
