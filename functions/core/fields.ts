import { z } from 'zod';
import { hasOtherUnit, meantDuration, parseDuration, roughLength } from './duration.ts';
import { daysProblem } from './days.ts';
import { parsePattern } from './event-pattern.ts';
import { closest } from './guess.ts';
import { isTimezone, type Milliseconds } from './time.ts';

/** A duration within bounds, for a field of an expectation. @param allowed the bounds in words: `from 1m to 31d` */
export const span = (min: Milliseconds, max: Milliseconds, allowed: string, example: string) =>
  z
    .string()
    .check((ctx) => {
      if (isWithin(ctx.value, min, max)) return;
      const meant = meantDuration(ctx.value);
      const guess = meant !== undefined && isWithin(meant, min, max) ? `; did you mean ${meant}?` : '';
      const units = hasOtherUnit(ctx.value) ? '; units are d, h, m and s' : '';
      const message = `must be a duration ${allowed}, such as 90s, 10m, 1h30m or 2d${guess || units}`;
      ctx.issues.push({ code: 'custom', message, input: ctx.value });
    })
    .meta({ example, description: `A duration ${allowed}: days (d), hours (h), minutes (m), seconds (s)` });

function isWithin(text: string, min: Milliseconds, max: Milliseconds): boolean {
  const parsed = parseDuration(text);
  return parsed !== undefined && roughLength(parsed) >= min && roughLength(parsed) <= max;
}

/** A text of which a function tells what is wrong with it. */
export const checked = (problem: (value: string) => string | undefined, max = 200) =>
  z
    .string()
    .max(max, `must be at most ${max} characters`)
    .check((ctx) => {
      const message = problem(ctx.value);
      if (message) ctx.issues.push({ code: 'custom', message, input: ctx.value });
    });

export const Timezone = checked((name) =>
  isTimezone(name) ? undefined : `must be an IANA time zone such as Europe/Berlin or UTC${meantZone(name)}`,
).meta({ example: 'Europe/Berlin', description: 'The IANA time zone that days and times are meant in' });

/** A zone of nearly that name, or of that city. */
function meantZone(name: string): string {
  const zones = Intl.supportedValuesOf('timeZone');
  const plain = name.trim().replaceAll(' ', '_').toLowerCase();
  const cities = zones.filter((zone) => zone.toLowerCase().endsWith(`/${plain}`));
  const near = closest(
    plain,
    zones.filter((zone) => zone.includes('/')).map((zone) => zone.toLowerCase()),
  );
  const meant = cities[0] ?? zones.find((zone) => zone.toLowerCase() === near);
  if (meant !== undefined) return `; did you mean ${meant}?`;
  return /^(UTC|GMT)?[+-]/i.test(name) ? '; an offset knows no summer time' : '';
}

const CalendarName = z
  .string()
  .regex(
    /^([A-Z]{2}(-[A-Za-z0-9]{1,10}){0,2}|[a-z0-9][a-z0-9._-]{0,63})$/,
    'must be a region code such as DE-BE or US, or the name of one of your own calendars',
  );

/** Public holidays by region code (upper case), own calendars by name (lower case), or several of both. */
export const Holidays = z
  .union([CalendarName, z.array(CalendarName).min(1).max(10)], {
    error:
      'must be a region code such as DE-BE or US, the name of one of your own calendars, or a list of 1 to 10 of both',
  })
  .meta({
    example: 'DE-BE',
    description:
      'Days on which nothing is owed: public holidays by region code (DE-BE, US), own calendars by name, or a list of both',
  });

export const Bucket = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    'must be the name of an S3 bucket: 3-63 of a-z 0-9 . - without s3:// and without a path',
  )
  .meta({ example: 'acme-landing' });

export const Pattern = z
  .record(z.string(), z.unknown())
  .check((ctx) => {
    const parsed = parsePattern(ctx.value);
    if (!('problems' in parsed)) return;
    for (const { path, message, value } of parsed.problems) {
      ctx.issues.push({ code: 'custom', path: [...path], message, input: value });
    }
  })
  .meta({
    example: { source: ['com.acme.trades'], 'detail-type': ['Trade Booked'] },
    description: 'An event pattern of EventBridge, with all its operators',
  });

export const Days = checked(daysProblem).meta({
  example: 'mon-fri',
  description:
    'daily, business-days, weekdays (mon-fri or mon,wed), 1st-business-day, last-business-day, 1st-mon, last-fri, day-1 to day-31, last-day; several with commas',
});
