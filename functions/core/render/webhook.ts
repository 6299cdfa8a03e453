import { z } from 'zod';
import { AlertType, BreachReason, type Message } from '../alert.ts';
import { Severity } from '../expectation.ts';
import { inZone, SECOND, toIso } from '../time.ts';
import { entriesOf, type MessageAlert } from './entry.ts';
import { headline, latenessOf } from './headline.ts';
import { summaryOf } from './summary.ts';

const Instant = z.iso.datetime().meta({ example: '2026-11-21T05:00:00.000Z' });

/** One transition of one deadline. Instants are ISO 8601 in UTC. */
export const WebhookAlert = z.object({
  id: z.string().describe('The same in every copy of this alert on every channel: deduplicate by it'),
  type: AlertType,
  headline: z.string().describe('The alert in one line'),
  at: Instant.describe('When the transition happened'),
  team: z.string(),
  expectation: z.string(),
  title: z.string().optional(),
  severity: Severity,
  runbook: z.string().optional(),
  occurrence: z.string().describe('Which deadline of the expectation'),
  timezone: z.string().meta({ example: 'Europe/Berlin' }),
  dueAt: Instant,
  dueLocal: z.iso
    .datetime({ offset: true })
    .describe('dueAt on the clocks of the time zone')
    .meta({ example: '2026-11-21T06:00:00.000+01:00' }),
  limitAt: Instant.describe('dueAt plus grace'),
  expected: z.string(),
  seen: z.string().describe('What was seen instead, what arrived, or why it could not be looked at'),
  reason: BreachReason.optional(),
  lateSeconds: z
    .number()
    .nullable()
    .describe(
      'Seconds after dueAt: of a recovery the arrival, of opened, reminder, gave-up and closed the transition; else null',
    ),
  arrivedAt: Instant.optional().describe('Of a recovery'),
  arrivedAfter: Instant.optional().describe(
    'Of a recovery of which only an interval is known: it came after this, and by arrivedAt at the latest',
  ),
  openedAt: Instant.optional().describe('Of an alert that follows another: when the breach was opened'),
  actor: z.string().optional().describe('Who closed the breach'),
  link: z.string().describe('Address of the breach in the API'),
  runLink: z.string().optional().describe('Address in the AWS console of the run that hangs or failed'),
  record: z
    .object({ missed: z.int(), of: z.int() })
    .optional()
    .describe('How many of the last judged occurrences were missed'),
});
export type WebhookAlert = z.infer<typeof WebhookAlert>;

/** The JSON body of a post to a webhook: all alerts of the message, however many. */
export const WebhookBody = z.object({
  version: z.literal(1),
  id: z.string().describe('The same in every repetition of this message; also the header Idempotency-Key'),
  team: z.string(),
  channel: z.string(),
  summary: z.string().describe('The message in one line'),
  alerts: z.array(WebhookAlert),
});
export type WebhookBody = z.infer<typeof WebhookBody>;

export function webhookBody(message: Message): WebhookBody {
  return {
    version: 1,
    id: message.id,
    team: message.team,
    channel: message.channel,
    summary: summaryOf(entriesOf(message), message),
    alerts: message.alerts.map(webhookAlert),
  };
}

function webhookAlert(alert: MessageAlert): WebhookAlert {
  const { at, dueAt, limitAt, openedAt, lateBy, lateAtLeast, ...same } = alert;
  const late = latenessOf(alert);
  return {
    ...same,
    headline: headline(alert),
    at: toIso(at),
    dueAt: toIso(dueAt),
    dueLocal: inZone(dueAt, alert.timezone).toISO() ?? toIso(dueAt),
    limitAt: toIso(limitAt),
    lateSeconds: late === undefined ? null : late / SECOND,
    ...(lateBy === undefined ? {} : { arrivedAt: toIso(dueAt + lateBy) }),
    ...(lateAtLeast === undefined ? {} : { arrivedAfter: toIso(dueAt + lateAtLeast) }),
    ...(openedAt === undefined ? {} : { openedAt: toIso(openedAt) }),
  };
}

/** The alert as it was before it became JSON. */
export function alertOf(sent: WebhookAlert): MessageAlert {
  const { headline: _headline, dueLocal: _dueLocal, lateSeconds: _lateSeconds, ...same } = sent;
  const { at, dueAt, limitAt, openedAt, arrivedAt, arrivedAfter, ...rest } = same;
  const { record, ...facts } = rest;
  const due = Date.parse(dueAt);
  return {
    ...facts,
    at: Date.parse(at),
    dueAt: due,
    limitAt: Date.parse(limitAt),
    ...(arrivedAt === undefined ? {} : { lateBy: Date.parse(arrivedAt) - due }),
    ...(arrivedAfter === undefined ? {} : { lateAtLeast: Date.parse(arrivedAfter) - due }),
    ...(openedAt === undefined ? {} : { openedAt: Date.parse(openedAt) }),
    ...(record === undefined ? {} : { record }),
  };
}
