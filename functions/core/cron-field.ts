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

export interface Field {
  /** Ascending; Sunday is 0. */
  numbers: readonly number[];
  specials: readonly Special[];
  /** Begins with `*` (or is `?`): Vixie cron takes such a day field as no restriction beside the other one. */
  star: boolean;
}

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
  for (const member of text.toLowerCase().split(',')) {
    const special = parseSpecial(member, spec);
    const found = special ?? parseNumbers(member, spec);
    if ('problem' in found) return found;
    if ('kind' in found) specials.push(found);
    else
      for (const number of found.numbers) numbers.add(spec.wraps && number === spec.max ? spec.min : number);
  }
  const star = text.startsWith('*') || text === '?';
  return { numbers: [...numbers].sort((a, b) => a - b), specials, star };
}

function parseSpecial(member: string, spec: FieldSpec): Parsed<Special> | undefined {
  if (spec === DAY_OF_MONTH) {
    if (member === 'l') return { kind: 'last-day' };
    if (member === 'lw') return { kind: 'last-weekday' };
    const near = /^(\d+)w$/.exec(member)?.[1];
    const day = near === undefined ? undefined : numberOf(near, spec);
    return day === undefined ? undefined : { kind: 'nearest-weekday', day };
  }
  if (spec !== DAY_OF_WEEK) return undefined;
  const [, name, last, ordinal] = /^(\w+?)(?:(l)|#(\d+))$/.exec(member) ?? [];
  const weekday = name === undefined ? undefined : numberOf(name, spec);
  if (weekday === undefined) return undefined;
  if (last !== undefined) return { kind: 'last', weekday: weekday % 7 };
  const nth = Number(ordinal);
  if (nth < 1 || nth > 5) return { problem: `has ${member} in the ${spec.name}, where # takes 1 to 5` };
  return { kind: 'nth', weekday: weekday % 7, nth };
}

function parseNumbers(member: string, spec: FieldSpec): Parsed<{ numbers: number[] }> {
  const [, whole, first, last, step] = /^(?:([*?])|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/.exec(member) ?? [];
  if (whole === undefined && first === undefined) return notAllowed(member, spec);
  const from = first === undefined ? spec.min : numberOf(first, spec);
  const to = whole === undefined && last === undefined ? from : lastOf(last, spec, from);
  if (from === undefined || to === undefined) return notAllowed(member, spec);
  if (from > to) {
    return {
      problem: `has ${member} in the ${spec.name}, which runs backwards: write two ranges with a comma`,
    };
  }
  if (step === undefined) return { numbers: numbersFrom(from, to, 1) };
  if (whole === undefined && last === undefined) {
    return {
      problem: `has ${member} in the ${spec.name}: a step needs a range, such as ${first}-${spec.max}/${step}`,
    };
  }
  const by = Number(step);
  if (by >= 1 && by <= spec.max) return { numbers: numbersFrom(from, to, by) };
  return { problem: `has a step of ${step} in the ${spec.name}, which must be from 1 to ${spec.max}` };
}

/** The number at which a range ends; `*` ends before the second Sunday, `fri-sun` at it. */
function lastOf(text: string | undefined, spec: FieldSpec, from = spec.min): number | undefined {
  if (text === undefined) return spec.wraps ? spec.max - 1 : spec.max;
  return text === 'sun' && from > spec.min ? spec.max : numberOf(text, spec);
}

function numbersFrom(from: number, to: number, step: number): number[] {
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);
}

function numberOf(text: string, { names, min, max }: FieldSpec): number | undefined {
  const named = names?.indexOf(text) ?? -1;
  const number = named >= 0 ? named + min : /^\d{1,2}$/.test(text) ? Number(text) : NaN;
  return number >= min && number <= max ? number : undefined;
}

function notAllowed(member: string, spec: FieldSpec): { problem: string } {
  const names = spec.names ? ` or ${spec.names.join(', ')}` : '';
  const given = member === '' ? 'nothing' : member;
  return {
    problem: `has ${given} in the ${spec.name}, which takes *, ${spec.min}-${spec.max}${names}, ranges, steps and lists${spec.also ?? ''}`,
  };
}
