import { z } from '@hono/zod-openapi';
import type { DeadlineView } from '../../../app/deadlines/read.ts';
import { BreachReason } from '../../../core/alert.ts';
import {
  BreachStatus,
  deadlineId,
  runOf,
  Status,
  type Breach,
  type Deadline,
} from '../../../core/deadline.ts';
import { Severity } from '../../../core/expectation.ts';
import { describeExpected } from '../../../core/seen.ts';
import { SECOND, toIso, toLocal, type Instant } from '../../../core/time.ts';
import { Local, Utc } from '../fields.ts';
import { EvidenceAnswer, evidenceAnswer, RunAnswer, runAnswer } from './evidence.ts';
import { InconclusiveAnswer, inconclusiveAnswer } from './inconclusive.ts';
import { LateFields, lateFields } from './lateness.ts';

/** Which deadline, and when it was due. */
const Head = {
  id: z.string().openapi({ example: '2026-11-21T06:00~r1', description: 'Unique within the expectation' }),
  team: z.string(),
  expectation: z.string(),
  occurrence: z.string().openapi({ example: '2026-11-21T06:00' }),
  rev: z.int().openapi({ description: 'The revision whose rules govern it' }),
  timezone: z.string().openapi({ example: 'Europe/Berlin' }),
  dueAt: Utc,
  dueLocal: Local,
  limitAt: Utc.openapi({ description: 'dueAt plus grace: what comes later is late' }),
  limitLocal: Local,
  expects: z
    .string()
    .openapi({ example: '1 object of at least 1 byte matching orders/2026/11/21/*.csv in acme' }),
  run: RunAnswer.optional().openapi({
    description: 'Of a job: the run that is watched, or the one that was seen when it was missed',
  }),
};

const BreachFields = {
  status: BreachStatus,
  reason: BreachReason,
  severity: Severity,
  openedAt: Utc,
  seen: z.string().openapi({ description: 'What was seen instead of what was expected' }),
  endedAt: Utc.optional(),
  arrivedAt: Utc.optional(),
  ...LateFields,
  acknowledged: z.object({ by: z.string(), at: Utc }).optional(),
  mutedUntil: Utc.optional().openapi({
    description: 'Something was not told; it is then, if it is open still',
  }),
};

const Correction = z
  .object({ outcome: z.literal('met'), at: Utc, arrivedAt: Utc })
  .openapi({ description: 'Proof that came after the verdict and contradicts it. The verdict stays' });

/** A breach as it is listed. */
export const BreachAnswer = z
  .object({ ...Head, ...BreachFields, correction: Correction.optional() })
  .openapi('Breach');

/** A deadline with its verdict. */
export const DeadlineAnswer = z
  .object({
    ...Head,
    opensAt: Utc.openapi({ description: 'Evidence counts from after this' }),
    checkAt: Utc.openapi({ description: 'When it is judged' }),
    after: z
      .object({ what: z.string(), key: z.string(), at: Utc })
      .optional()
      .openapi({ description: 'Of a follow-up: what came, and must be followed by what has the same key' }),
    note: z
      .string()
      .optional()
      .openapi({ description: 'Why it is not where it was written: a clock change' }),
    status: Status,
    decidedAt: Utc.optional(),
    cause: z
      .string()
      .optional()
      .openapi({ description: 'Why it was excused, cancelled, or is undetermined' }),
    metAt: Utc.optional(),
    intoGraceSeconds: z.number().optional(),
    inconclusive: InconclusiveAnswer.optional().openapi({
      description: 'Of a pending deadline that could not be looked at',
    }),
    correction: Correction.optional(),
    breach: z.object(BreachFields).optional(),
    evidence: z
      .array(EvidenceAnswer)
      .openapi({ description: 'What was seen of it, accepted or not, by time' }),
    moreEvidence: z.int().optional().openapi({ description: 'Older evidence that is left out here' }),
  })
  .openapi('Deadline');

/** The breach of a deadline as it is listed. */
export function breachAnswer(deadline: Deadline & { breach: Breach }): z.infer<typeof BreachAnswer> {
  const { breach, correction } = deadline;
  return {
    ...headOf(deadline),
    ...breachFields(breach),
    ...(correction ? { correction: correctionOf(correction) } : {}),
  };
}

/** @param most how much evidence is shown, the newest @param withBodies whether bodies of check-ins are */
export function deadlineAnswer(
  { deadline, evidence }: DeadlineView,
  most: number,
  withBodies: boolean,
): z.infer<typeof DeadlineAnswer> {
  const { opensAt, checkAt, after, note, status, cause, breach, correction, inconclusive } = deadline;
  const shown = evidence.slice(-most).map((one) => evidenceAnswer(one, deadline, withBodies));
  const omitted = evidence.length - shown.length;
  return {
    ...headOf(deadline),
    ...{ opensAt: toIso(opensAt), checkAt: toIso(checkAt), status },
    ...(after ? { after: { what: after.what, key: after.key, at: toIso(after.at) } } : {}),
    ...(note === undefined ? {} : { note }),
    ...instants({ decidedAt: deadline.decidedAt, metAt: deadline.metAt }),
    ...(cause === undefined ? {} : { cause }),
    ...(deadline.intoGrace ? { intoGraceSeconds: deadline.intoGrace / SECOND } : {}),
    ...(inconclusive ? { inconclusive: inconclusiveAnswer(inconclusive) } : {}),
    ...(correction ? { correction: correctionOf(correction) } : {}),
    ...(breach ? { breach: breachFields(breach) } : {}),
    evidence: shown,
    ...(omitted > 0 ? { moreEvidence: omitted } : {}),
  };
}

function headOf(deadline: Deadline) {
  const { team, expectation, occurrence, rev, timezone, dueAt, limitAt } = deadline;
  const run = runOf(deadline);
  return {
    ...{ id: deadlineId(deadline), team, expectation, occurrence, rev, timezone },
    ...{ dueAt: toIso(dueAt), dueLocal: toLocal(dueAt, timezone) },
    ...{ limitAt: toIso(limitAt), limitLocal: toLocal(limitAt, timezone) },
    expects: describeExpected(deadline),
    ...(run ? { run: runAnswer(run) } : {}),
  };
}

function breachFields({ status, reason, severity, openedAt, seen, ...breach }: Breach) {
  const { acknowledged, endedAt, arrivedAt, muted } = breach;
  return {
    ...{ status, reason, severity, openedAt: toIso(openedAt), seen },
    ...instants({ endedAt, arrivedAt, mutedUntil: muted?.until }),
    ...lateFields(breach),
    ...(acknowledged ? { acknowledged: { by: acknowledged.by, at: toIso(acknowledged.at) } } : {}),
  };
}

function correctionOf({ outcome, at, arrivedAt }: NonNullable<Deadline['correction']>) {
  return { outcome, at: toIso(at), arrivedAt: toIso(arrivedAt) };
}

/** Those that are there, as ISO. */
function instants<K extends string>(times: Record<K, Instant | undefined>): Partial<Record<K, string>> {
  const result: Partial<Record<K, string>> = {};
  for (const name in times) {
    const at = times[name];
    if (at !== undefined) result[name] = toIso(at);
  }
  return result;
}
