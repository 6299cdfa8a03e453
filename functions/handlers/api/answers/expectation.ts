import { z } from '@hono/zod-openapi';
import { Expectation } from '../../../core/expectation.ts';
import { RegistrationStatus, type Registration, type Revision } from '../../../core/registration.ts';
import { toIso } from '../../../core/time.ts';
import { Utc } from '../fields.ts';
import { InconclusiveAnswer, inconclusiveAnswer } from './inconclusive.ts';

/** The body of an expectation for the document. It is read by the use-case, which has the team's rules too. */
export const ExpectationBody = z.strictObject(Expectation.shape).openapi('Expectation', {
  description:
    'What must happen, by when, for which team. Exactly one of `file`, `checkIn`, `job`, `event` and `followUp`. In answers, defaults are filled in.',
  example: {
    id: 'orders-landing',
    team: 'data-platform',
    title: 'Orders from ACME',
    file: { bucket: 'acme-landing', key: 'orders/{yyyy}/{MM}/{dd}/orders-*.csv', minCount: 1, minBytes: 1 },
    due: { at: '06:00', days: 'mon-fri', timezone: 'Europe/Berlin', holidays: 'DE-BE' },
    grace: '10m',
    giveUpAfter: '24h',
    severity: 'high',
    notify: ['ops-email'],
    runbook: 'https://wiki.example.com/orders',
  },
});

const Changed = {
  revision: z.int().openapi({ description: 'Counts every change; also the ETag' }),
  status: RegistrationStatus,
  expectation: ExpectationBody,
  changedAt: Utc,
  changedBy: z.string().openapi({ example: 'key:3kTz9fQ1xLmA (deploy)' }),
  why: z.string().optional(),
};

/** An expectation as it is registered. */
export const ExpectationAnswer = z
  .object({
    ...{ team: z.string(), id: z.string(), ...Changed },
    inconclusive: InconclusiveAnswer.optional().openapi({
      description: 'Of a job with `finishesWithin`: runs of which no event tells cannot be looked for',
    }),
  })
  .openapi('RegisteredExpectation');

/** What a change answers. */
export const ChangedExpectation = ExpectationAnswer.extend({
  warnings: z.array(z.string()).openapi({ description: 'What is allowed but probably not meant' }),
  pingUrl: z.url().optional().openapi({
    description:
      'Of a check-in or a custom job: its one-line address. It is shown this once; renew it when it is lost',
  }),
}).openapi('ChangedExpectation');

/** One revision of the history. */
export const RevisionAnswer = z
  .object({
    ...Changed,
    rev: z.int().openapi({ description: 'The revision whose rules governed new deadlines' }),
  })
  .openapi('Revision');

/** The expectation as registered. */
export function expectationAnswer({
  team,
  id,
  ...registration
}: Registration): z.infer<typeof ExpectationAnswer> {
  const { inconclusive } = registration;
  return {
    ...{ team, id, ...changedFields(registration) },
    ...(inconclusive ? { inconclusive: inconclusiveAnswer(inconclusive) } : {}),
  };
}

/** One revision as it is shown. */
export function revisionAnswer(revision: Revision): z.infer<typeof RevisionAnswer> {
  return { ...changedFields(revision), rev: revision.rev };
}

function changedFields({
  revision,
  status,
  expectation,
  changedAt,
  changedBy,
  why,
}: Pick<Registration, 'revision' | 'status' | 'expectation' | 'changedAt' | 'changedBy' | 'why'>) {
  return {
    ...{ revision, status, expectation, changedAt: toIso(changedAt), changedBy },
    ...(why === undefined ? {} : { why }),
  };
}
