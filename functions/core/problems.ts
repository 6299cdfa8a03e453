import { z } from 'zod';
import { closest } from './guess.ts';
import {
  fieldsOf,
  formsAt,
  isRequired,
  nodesAt,
  pathsOf,
  valuesOf,
  whatIs,
  type Form,
  type Node,
} from './schema-words.ts';

/** One faulty field of an input, for people. */
export interface InputProblem {
  /** Path of the field, `due.timezone`; `(body)` when the whole input is meant. */
  field: string;
  /** The rest of a sentence that begins with the field: what is allowed and, where it can be told, what was meant. */
  message: string;
  given?: unknown;
}

/** Nobody reads more of them, and each costs a search for what was meant. */
export const MOST_PROBLEMS = 100;

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** What was parsed, and the schema that it was parsed with as JSON Schema: where fields and ranges are looked up. */
interface Scope {
  input: unknown;
  root: Node;
}

/**
 * The faults that a schema found in an input, up to MOST_PROBLEMS: which field, what is allowed, what was given.
 *
 * Sentences of the schema itself are kept; where it has none, one is made from its types and ranges.
 * @param input what was parsed: the value of each field is taken from it
 * @param schema what it was parsed with
 */
export function problemsOf(
  error: { issues: readonly Issue[] },
  input: unknown,
  schema: z.ZodType,
): InputProblem[] {
  const scope = { input, root: z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) };
  const found = error.issues.slice(0, MOST_PROBLEMS).flatMap((issue) => problemsOfIssue(scope, issue, []));
  const distinct = new Map(found.map((problem) => [`${problem.field}\n${problem.message}`, problem]));
  return [...distinct.values()].slice(0, MOST_PROBLEMS);
}

function problemsOfIssue(scope: Scope, issue: Issue, above: Path): InputProblem[] {
  const path = [...above, ...issue.path];
  const given = at(scope.input, path);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.slice(0, MOST_PROBLEMS).map((key) => unknownField(scope, [...path, key]));
  }
  if (issue.code === 'invalid_union' && isRecord(given)) {
    return unionProblems(scope, issue, path) ?? [problem(path, sentence(scope, issue, path), given)];
  }
  return [problem(path, sentence(scope, issue, path), given)];
}

function problem(path: Path, message: string, given: unknown): InputProblem {
  const field = path.length === 0 ? '(body)' : path.map(String).join('.');
  return { field, message, ...(given === undefined ? {} : { given: shortened(given) }) };
}

/** Zod's own sentences begin with a capital letter, those of the schemas do not. */
function sentence(scope: Scope, issue: Issue, path: Path): string {
  const given = at(scope.input, path);
  const own = /^[a-z]/.test(issue.message) ? issue.message : undefined;
  const what = own?.replace(/^must be /, '') ?? whatIs(nodesAt(scope.root, path), issue, given);
  if (given === undefined) return `is required: ${what}`;
  if (given === null) {
    const optional = path.length > 0 && !isRequired(scope.root, path);
    return `must be ${what}, not null${optional ? ': leave the field out if it has no value' : ''}`;
  }
  if (own !== undefined) return own;
  const kind = issue.code === 'invalid_type' && issue.expected !== 'int' ? `, not ${kindOf(given)}` : '';
  return `must be ${what}${kind}${didYouMean(meantValue(scope, path, given))}`;
}

const KINDS: Partial<Record<string, string>> = { string: 'text', number: 'a number' };

function kindOf(value: unknown): string {
  if (typeof value === 'boolean') return String(value);
  return Array.isArray(value) ? 'a list' : (KINDS[typeof value] ?? 'an object');
}

function unknownField(scope: Scope, path: Path): InputProblem {
  const name = String(path.at(-1));
  const above = path.slice(0, -1);
  const given = at(scope.input, path);
  const forms = formsAt(scope.root, above);
  const present = forms && presentForms(forms, at(scope.input, above));
  if (forms && present && present.length > 1) return formProblem(scope, above, forms);
  const known = present?.[0]?.fields ?? fieldsOf(nodesAt(scope.root, above));
  if (fieldsOf(nodesAt(scope.root, above)).includes(name)) {
    return problem(
      path,
      `does not go together with ${marksIn(scope, above, present ?? []).join(' and ')}`,
      given,
    );
  }
  const meant = meantField(scope, name, above, known);
  const all = known.length === 0 ? ': there are none here' : `; known are ${known.join(', ')}`;
  return problem(path, `is not a known field${didYouMean(meant) || all}`, given);
}

/** A field beside it, or one elsewhere in the schema with its path. */
function meantField(scope: Scope, name: string, above: Path, known: readonly string[]): string | undefined {
  const present = at(scope.input, above);
  const free = known.filter((field) => !isRecord(present) || !(field in present));
  const sorted = (text: string) => Array.from(text.toLowerCase()).sort().join('');
  const mixedUp = free.find((field) => sorted(field) === sorted(name));
  const beside = mixedUp ?? closest(name, free);
  if (beside !== undefined) return beside;
  const depth = (one: string) => one.split('.').length;
  const elsewhere = pathsOf(scope.root).filter((one) => one.endsWith(`.${name}`));
  return elsewhere.toSorted((a, b) => depth(a) - depth(b))[0];
}

/** Of a union the member that the input is meant to be, by its fields, is the one to talk about. */
function unionProblems(
  scope: Scope,
  { errors }: z.core.$ZodIssueInvalidUnion,
  path: Path,
): InputProblem[] | undefined {
  const given = at(scope.input, path);
  const forms = formsAt(scope.root, path);
  if (!forms || !isRecord(given)) {
    const fitting = errors.filter((issues) => !issues.some((one) => one.path.length === 0));
    return fitting.length === 1
      ? fitting.flat().flatMap((one) => problemsOfIssue(scope, one, path))
      : undefined;
  }
  const [form, ...others] = presentForms(forms, given);
  if (form && others.length === 0) {
    const issues = errors[forms.indexOf(form)] ?? [];
    return issues.flatMap((one) => problemsOfIssue(scope, one, path));
  }
  const misspelt = form ? [] : misspeltMarks(scope, path, given, forms);
  return misspelt.length > 0 ? misspelt : [formProblem(scope, path, forms)];
}

function presentForms(forms: readonly Form[], given: unknown): Form[] {
  return forms.filter(({ marks }) => isRecord(given) && marks.some((mark) => mark in given));
}

/** The fields of the input that tell which form it is meant to have. */
function marksIn(scope: Scope, path: Path, forms: readonly Form[]): string[] {
  const given = at(scope.input, path);
  return forms.flatMap(({ marks }) => marks.filter((mark) => isRecord(given) && mark in given));
}

function formProblem(scope: Scope, path: Path, forms: readonly Form[]): InputProblem {
  const names = forms.map(({ marks }) => marks.join(' with ')).join(', or ');
  const has = marksIn(scope, path, forms).join(', ') || 'none';
  return problem(path, `must have either ${names}; it has ${has}`, at(scope.input, path));
}

function misspeltMarks(
  scope: Scope,
  path: Path,
  given: Record<string, unknown>,
  forms: readonly Form[],
): InputProblem[] {
  const marks = forms.flatMap((form) => form.marks);
  const known = forms.flatMap(({ fields }) => fields);
  return Object.keys(given)
    .filter((key) => !known.includes(key) && meantField(scope, key, path, marks) !== undefined)
    .map((key) => unknownField(scope, [...path, key]));
}

function meantValue(scope: Scope, path: Path, given: unknown): string | undefined {
  return typeof given === 'string'
    ? closest(given.toLowerCase(), valuesOf(nodesAt(scope.root, path)))
    : undefined;
}

function didYouMean(meant: string | undefined): string {
  return meant === undefined ? '' : `; did you mean ${meant}?`;
}

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((part, key) => (isRecord(part) ? part[String(key)] : undefined), value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object';
}

const MOST_SHOWN = 200;

/** The value, or its beginning as text when it is long. What nests too deep for JSON is not shown. */
function shortened(value: unknown): unknown {
  try {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : value;
  } catch {
    return '(nested too deep to show)';
  }
}
