import { isRecord } from './json.ts';
import { readMatcher, RESERVED, type Matcher } from './matcher.ts';
import { addProblem, below, type PatternProblem, type Place } from './problem.ts';

/** What one field must be: one of the matchers takes one of its values. */
export interface Field {
  /** The keys down to the field, joined by dots; a dot within a key makes no difference, as in ruler. */
  name: string;
  matchers: readonly Matcher[];
}

/** Fields that must all fit, sorted by name. */
export type Branch = readonly Field[];

/** A pattern that was read and found right: an event matches when it fits one of the branches. */
export interface CompiledPattern {
  branches: readonly Branch[];
  /** Where the fields lie, for a walk down an event. */
  root: Step;
}

/** A key that leads to fields. */
export interface Step {
  steps: Map<string, Step>;
  /** The name of the field that ends here. */
  name?: string;
}

/** A pattern, or all that is wrong with it. */
export type Parsed = { pattern: CompiledPattern } | { problems: readonly PatternProblem[] };

/** Characters of a pattern as compact JSON: what EventBridge allows at most (2,048 until its quota is raised). */
export const MOST_CHARACTERS = 4096;
/** Levels of objects and lists within each other. */
export const MOST_LEVELS = 100;
/** Combinations of the alternatives of all `$or`, as in EventBridge. */
export const MOST_COMBINATIONS = 1000;

/**
 * Reads an event pattern as EventBridge does.
 * @param value the pattern as JSON.parse gives it; nothing about it is taken for granted. Never throws
 */
export function parsePattern(value: unknown): Parsed {
  if (!isRecord(value)) return refused('must be an object such as {"source": ["aws.s3"]}', value);
  if (nestsDeeperThan(MOST_LEVELS, value)) {
    return refused(`must have at most ${MOST_LEVELS} levels within each other`, '(nested too deep)');
  }
  const size = JSON.stringify(value).length;
  if (size > MOST_CHARACTERS) {
    return refused(`must be at most ${MOST_CHARACTERS} characters of JSON; it has ${size}`, value);
  }
  const joined = readPattern(value, true);
  if ('pattern' in joined) return joined;
  const plain = readPattern(value, false);
  return 'pattern' in plain ? plain : joined;
}

function refused(message: string, value: unknown): Parsed {
  return { problems: [{ path: [], message, value }] };
}

function nestsDeeperThan(most: number, value: unknown): boolean {
  let parts = [value];
  for (let level = 0; level <= most && parts.length > 0; level++) parts = parts.flatMap(partsOf);
  return parts.length > 0;
}

function partsOf(value: unknown): unknown[] {
  return value !== null && typeof value === 'object' ? Object.values(value) : [];
}

/** Fields by name while a pattern is read. A field that comes again replaces the first one, as in ruler. */
type Draft = ReadonlyMap<string, readonly Matcher[]>;

/** An object of the pattern that is being read. */
interface Scope extends Place {
  /** The keys down to it, without `$or` and positions. */
  keys: readonly string[];
  /** Whether `$or` joins alternatives; else it is a field like any other. */
  orJoins: boolean;
  /** Whether it is inside of one that does. */
  inOr: boolean;
}

/** @param orJoins false to read `$or` as an ordinary field: as ruler does where it cannot be what joins */
function readPattern(value: Readonly<Record<string, unknown>>, orJoins: boolean): Parsed {
  const problems: PatternProblem[] = [];
  const drafts = readObject([new Map()], value, { path: [], problems, keys: [], orJoins, inOr: false });
  return problems.length > 0 ? { problems } : { pattern: compiled(drafts) };
}

/** Adds the fields of an object to each draft. */
function readObject(
  drafts: readonly Draft[],
  value: Readonly<Record<string, unknown>>,
  scope: Scope,
): readonly Draft[] {
  const entries = Object.entries(value);
  if (entries.length === 0) addProblem(scope, 'must have at least one field', value);
  return entries.reduce((read, [key, part]) => readEntry(read, key, part, scope), drafts);
}

function readEntry(drafts: readonly Draft[], key: string, value: unknown, above: Scope): readonly Draft[] {
  const scope = { ...above, ...below(above, key) };
  if (above.orJoins && key === '$or') return readOr(drafts, value, scope);
  if (above.inOr && RESERVED.has(key)) {
    addProblem(scope, 'cannot be the name of a field inside of $or: it is kept for operators', value);
    return drafts;
  }
  const keys = [...above.keys, key];
  if (isRecord(value)) return readObject(drafts, value, { ...scope, keys });
  const matchers = readList(value, scope);
  return drafts.map((draft) => new Map([...draft, [keys.join('.'), matchers]]));
}

function readList(value: unknown, place: Place): Matcher[] {
  if (Array.isArray(value) && value.length > 0) {
    return value.map((entry: unknown, index) => readMatcher(entry, below(place, index)));
  }
  const allowed = 'must be a list of at least one value, such as ["aws.s3"], or an object with fields';
  addProblem(place, allowed, value);
  return [];
}

/** Each draft goes on with each of the alternatives. */
function readOr(drafts: readonly Draft[], value: unknown, scope: Scope): readonly Draft[] {
  if (!Array.isArray(value) || value.length < 2 || !value.every(isRecord)) {
    addProblem(scope, 'must be a list of at least two objects with fields', value);
    return drafts;
  }
  const joined: Draft[] = [];
  for (const [index, alternative] of value.entries()) {
    joined.push(...readObject(drafts, alternative, { ...scope, ...below(scope, index), inOr: true }));
    if (joined.length > MOST_COMBINATIONS) {
      addProblem(scope, `must make at most ${MOST_COMBINATIONS} combinations with all other $or`, value);
      return drafts;
    }
  }
  return joined;
}

function compiled(drafts: readonly Draft[]): CompiledPattern {
  const root: Step = { steps: new Map() };
  const branches = drafts.map((draft) =>
    [...draft].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, matchers]) => ({ name, matchers })),
  );
  for (const { name } of branches.flat()) addStep(root, name);
  return { branches, root };
}

function addStep(root: Step, name: string): void {
  let step = root;
  for (const key of name.split('.')) {
    const next = step.steps.get(key) ?? { steps: new Map<string, Step>() };
    step.steps.set(key, next);
    step = next;
  }
  step.name = name;
}
