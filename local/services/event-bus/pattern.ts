import { isJsonObject, type Json, type JsonObject } from '../json.ts';

/** Tells whether an event matches. */
export type Matcher = (event: JsonObject) => boolean;

type LeafTest = (values: readonly Json[]) => boolean;
type Scalar = string | number | boolean | null;

/**
 * Compiles an event pattern: fields nested as in the event, each with a list of alternatives that are exact values
 * or one of `prefix`, `suffix`, `exists`, `anything-but` (a value or a list of values). An array in the event
 * matches if one of its elements does. Throws an Error on everything else that EventBridge knows.
 * See https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html.
 */
export function compilePattern(pattern: JsonObject, path = 'pattern'): Matcher {
  const fields = Object.entries(pattern);
  if (fields.length === 0) throw new Error(`${path}: an empty pattern`);
  const tests = fields.map(([key, value]) => compileField(key, value, `${path}.${key}`));
  return (event) => tests.every((test) => test(event));
}

function compileField(key: string, value: Json, path: string): Matcher {
  if (key.startsWith('$')) throw new Error(`${path}: ${key} is not served on one machine`);
  if (Array.isArray(value)) {
    if (value.length === 0) throw new Error(`${path}: an empty list`);
    const tests = value.map((alternative) => compileAlternative(alternative, path));
    return (event) => {
      const values = leavesOf(event[key]);
      return tests.some((test) => test(values));
    };
  }
  if (!isJsonObject(value)) throw new Error(`${path}: expected a list or an object`);
  const nested = compilePattern(value, path);
  // Below what is not there, only `exists: false` can match.
  return (event) => objectsIn(event[key]).some(nested);
}

function compileAlternative(alternative: Json, path: string): LeafTest {
  if (isScalar(alternative)) return (values) => values.includes(alternative);
  const [[operator, operand] = ['', null], ...rest] = Object.entries(alternative);
  if (rest.length > 0) throw new Error(`${path}: several operators in one object`);
  if (operator === 'exists' && typeof operand === 'boolean') return (values) => values.length > 0 === operand;
  if (operator === 'prefix' && typeof operand === 'string')
    return anyString((value) => value.startsWith(operand));
  if (operator === 'suffix' && typeof operand === 'string')
    return anyString((value) => value.endsWith(operand));
  if (operator === 'anything-but') {
    const excluded = Array.isArray(operand) ? operand : [operand];
    if (excluded.length > 0 && excluded.every(isScalar)) {
      return (values) => values.some((value) => !excluded.some((one) => one === value));
    }
  }
  throw new Error(`${path}: ${JSON.stringify(alternative)} is not served on one machine`);
}

function anyString(test: (value: string) => boolean): LeafTest {
  return (values) => values.some((value) => typeof value === 'string' && test(value));
}

/** Objects are no leaves: `exists` does not see them, as on AWS. */
function leavesOf(value: Json | undefined): readonly Json[] {
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]).filter(isScalar);
}

function objectsIn(value: Json | undefined): JsonObject[] {
  const objects = (Array.isArray(value) ? value : [value]).filter(isJsonObject);
  return objects.length > 0 ? objects : [{}];
}

function isScalar(value: Json): value is Scalar {
  return typeof value !== 'object' || value === null;
}
