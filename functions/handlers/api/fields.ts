import { z } from '@hono/zod-openapi';
import { DEADLINE_ID, parseDeadlineId } from '../../core/deadline.ts';
import { Id } from '../../core/expectation.ts';
import { oneLine } from '../../core/text.ts';

/** The team of a path. */
export const TeamPath = z.strictObject({ team: Id.meta({ example: 'data-platform' }) });

/** An expectation, by path. */
export const ExpectationPath = TeamPath.extend({ id: Id.meta({ example: 'orders-landing' }) });

const DeadlineId = z
  .string()
  .max(60)
  .transform((text, ctx) => {
    const parsed = parseDeadlineId(text);
    if (parsed) return parsed;
    const message =
      'must be the id of a deadline: its occurrence, ~r and its revision, as in 2026-11-21T06:00~r1';
    ctx.issues.push({ code: 'custom', message, input: text });
    return z.NEVER;
  })
  .openapi({
    pattern: DEADLINE_ID.source,
    example: '2026-11-21T06:00~r1',
    description: 'The occurrence and the revision that governs it, as in the lists',
  });

/** A deadline, and its breach, by path. */
export const DeadlinePath = ExpectationPath.extend({ deadline: DeadlineId });

/** A channel, by path. */
export const ChannelPath = TeamPath.extend({ name: Id.meta({ example: 'ops-email' }) });

/** A calendar, by path. */
export const CalendarPath = TeamPath.extend({ name: Id.meta({ example: 'acme-plant' }) });

/** A whole number in a query. */
export function wholeNumber(min: number, max: number, fallback: number, description: string) {
  const message = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, message)
    .transform(Number)
    .refine((number) => number >= min && number <= max, message)
    .default(fallback)
    .openapi({
      type: 'integer',
      minimum: min,
      maximum: max,
      default: fallback,
      example: fallback,
      description,
    });
}

const INSTANT =
  'must be an instant with its offset, such as 2026-11-21T05:00:00Z or 2026-11-21T06:00:00%2B01:00 (in an address, + is written %2B)';

/** How instants of the years from 1970 to the last one begin. */
const YEARS = { 2199: '^(19[7-9]|2[01][0-9])[0-9]-', 9999: '^(19[7-9]|[2-9][0-9]{2})[0-9]-' };

/** An instant in a query, read as epoch milliseconds. */
export function instant(
  description: string,
  lastYear: keyof typeof YEARS = 9999,
  example = '2026-11-21T05:00:00Z',
) {
  return z
    .string()
    .transform((text, ctx) => {
      const parsed = z.iso.datetime({ offset: true }).safeParse(text);
      const at = parsed.success ? Date.parse(parsed.data) : NaN;
      if (at >= 0 && at < Date.UTC(lastYear + 1, 0, 1)) return at;
      const message = parsed.success ? `must be in the years 1970 to ${lastYear}` : INSTANT;
      ctx.issues.push({ code: 'custom', message, input: text });
      return z.NEVER;
    })
    .optional()
    .openapi({ type: 'string', format: 'date-time', pattern: YEARS[lastYear], example, description });
}

/** Which page of a list. */
export const PageQuery = z.strictObject({
  limit: wholeNumber(1, 200, 50, 'Entries of one page'),
  cursor: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,4000}$/, 'must be the cursor of the page before')
    .optional()
    .openapi({
      description: 'The `cursor` of the page before, with the same query. Absent on the first page',
    }),
});

const TIME_RANGE = 'by when they were due';

/** A page of what was due in a time range. */
export const RangeQuery = PageQuery.extend({
  from: instant(`From this instant on, ${TIME_RANGE}. Default: 30 days before \`to\`, or before now`),
  to: instant(`Before this instant, ${TIME_RANGE}`, 9999, '2026-11-22T05:00:00Z'),
});

/** `true` or `false` in a query. */
export function flag(description: string) {
  return z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true')
    .openapi({ type: 'boolean', default: false, description });
}

/** Why a change is made; it goes into the revisions. */
export const WhyQuery = z.strictObject({
  why: oneLine(500)
    .optional()
    .meta({ example: 'ACME delivers later since May', description: 'Why; kept with the revision' }),
});

/** An instant of an answer. */
export const Utc = z.iso.datetime().openapi({ example: '2026-11-21T05:00:00.000Z' });

/** The same on the clocks of the expectation's time zone. */
export const Local = z.string().openapi({ example: 'Sat 2026-11-21 06:00' });

/** A list of an answer: `cursor` asks for the next page and is absent on the last. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), cursor: z.string().optional() });
}

/** A list of what was due in a time range, with the range that was taken. */
export function rangeOf<T extends z.ZodType>(item: T) {
  return pageOf(item).extend({ from: Utc, to: Utc });
}
