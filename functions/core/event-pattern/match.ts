import type { JsonValue } from './json.ts';
import type { Branch, CompiledPattern, Field } from './pattern.ts';
import {
  hasIn,
  placedValues,
  valuesIn,
  type Element,
  type Placed,
  type PlacedValues,
  type Span,
} from './placed-values.ts';

/** Called for each value that is looked at, every time; so tests can count. */
export type OnStep = () => void;

interface Event {
  values: PlacedValues;
  onStep: OnStep;
  /** What was tried already: each value is asked once per field, whatever the number of branches. */
  taken: Map<Field['matchers'], ReadonlySet<Placed>>;
}

/** One branch against one event. */
interface Search {
  event: Event;
  branch: Branch;
  /** For each field the elements from which it was looked for, with all fields behind it. */
  tried: readonly Set<Element | undefined>[];
  /** For each array the last field with values in it. */
  uses: Map<Span, number>;
}

/**
 * Whether an event matches the pattern, as EventBridge's own matcher would say.
 *
 * For each field one value is looked for, so that no two of them lie in different elements of the same array. A field
 * that must be absent must be so in the elements that the fields before it (by name) were found in.
 *
 * Never throws. The number of steps grows with the values of the event times the branches of the pattern, not with
 * combinations of values: what cannot be found from an element is remembered.
 * @param event an object as JSON.parse gives it; anything else matches nothing
 */
export function matches(
  { root, branches }: CompiledPattern,
  event: JsonValue,
  onStep: OnStep = () => {},
): boolean {
  const values = placedValues(root, event);
  if (!values) return false;
  const shared: Event = { values, onStep, taken: new Map() };
  return branches.some(
    (branch) =>
      branch.every((field) => isPossible(shared, field)) &&
      isFound({ event: shared, branch, tried: branch.map(() => new Set()), uses: new Map() }, 0, undefined),
  );
}

/** Whether the field fits when others are left out of account. Most branches end here, without a search. */
function isPossible(event: Event, field: Field): boolean {
  return field.matchers.some(({ absence }) => absence) || takenBy(event, field).size > 0;
}

/** Whether values for the fields from `index` on can be found, when those before lie in `before`. */
function isFound(search: Search, index: number, before: Element | undefined): boolean {
  const field = search.branch[index];
  if (!field) return true;
  const start = newStart(search, index, before);
  if (start === undefined) return false;
  const { element } = start;
  const values = consistent(search.event.values.get(field.name) ?? [], element);
  if (values.length === 0) {
    return field.matchers.some(({ absence }) => absence) && isFound(search, index + 1, element);
  }
  const places = new Set<Element | undefined>();
  for (const value of values) {
    search.event.onStep();
    if (takenBy(search.event, field).has(value)) places.add(inner(element, value.element));
  }
  return [...places].some((place) => isFound(search, index + 1, place));
}

/**
 * Climbs to the innermost element whose array has values of the fields from `index` on; others constrain nothing.
 * @returns undefined when the search came by there before, in vain
 */
function newStart(
  search: Search,
  index: number,
  before: Element | undefined,
): { element: Element | undefined } | undefined {
  const tried = search.tried[index];
  for (let element = before; ; element = element.within) {
    if (!tried || tried.has(element)) return undefined;
    tried.add(element);
    if (!element || lastUse(search, element.array) >= index) return { element };
  }
}

/** The last field of the branch that has values in the array. */
function lastUse({ event, branch, uses }: Search, array: Span): number {
  const known =
    uses.get(array) ?? branch.findLastIndex(({ name }) => hasIn(event.values.get(name) ?? [], array));
  uses.set(array, known);
  return known;
}

/** The values that lie in no other element of an array that the element is part of. */
function consistent(values: readonly Placed[], element: Element | undefined): readonly Placed[] {
  for (let at = element; at; at = at.within) {
    if (hasIn(values, at.array)) return valuesIn(values, at);
  }
  return values;
}

/** The one of both that lies in the other. */
function inner(a: Element | undefined, b: Element | undefined): Element | undefined {
  for (let at = a; at; at = at.within) if (at === b) return a;
  return b ?? a;
}

function takenBy({ values, taken, onStep }: Event, { name, matchers }: Field): ReadonlySet<Placed> {
  const known = taken.get(matchers);
  if (known) return known;
  const found = new Set<Placed>();
  for (const placed of values.get(name) ?? []) {
    onStep();
    if (matchers.some((matcher) => matcher.takes(placed.value))) found.add(placed);
  }
  taken.set(matchers, found);
  return found;
}
