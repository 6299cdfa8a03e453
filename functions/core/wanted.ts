import type { CompiledPattern, JsonValue } from './event-pattern.ts';

/*
 * Who among many wants a thing: candidates only, found by a part of what each wants that is written out. Whoever wants
 * it is among them; whether a candidate does must still be asked. The work grows with the candidates, not with all.
 */

/** Those whose texts begin as written: globs of keys and names by what they begin with. */
export class WantedByBeginning<T> {
  readonly #byBeginning = new Map<string, T[]>();
  readonly #lengths: number[];

  constructor(all: readonly T[], beginningOf: (one: T) => string) {
    for (const one of all) push(this.#byBeginning, beginningOf(one), one);
    this.#lengths = [...new Set([...this.#byBeginning.keys()].map(({ length }) => length))];
  }

  candidates(text: string): T[] {
    return this.#lengths
      .filter((length) => length <= text.length)
      .flatMap((length) => this.#byBeginning.get(text.slice(0, length)) ?? []);
  }
}

/** An event with more values than this is compared with every pattern. */
const MOST_VALUES = 1000;

/** Those whose patterns ask for certain texts in one field at least. */
export class WantedByPattern<T> {
  readonly #byValue = new Map<string, T[]>();
  readonly #others: T[] = [];
  readonly #all: readonly T[];

  constructor(all: readonly T[], patternOf: (one: T) => CompiledPattern) {
    this.#all = all;
    for (const one of all) {
      const keys = rarestOf(patternOf(one));
      if (keys) for (const key of keys) push(this.#byValue, key, one);
      else this.#others.push(one);
    }
  }

  candidates(event: JsonValue): readonly T[] {
    const keys = new Set<string>();
    if (!collect(event, '', keys)) return this.#all;
    const found = [...keys].flatMap((key) => this.#byValue.get(key) ?? []);
    return [...new Set([...found, ...this.#others])];
  }
}

/**
 * The texts that one field must have, of the field that most likely tells patterns apart: the deepest, for all events of
 * a place have the same source.
 * @returns undefined where no field asks for written-out texts alone
 */
function rarestOf({ branches }: CompiledPattern): string[] | undefined {
  const keys: string[] = [];
  for (const branch of branches) {
    const exact = branch.filter(
      ({ matchers }) => matchers.length > 0 && matchers.every((one) => one.exact !== undefined),
    );
    const [deepest] = exact.toSorted((a, b) => b.name.split('.').length - a.name.split('.').length);
    if (!deepest) return undefined;
    keys.push(...deepest.matchers.map((one) => keyOf(deepest.name, one.exact ?? '')));
  }
  return [...new Set(keys)];
}

/** The texts of an event with the names of their fields. Arrays leave no trace in a name. @returns false when too many */
function collect(value: JsonValue, name: string, keys: Set<string>): boolean {
  const pending: [string, JsonValue][] = [[name, value]];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const [path, part] = next;
    if (keys.size + pending.length > MOST_VALUES) return false;
    if (typeof part === 'string') keys.add(keyOf(path, part));
    else if (Array.isArray(part)) part.forEach((one: JsonValue) => pending.push([path, one]));
    else if (part !== null && typeof part === 'object')
      for (const [key, one] of Object.entries(part))
        pending.push([path === '' ? key : `${path}.${key}`, one]);
  }
  return true;
}

function keyOf(name: string, text: string): string {
  return `${name}=${text}`;
}

function push<T>(map: Map<string, T[]>, key: string, one: T): void {
  const list = map.get(key);
  if (list) list.push(one);
  else map.set(key, [one]);
}
