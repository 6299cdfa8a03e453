import { isScalar, type JsonValue, type Scalar } from './json.ts';
import type { Step } from './pattern.ts';

/** Levels of objects and arrays within each other. An event that nests deeper matches nothing. */
export const MOST_EVENT_LEVELS = 100;

/** A run of values in the order of the event, from `start` up to but not including `end`. */
export interface Span {
  start: number;
  end: number;
}

/** One element of an array, with the elements of other arrays that it lies in. */
export interface Element extends Span {
  array: Span;
  within: Element | undefined;
}

/** A value of a field, with where it stands. */
export interface Placed {
  value: Scalar;
  /** Position among all values that were found. */
  at: number;
  /** The innermost object or array that is an element of an array and contains it. */
  element: Element | undefined;
}

/** The values that a pattern asks for, by the name of the field, each list in the order of the event. */
export type PlacedValues = ReadonlyMap<string, readonly Placed[]>;

interface Walk {
  values: Map<string, Placed[]>;
  count: number;
}

/**
 * Collects the values of an event at the places that a pattern asks for.
 *
 * Arrays leave no trace in the name of a field: their elements count as values of the field itself.
 * @returns undefined when the event is no object or nests deeper than MOST_EVENT_LEVELS
 */
export function placedValues(root: Step, event: JsonValue): PlacedValues | undefined {
  if (event === null || typeof event !== 'object' || Array.isArray(event)) return undefined;
  const walk: Walk = { values: new Map(), count: 0 };
  return visit(walk, root, event, undefined, 1) ? walk.values : undefined;
}

/** @returns false when it nests too deep */
function visit(
  walk: Walk,
  step: Step,
  value: JsonValue,
  element: Element | undefined,
  level: number,
): boolean {
  if (isScalar(value)) {
    place(walk, step, value, element);
    return true;
  }
  if (level > MOST_EVENT_LEVELS) return false;
  if (isList(value)) return visitList(walk, step, value, element, level);
  for (const key of Object.keys(value)) {
    const next = below(step, key);
    const part = value[key];
    if (next && part !== undefined && !visit(walk, next, part, element, level + 1)) return false;
  }
  return true;
}

function visitList(
  walk: Walk,
  step: Step,
  list: readonly JsonValue[],
  within: Element | undefined,
  level: number,
): boolean {
  const array = { start: walk.count, end: Infinity };
  for (const part of list) {
    const element = { start: walk.count, end: Infinity, array, within };
    if (!visit(walk, step, part, isScalar(part) ? within : element, level + 1)) return false;
    element.end = walk.count;
  }
  array.end = walk.count;
  return true;
}

function place(walk: Walk, step: Step, value: Scalar, element: Element | undefined): void {
  if (step.name === undefined) return;
  const values = walk.values.get(step.name) ?? [];
  values.push({ value, at: walk.count++, element });
  walk.values.set(step.name, values);
}

/** The step that a key of an event leads to; a key with dots goes as many steps. */
function below(step: Step, key: string): Step | undefined {
  if (!key.includes('.')) return step.steps.get(key);
  return key.split('.').reduce<Step | undefined>((at, part) => at?.steps.get(part), step);
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** The values that lie in the span. Takes as many steps as the logarithm of their number. */
export function valuesIn(values: readonly Placed[], span: Span): readonly Placed[] {
  const [start, end] = [firstFrom(values, span.start), firstFrom(values, span.end)];
  return start === 0 && end === values.length ? values : values.slice(start, end);
}

/** Whether a value lies in the span. */
export function hasIn(values: readonly Placed[], span: Span): boolean {
  const value = values[firstFrom(values, span.start)];
  return value !== undefined && value.at < span.end;
}

/** Index of the first value at a position or behind it. */
function firstFrom(values: readonly Placed[], position: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle]?.at ?? Infinity) < position) low = middle + 1;
    else high = middle;
  }
  return low;
}
