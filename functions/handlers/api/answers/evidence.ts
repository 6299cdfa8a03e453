import { z } from '@hono/zod-openapi';
import { deadlineId, type Deadline } from '../../../core/deadline.ts';
import { Signal, type Evidence } from '../../../core/evidence.ts';
import { toIso, toLocal } from '../../../core/time.ts';
import { Local, Utc } from '../fields.ts';

/** A fact that was seen, and what became of it. */
export const EvidenceAnswer = z
  .object({
    id: z.string(),
    at: Utc.openapi({ description: 'When it happened' }),
    atLocal: Local,
    after: Utc.optional().openapi({ description: 'It happened after this and not after `at`' }),
    recordedAt: Utc,
    source: z.enum(['event', 'look', 'check-in']),
    accepted: z.boolean(),
    rejected: z.string().optional().openapi({ example: '0 bytes, at least 1 expected' }),
    serves: z.boolean().openapi({ description: 'Whether the deadline is met, or was recovered, by it' }),
    object: z
      .object({ key: z.string(), size: z.int(), etag: z.string(), versionId: z.string().optional() })
      .optional(),
    checkIn: z
      .object({ signal: Signal, exitCode: z.int().optional(), body: z.string().optional() })
      .optional()
      .openapi({ description: 'Bodies are shown with a single deadline, not in lists' }),
  })
  .openapi('Evidence');

/** The evidence as it is shown with a deadline. */
export function evidenceAnswer(
  { id, at, after, recordedAt, source, rejected, object, checkIn, claimedBy }: Evidence,
  deadline: Deadline,
  withBodies: boolean,
): z.infer<typeof EvidenceAnswer> {
  return {
    ...{ id, at: toIso(at), atLocal: toLocal(at, deadline.timezone), recordedAt: toIso(recordedAt), source },
    ...(after === undefined ? {} : { after: toIso(after) }),
    accepted: rejected === undefined,
    ...(rejected === undefined ? {} : { rejected }),
    serves: claimedBy === deadlineId(deadline),
    ...(object ? { object } : {}),
    ...(checkIn ? { checkIn: withBodies ? checkIn : withoutBody(checkIn) } : {}),
  };
}

function withoutBody({ body: _body, ...checkIn }: NonNullable<Evidence['checkIn']>) {
  return checkIn;
}
