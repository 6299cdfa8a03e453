import { z } from '@hono/zod-openapi';
import type { Preview } from '../../../app/expectations/preview.ts';
import type { Upcoming } from '../../../core/plan.ts';
import { describeExpected } from '../../../core/seen.ts';
import { toIso, toLocal } from '../../../core/time.ts';
import { Local, Utc } from '../fields.ts';

const UpcomingAnswer = z.object({
  occurrence: z.string().openapi({ example: '2026-11-23T06:00' }),
  dueAt: Utc,
  dueLocal: Local,
  timezone: z.string().openapi({ example: 'Europe/Berlin' }),
  opensAt: Utc.openapi({ description: 'Evidence counts from after this' }),
  opensLocal: Local,
  limitAt: Utc.openapi({ description: 'dueAt plus grace' }),
  limitLocal: Local,
  checkAt: Utc.openapi({ description: 'When it is judged' }),
  expects: z.string(),
  note: z.string().optional().openapi({ example: '02:30 does not exist on that day: moved to 03:30' }),
  excused: z.string().optional().openapi({ description: 'The holiday on which nothing is owed' }),
});

/** The next deadlines, computed and not stored. */
export const PreviewAnswer = z
  .object({
    deadlines: z.array(UpcomingAnswer),
    skipped: z
      .array(z.object({ date: z.string().openapi({ example: '2026-12-25' }), reason: z.string() }))
      .openapi({
        description: 'Dates between them on which nothing falls due although the rule is about days like it',
      }),
    warnings: z.array(z.string()).openapi({
      description:
        'Calendars that run out soon, or before the last of the deadlines; of a followUp, when what comes then would be due',
      example: ['calendar acme-plant is valid until 2026-12-31: days after it are taken for no holidays'],
    }),
  })
  .openapi('Preview');

/** The preview as it is shown. */
export function previewAnswer({ upcoming, skipped, warnings }: Preview): z.infer<typeof PreviewAnswer> {
  return {
    deadlines: upcoming.map(upcomingAnswer),
    skipped: skipped.map(({ skipped: date, reason }) => ({ date, reason })),
    warnings,
  };
}

function upcomingAnswer({ deadline, excused }: Upcoming): z.infer<typeof UpcomingAnswer> {
  const { occurrence, timezone, dueAt, opensAt, limitAt, checkAt, note } = deadline;
  return {
    ...{ occurrence, dueAt: toIso(dueAt), dueLocal: toLocal(dueAt, timezone), timezone },
    ...{ opensAt: toIso(opensAt), opensLocal: toLocal(opensAt, timezone) },
    ...{ limitAt: toIso(limitAt), limitLocal: toLocal(limitAt, timezone), checkAt: toIso(checkAt) },
    expects: describeExpected(deadline),
    ...(note === undefined ? {} : { note }),
    ...(excused === undefined ? {} : { excused }),
  };
}
