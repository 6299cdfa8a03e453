import { z } from '@hono/zod-openapi';
import { deadlineId, type Deadline } from '../../../core/deadline.ts';
import { Signal, type Evidence } from '../../../core/evidence.ts';
import { SeenEvent } from '../../../core/event.ts';
import { RunSource, type RunName } from '../../../core/run.ts';
import { jobEvents } from '../../../core/sources/index.ts';
import { toIso, toLocal } from '../../../core/time.ts';
import { Local, Utc } from '../fields.ts';

/** Which run, and where to look at it. */
export const RunAnswer = z.object({
  source: RunSource,
  job: z.string(),
  run: z.string(),
  account: z.string(),
  region: z.string(),
  link: z.string().optional().openapi({ description: 'The run in the AWS console' }),
});

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
    event: SeenEvent.omit({ pattern: true }).optional(),
    run: RunAnswer.extend({
      phase: z.enum(['started', 'ended']),
      status: z.string().openapi({ example: 'TIMED_OUT' }),
    })
      .optional()
      .openapi({ description: 'A run of a job that began or ended' }),
    checkIn: z
      .object({ signal: Signal, exitCode: z.int().optional(), body: z.string().optional() })
      .optional()
      .openapi({ description: 'Bodies are shown with a single deadline, not in lists' }),
  })
  .openapi('Evidence');

/** The evidence as it is shown with a deadline. */
export function evidenceAnswer(
  { id, at, after, recordedAt, source, rejected, object, run, event, checkIn, claimedBy }: Evidence,
  deadline: Deadline,
  withBodies: boolean,
): z.infer<typeof EvidenceAnswer> {
  return {
    ...{ id, at: toIso(at), atLocal: toLocal(at, deadline.timezone), recordedAt: toIso(recordedAt), source },
    ...(after === undefined ? {} : { after: toIso(after) }),
    accepted: rejected === undefined,
    ...(rejected === undefined ? {} : { rejected }),
    serves: claimedBy === deadlineId(deadline) || isNamed(deadline, id),
    ...(object ? { object } : {}),
    ...(event ? { event: eventAnswer(event) } : {}),
    ...(run ? { run: toldRun(run) } : {}),
    ...(checkIn ? { checkIn: withBodies ? checkIn : withoutBody(checkIn) } : {}),
  };
}

/** A run's own deadline names its evidence and does not claim it: that of a time of day may need it, too. */
function isNamed({ evidence, correction }: Deadline, id: string): boolean {
  return [...(evidence ?? []), ...(correction?.evidence ?? [])].includes(id);
}

/** The pattern is that of the expectation. */
function eventAnswer({ pattern: _fingerprint, ...event }: NonNullable<Evidence['event']>) {
  return event;
}

/** The run with its address in the AWS console. */
export function runAnswer<R extends Omit<RunName, 'startedAt'> & { source: RunSource }>(
  run: R,
): R & { link?: string } {
  const link = jobEvents[run.source].link(run);
  return { ...run, ...(link === undefined ? {} : { link }) };
}

function toldRun({ startedAt: _told, ...run }: NonNullable<Evidence['run']>) {
  return runAnswer(run);
}

function withoutBody({ body: _body, ...checkIn }: NonNullable<Evidence['checkIn']>) {
  return checkIn;
}
