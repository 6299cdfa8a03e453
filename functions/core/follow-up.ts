import { z } from 'zod';
import { BusinessHours } from './business-time.ts';
import { describePattern, fingerprint } from './event.ts';
import type { JsonValue } from './event-pattern.ts';
import { Bucket, checked, Pattern, span } from './fields.ts';
import { countMarks, KEY_MARK, keyedGlobProblem, partsOfKey, withKeyParts } from './keyed-glob.ts';
import { inOneLine } from './text.ts';
import { HOUR, SECOND } from './time.ts';

/** Parts that make a key. */
const MOST_PARTS = 5;

/** Characters of a key: what an S3 key may have. */
const LONGEST_KEY = 1024;

const FIELD = /^\$(?:\.[\w-]+|\[\d{1,4}\])+$/;

const Field = checked((text) =>
  FIELD.test(text) ? undefined : 'must be the path of a field, such as $.detail.order or $.resources[0]',
).meta({ example: '$.detail.order' });

const KeyedEvent = z.strictObject({
  pattern: Pattern,
  key: z.union([Field, z.array(Field).min(1).max(MOST_PARTS)], {
    error: `must be the path of a field, such as $.detail.order, or a list of up to ${MOST_PARTS}`,
  }),
});

const KeyedFile = z.strictObject({
  bucket: Bucket,
  key: inOneLine(checked(keyedGlobProblem, LONGEST_KEY)).meta({
    example: 'orders/{*}.csv',
    description: `A glob. ${KEY_MARK} is a run without / that is the key; without one the whole name is`,
  }),
});

const Side = z
  .union([z.strictObject({ file: KeyedFile }), z.strictObject({ event: KeyedEvent })], {
    error:
      'must be an object of a bucket, {"file": {"bucket": "acme", "key": "orders/{*}.csv"}}, or an event, {"event": {"pattern": {…}, "key": "$.detail.order"}}',
  })
  .meta({ example: { file: { bucket: 'acme-landing', key: 'orders/{*}.csv' } } });

/** What must follow each thing that comes, known by the same key. */
export const FollowUpSpec = z
  .strictObject({
    after: Side.meta({ description: 'What gives birth to a deadline, each time that it comes' }),
    by: Side.meta({ description: 'What must follow, with the same key' }),
    within: span(SECOND, 31 * 24 * HOUR, 'from 1s to 31d', '2h').meta({
      description: 'How long after it what follows must have come: business time where there are hours',
    }),
    businessHours: BusinessHours.optional(),
  })
  .meta({ description: 'For each thing of one kind another one must follow, with the same key' });
export type FollowUpSpec = z.infer<typeof FollowUpSpec>;

/** One of the two things of a follow-up. */
export type Side = FollowUpSpec['after'];

export type Keyed = { key: string } | { without: string };

/** How many parts the key of a side has. */
export function partsOf(side: Side): number {
  if ('file' in side) return Math.max(1, countMarks(side.file.key));
  return Array.isArray(side.event.key) ? side.event.key.length : 1;
}

/** The key of an event that the side takes, or what it lacks. */
export function keyOfEvent({ key }: Extract<Side, { event: object }>['event'], event: JsonValue): Keyed {
  const paths = typeof key === 'string' ? [key] : key;
  const values = paths.map((path) => valueAt(event, path));
  const missing = paths.find((_, index) => values[index] === undefined);
  return missing === undefined
    ? joined(values.filter((value) => value !== undefined))
    : { without: `the event has no text, exact number or true or false at ${missing}` };
}

/** The key of an object that the side takes. @returns undefined when it does not take it */
export function keyOfObject(glob: string, name: string): Keyed | undefined {
  const parts = partsOfKey(glob, name);
  return parts && joined(parts.length === 0 ? [name] : parts);
}

function joined(parts: readonly string[]): Keyed {
  const key = parts.length === 1 ? (parts[0] ?? '') : JSON.stringify(parts);
  if (key.length > LONGEST_KEY) return { without: `the key is longer than ${LONGEST_KEY} characters` };
  return /\p{C}/u.test(key) ? { without: 'the key has characters that cannot be shown' } : { key };
}

/** The glob of the objects that have the key. */
export function globOfKey(glob: string, key: string): string {
  if (countMarks(glob) < 2) return withKeyParts(glob, [key]);
  return withKeyParts(glob, z.array(z.string()).parse(JSON.parse(key)));
}

/** The value of a field as text: 17 and "17" are the same key. @returns undefined when there is none */
function valueAt(event: JsonValue, path: string): string | undefined {
  const steps = [...path.matchAll(/\.([\w-]+)|\[(\d+)\]/g)].map(([, name, index]) => name ?? Number(index));
  const found = steps.reduce<JsonValue | undefined>(stepInto, event);
  // Of a larger number other digits are left than were sent.
  const isExact = typeof found === 'number' && (!Number.isInteger(found) || Number.isSafeInteger(found));
  const isPlain = isExact || typeof found === 'boolean';
  const text = isPlain ? String(found) : found;
  return typeof text === 'string' && text !== '' ? text : undefined;
}

function stepInto(value: JsonValue | undefined, step: string | number): JsonValue | undefined {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
  const inside: Readonly<Record<string | number, JsonValue>> | readonly JsonValue[] = value;
  return Object.entries(inside).find(([name]) => name === String(step))?.[1];
}

/** The same for the same side, however it is written. */
export function markOf(side: Side): string {
  return fingerprint(side);
}

/** What a side takes, in words. */
export function describeSide(side: Side): string {
  return 'file' in side ? `${side.file.key} in ${side.file.bucket}` : describePattern(side.event.pattern);
}
