import { z } from 'zod';
import { closest } from './guess.ts';

/** One faulty field of an input, for people. */
export interface InputProblem {
  field: string;
  message: string;
  given?: unknown;
}

type Issue = z.core.$ZodIssue;

/** `unknown` is the name of a field that the schema does not have. */
type Found = InputProblem & { unknown?: string };

/**
 * Every fault that a schema found in an input: which field, what is allowed, what was given.
 * @param input what was parsed: the value of each field is taken from it
 * @param schema where to look for what an unknown field was meant to be
 */
export function problemsOf(
  error: { issues: readonly Issue[] },
  input: unknown,
  schema: z.ZodType,
): InputProblem[] {
  const found = error.issues.flatMap((issue) => problemsOfIssue(issue, [], input));
  if (!found.some(({ unknown }) => unknown)) return found;
  const names = fieldsOf(schema);
  return found.map(({ unknown, ...problem }) => {
    const guess = unknown === undefined ? undefined : closest(unknown, names);
    return guess === undefined
      ? problem
      : { ...problem, message: `${problem.message}; did you mean ${guess}?` };
  });
}

function problemsOfIssue(issue: Issue, above: readonly PropertyKey[], input: unknown): Found[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownField([...path, key], input));
  if (issue.code === 'invalid_union' && issue.errors.length > 0 && isRecord(at(input, path))) {
    return unionProblems(issue.errors, path, input);
  }
  const given = at(input, path);
  const message =
    given === undefined && issue.code === 'invalid_type' ? 'is required' : sentence(issue.message);
  return [{ field: path.join('.'), message, ...(given === undefined ? {} : { given: shortened(given) }) }];
}

function unknownField(path: PropertyKey[], input: unknown): Found {
  const given = shortened(at(input, path));
  return { field: path.join('.'), message: 'is not a known field', given, unknown: String(path.at(-1)) };
}

/** Of a union of objects, the member that the input was most likely meant to be is the one to talk about. */
function unionProblems(branches: readonly Issue[][], path: readonly PropertyKey[], input: unknown): Found[] {
  const cost = (issues: readonly Issue[]) =>
    issues.reduce(
      (sum, issue) =>
        sum +
        (issue.code === 'unrecognized_keys' ? 2 * issue.keys.length : issue.code === 'invalid_type' ? 2 : 1),
      0,
    );
  const [best] = branches.toSorted((a, b) => cost(a) - cost(b));
  return (best ?? []).flatMap((issue) => problemsOfIssue(issue, path, input));
}

/** Names of all fields that a schema knows, at any depth. */
function fieldsOf(schema: z.ZodType): ReadonlySet<string> {
  const names = new Set<string>();
  collectNames(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }), names);
  return names;
}

function collectNames(part: unknown, names: Set<string>): void {
  if (!isRecord(part)) return;
  if (isRecord(part['properties'])) Object.keys(part['properties']).forEach((name) => names.add(name));
  Object.values(part).forEach((inner) => {
    collectNames(inner, names);
  });
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((part, key) => (isRecord(part) ? part[String(key)] : undefined), value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object';
}

/** Zod's own sentences begin with a capital; ours follow the name of the field. */
function sentence(message: string): string {
  return message
    .replace(/^Invalid (input|option): /, 'is not valid: ')
    .replace(/^Too (big|small): expected \w+ /, 'must ');
}

function shortened(value: unknown): unknown {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text !== undefined && text.length > 200 ? `${text.slice(0, 200)}…` : value;
}
