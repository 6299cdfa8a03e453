import { z } from '@hono/zod-openapi';
import type { TimelineEntry } from '../../../app/ports.ts';
import { AlertType, BreachReason } from '../../../core/alert.ts';
import { toIso } from '../../../core/time.ts';
import { Utc } from '../fields.ts';
import { LateFields, lateFields } from './lateness.ts';

const TransitionAnswer = z.object({
  kind: z.literal('transition'),
  seq: z.int(),
  type: AlertType,
  at: Utc,
  seen: z.string(),
  reason: BreachReason.optional(),
  ...LateFields,
  actor: z.string().optional(),
  muted: z.literal(true).optional().openapi({ description: 'It was told to nobody' }),
});

const RemarkAnswer = z.object({
  kind: z.enum(['note', 'acknowledged']),
  at: Utc,
  actor: z.string(),
  text: z.string(),
});

const DeliveryAnswer = z.object({
  kind: z.literal('delivery'),
  seq: z.int().openapi({ description: 'Of the transition that was told' }),
  channel: z.string(),
  at: Utc,
  status: z.enum(['delivered', 'retrying', 'failed']),
  attempts: z.int(),
  message: z.string().openapi({ description: 'Id of the message that it was part of' }),
  problem: z.string().optional(),
});

/** What happened to a deadline, in order: what changed, who was told, what people said. */
export const TimelineAnswer = z
  .array(z.discriminatedUnion('kind', [TransitionAnswer, RemarkAnswer, DeliveryAnswer]))
  .openapi('Timeline');

/** Of one instant, what changed comes first and who was told last. */
const ORDER: readonly TimelineEntry['kind'][] = ['transition', 'acknowledged', 'note', 'delivery'];

/** The timeline as it is shown. */
export function timelineAnswer(entries: readonly TimelineEntry[]): z.infer<typeof TimelineAnswer> {
  return entries
    .toSorted((a, b) => a.at - b.at || ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind))
    .map(entryAnswer);
}

function entryAnswer(entry: TimelineEntry): z.infer<typeof TimelineAnswer>[number] {
  switch (entry.kind) {
    case 'transition': {
      const { kind, seq, type, at, seen, reason, actor, muted } = entry;
      return {
        ...{ kind, seq, type, at: toIso(at), seen },
        ...(reason === undefined ? {} : { reason }),
        ...lateFields(entry),
        ...(actor === undefined ? {} : { actor }),
        ...(muted === undefined ? {} : { muted }),
      };
    }
    case 'note':
    case 'acknowledged': {
      const { kind, at, actor, text } = entry;
      return { kind, at: toIso(at), actor, text };
    }
    case 'delivery': {
      const { kind, seq, channel, at, status, attempts, message, problem } = entry;
      return {
        ...{ kind, seq, channel, at: toIso(at), status, attempts, message },
        ...(problem === undefined ? {} : { problem }),
      };
    }
  }
}
