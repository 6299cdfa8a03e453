import { closest } from '../guess.ts';
import { contains, parseCidr, parseIp } from './ip.ts';
import { isRecord, isScalar, type Scalar } from './json.ts';
import { addProblem, below, type Place } from './problem.ts';
import { fitsWildcard, ignoringCase, parseWildcard, type TextForm } from './text-forms.ts';

/** One entry of the list of a field: which values of an event it takes. */
export interface Matcher {
  takes: (value: Scalar) => boolean;
  /** Takes the absence of the field, too, and no value. */
  absence?: true;
  /** Takes this text and nothing else. */
  exact?: string;
}

/** Words that ruler keeps for operators: a field inside `$or` may not have one of them as its name. */
export const RESERVED: ReadonlySet<string> = new Set([
  ...[
    'exactly',
    'equals-ignore-case',
    'prefix',
    'suffix',
    'anything-but',
    'exists',
    'wildcard',
    'numeric',
    'cidr',
  ],
  ...['=', '<', '<=', '>', '>=', 'regex', 'not-wildcard', 'not-equals-ignore-case'],
  ...['date-after', 'date-on-or-after', 'date-before', 'date-on-or-before', 'in-date-range'],
  ...['ip-address-in-range', 'ip-address-not-in-range'],
]);

type Reader = (operand: unknown, place: Place) => Matcher;

const OPERATORS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['exactly', readExactly],
  ['equals-ignore-case', textOperator((operand) => ignoringCase(operand).equals)],
  ['prefix', affixOperator('prefix', (operand) => (text) => text.startsWith(operand))],
  ['suffix', affixOperator('suffix', (operand) => (text) => text.endsWith(operand))],
  ['anything-but', readAnythingBut],
  ['exists', readExists],
  ['wildcard', readWildcard],
  ['numeric', readNumeric],
  ['cidr', readCidr],
]);

/**
 * Reads one entry of the list of a field: a plain value, or an object with one operator.
 * @returns one that takes nothing when it is none; why is added to the problems
 */
export function readMatcher(entry: unknown, place: Place): Matcher {
  if (isScalar(entry)) return plainMatcher(entry);
  if (!isRecord(entry)) {
    return refuse(place, 'must be text, a number, true, false, null or an object with one operator', entry);
  }
  return readOperator(OPERATORS, entry, place);
}

function readOperator(
  known: ReadonlyMap<string, Reader>,
  entry: Readonly<Record<string, unknown>>,
  place: Place,
): Matcher {
  const [[name, operand] = ['', undefined], ...others] = Object.entries(entry);
  const reader = known.get(name);
  if (reader && others.length === 0) return reader(operand, below(place, name));
  const names = [...known.keys()];
  const meant = reader ? undefined : closest(name, names);
  const guess = meant === undefined ? '' : `; did you mean ${meant}?`;
  return refuse(place, `must be an object with exactly one of ${names.join(', ')}${guess}`, entry);
}

/** A text that is an IP address takes all spellings of that address, as in ruler. */
function plainMatcher(plain: Scalar): Matcher {
  if (typeof plain !== 'string') return { takes: (value) => value === plain };
  const ip = parseIp(plain);
  if (ip) return { takes: (value) => addressOf(value)?.join() === ip.join() };
  return { takes: (value) => value === plain, exact: plain };
}

function addressOf(value: Scalar) {
  return typeof value === 'string' ? parseIp(value) : undefined;
}

function refuse(place: Place, message: string, value: unknown): Matcher {
  addProblem(place, message, value);
  return { takes: () => false };
}

function ofText(form: TextForm): Matcher {
  return { takes: (value) => typeof value === 'string' && form(value) };
}

function textOperator(form: (operand: string) => TextForm): Reader {
  return (operand, place) =>
    typeof operand === 'string' ? ofText(form(operand)) : refuse(place, 'must be text', operand);
}

/** `prefix` and `suffix` take a text, or an object with `equals-ignore-case`. */
function affixOperator(side: 'prefix' | 'suffix', form: (operand: string) => TextForm): Reader {
  const inAnyCase = new Map([['equals-ignore-case', textOperator((operand) => ignoringCase(operand)[side])]]);
  return (operand, place) => {
    if (isRecord(operand)) return readOperator(inAnyCase, operand, place);
    if (typeof operand === 'string') return ofText(form(operand));
    return refuse(place, 'must be text or {"equals-ignore-case": text}', operand);
  };
}

/** Unlike a plain text it takes no other spelling of an IP address. */
function readExactly(operand: unknown, place: Place): Matcher {
  if (typeof operand !== 'string') return refuse(place, 'must be text', operand);
  return { takes: (value) => value === operand, exact: operand };
}

function readExists(operand: unknown, place: Place): Matcher {
  if (operand === true) return { takes: () => true };
  if (operand === false) return { takes: () => false, absence: true };
  return refuse(place, 'must be true or false', operand);
}

function readWildcard(operand: unknown, place: Place): Matcher {
  if (typeof operand !== 'string') return refuse(place, 'must be text, with * for any text', operand);
  const wildcard = parseWildcard(operand);
  if ('problem' in wildcard) return refuse(place, wildcard.problem, operand);
  return ofText((text) => fitsWildcard(wildcard.pieces, text));
}

function readCidr(operand: unknown, place: Place): Matcher {
  const cidr = typeof operand === 'string' ? parseCidr(operand) : undefined;
  if (!cidr) {
    const allowed =
      'must be a block such as 10.0.0.0/8 or 2001:db8::/32, with at most 31 bits of IPv4 or 127 of IPv6';
    return refuse(place, `${allowed}; write a single address as plain text`, operand);
  }
  return {
    takes: (value) => {
      const ip = addressOf(value);
      return ip !== undefined && contains(cidr, ip);
    },
  };
}

const COMPARE: Partial<Record<string, (value: number, limit: number) => boolean>> = {
  '=': (value, limit) => value === limit,
  '<': (value, limit) => value < limit,
  '<=': (value, limit) => value <= limit,
  '>': (value, limit) => value > limit,
  '>=': (value, limit) => value >= limit,
};

function readNumeric(operand: unknown, place: Place): Matcher {
  const allowed =
    'must be a comparison such as ["=", 5], or a range such as [">", 0, "<=", 5] with the lower limit first';
  if (!Array.isArray(operand)) return refuse(place, allowed, operand);
  const [first, low, second, high, ...more] = operand as unknown[];
  const lower = comparison(first, low);
  if (lower && operand.length === 2) return ofNumber(lower);
  const upper = comparison(second, high);
  const isRange = /^>=?$/.test(String(first)) && /^<=?$/.test(String(second)) && Number(low) < Number(high);
  if (!lower || !upper || !isRange || more.length > 0) return refuse(place, allowed, operand);
  return ofNumber((value) => lower(value) && upper(value));
}

function comparison(operator: unknown, limit: unknown): ((value: number) => boolean) | undefined {
  const compare =
    typeof operator === 'string' && Object.hasOwn(COMPARE, operator) ? COMPARE[operator] : undefined;
  if (!compare || typeof limit !== 'number' || !Number.isFinite(limit)) return undefined;
  return (value) => compare(value, limit);
}

function ofNumber(holds: (value: number) => boolean): Matcher {
  return { takes: (value) => typeof value === 'number' && holds(value) };
}

const EXCLUDED: ReadonlyMap<string, Reader> = new Map([
  ['prefix', eachOf(nonEmpty(textOperator((operand) => (text) => text.startsWith(operand))))],
  ['suffix', eachOf(nonEmpty(textOperator((operand) => (text) => text.endsWith(operand))))],
  ['equals-ignore-case', eachOf(textOperator((operand) => ignoringCase(operand).equals))],
  ['wildcard', eachOf(readWildcard)],
]);

/** Takes what the operand excludes not: any value at all that is none of it, of whatever type. */
function readAnythingBut(operand: unknown, place: Place): Matcher {
  const excluded = isRecord(operand)
    ? readOperator(EXCLUDED, operand, place)
    : readExcludedValues(operand, place);
  return { takes: (value) => !excluded.takes(value) };
}

function readExcludedValues(operand: unknown, place: Place): Matcher {
  const values: readonly unknown[] = Array.isArray(operand) ? operand : [operand];
  const alike = ['string', 'number'].some((type) => values.every((value) => typeof value === type));
  if (values.length > 0 && alike) return { takes: (value) => values.includes(value) };
  const operators = [...EXCLUDED.keys()].join(', ');
  return refuse(
    place,
    `must be text, a number, a list of texts, a list of numbers or an object with one of ${operators}`,
    operand,
  );
}

/** Takes what one of the operands takes; a single operand needs no list. */
function eachOf(reader: Reader): Reader {
  return (operand, place) => {
    if (!Array.isArray(operand)) return reader(operand, place);
    if (operand.length === 0) return refuse(place, 'must be text or a list of at least one text', operand);
    const read = operand.map((one: unknown, index) => reader(one, below(place, index)));
    return { takes: (value) => read.some((matcher) => matcher.takes(value)) };
  };
}

function nonEmpty(reader: Reader): Reader {
  return (operand, place) =>
    operand === '' ? refuse(place, 'must have at least one character', operand) : reader(operand, place);
}
