/** A field of a cron expression: where its numbers begin and end, and which names stand for numbers. */
export interface FieldSpec {
  name: string;
  min: number;
  max: number;
  /** Names of the numbers from `min` on. */
  names?: readonly string[];
  /** Written as the greatest number, means the smallest: Sunday is 0 and 7. */
  wraps?: boolean;
  /** What is allowed beside numbers, names, ranges, steps and lists. */
  also?: string;
}

/** What a member of a field says beside plain numbers. */
export type Special =
  | { kind: 'last-day' }
  | { kind: 'last-weekday' }
  | { kind: 'nearest-weekday'; day: number }
  | { kind: 'last'; weekday: number }
  | { kind: 'nth'; weekday: number; nth: number };

/** A field, read. */
export interface Field {
  /** Ascending; Sunday is 0. */
  numbers: readonly number[];
  specials: readonly Special[];
  /** Begins with `*` (or is `?`): Vixie cron takes such a day field as no restriction beside the other one. */
  star: boolean;
}

/** The five fields of an expression, from the first to the last. */
export const MINUTE: FieldSpec = { name: 'minute', min: 0, max: 59 };
export const HOUR: FieldSpec = { name: 'hour', min: 0, max: 23 };
export const DAY_OF_MONTH: FieldSpec = {
  name: 'day of the month',
  min: 1,
  max: 31,
  also: ', L (the last day), LW (the last weekday) or 15W (the weekday nearest to the 15th)',
};
export const MONTH: FieldSpec = {
  name: 'month',
  min: 1,
  max: 12,
  names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
};
export const DAY_OF_WEEK: FieldSpec = {
  name: 'day of the week',
  min: 0,
  max: 7,
  names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'],
  wraps: true,
  also: ', 5L (the last Friday) or 5#2 (the second Friday)',
};

type Parsed<T> = T | { problem: string };

/** Reads one field, names in any case. The problem is the end of a sentence that begins with the expression. */
export function parseField(text: string, spec: FieldSpec): Parsed<Field> {
  const numbers = new Set<number>();
  const specials: Special[] = [];
  for (const written of text.split(',')) {
    const member = written.toLowerCase();
    const found = parseSpecial(member, spec) ?? parseNumbers(member, spec);
    if ('problem' in found)
      return { problem: `has ${written || 'nothing'} in the ${spec.name}, ${found.problem}` };
    if ('kind' in found) specials.push(found);
    else
      for (const number of found.numbers) numbers.add(spec.wraps && number === spec.max ? spec.min : number);
  }
  const star = text.startsWith('*') || text === '?';
  return { numbers: [...numbers].sort((a, b) => a - b), specials, star };
}

function parseSpecial(member: string, spec: FieldSpec): Parsed<Special> | undefined {
  if (spec === DAY_OF_MONTH) return specialDay(member);
  return spec === DAY_OF_WEEK ? specialWeekday(member) : undefined;
}

function specialDay(member: string): Special | undefined {
  if (member === 'l') return { kind: 'last-day' };
  if (member === 'lw') return { kind: 'last-weekday' };
  const day = numberOf(/^(\d+)w$/.exec(member)?.[1], DAY_OF_MONTH);
  return day === undefined ? undefined : { kind: 'nearest-weekday', day };
}

function specialWeekday(member: string): Parsed<Special> | undefined {
  const [, name, last, ordinal] = /^(\w+?)(?:(l)|#(\d+))$/.exec(member) ?? [];
  const number = numberOf(name, DAY_OF_WEEK);
  if (number === undefined) return undefined;
  const weekday = number % 7;
  if (last !== undefined) return { kind: 'last', weekday };
  const nth = Number(ordinal);
  return nth >= 1 && nth <= 5 ? { kind: 'nth', weekday, nth } : { problem: 'where # takes 1 to 5' };
}

function parseNumbers(member: string, spec: FieldSpec): Parsed<{ numbers: number[] }> {
  const [, range = '', step] = /^([^/]+)(?:\/(\d+))?$/.exec(member) ?? [];
  const [from, to] = endsOf(range, spec);
  if (from === undefined || to === undefined) return { problem: allowedIn(spec) };
  if (from > to) return { problem: 'which runs backwards: write two ranges with a comma' };
  if (step !== undefined && /^\w+$/.test(range)) {
    return { problem: `where a step needs a range, such as ${range}-${spec.max}/${step}` };
  }
  const by = Number(step ?? 1);
  if (by < 1 || by > spec.max) return { problem: `where a step must be from 1 to ${spec.max}` };
  const length = Math.floor((to - from) / by) + 1;
  return { numbers: Array.from({ length }, (_, index) => from + index * by) };
}

/** First and last number of `*`, `5` or `1-5`; `fri-sun` ends with the Sunday that is 7. */
function endsOf(range: string, spec: FieldSpec): [number | undefined, number | undefined] {
  if (range === '*' || range === '?') return [spec.min, spec.max];
  const [, first, last] = /^(\w+)(?:-(\w+))?$/.exec(range) ?? [];
  const from = numberOf(first, spec);
  if (last === undefined) return [from, from];
  return [from, last === 'sun' && from !== spec.min ? spec.max : numberOf(last, spec)];
}

function numberOf(text: string | undefined, { names, min, max }: FieldSpec): number | undefined {
  if (text === undefined) return undefined;
  const named = names?.indexOf(text) ?? -1;
  const number = named >= 0 ? named + min : /^\d{1,2}$/.test(text) ? Number(text) : NaN;
  return number >= min && number <= max ? number : undefined;
}

function allowedIn({ min, max, names, also }: FieldSpec): string {
  const named = names ? ` or ${names.join(', ')}` : '';
  return `which takes *, ${min}-${max}${named}, ranges, steps and lists${also ?? ''}`;
}
