import type { z } from 'zod';

/** A part of a schema as JSON Schema. */
export type Node = z.core.JSONSchema.BaseSchema;

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** What the schema allows there, to follow `must be`. Of a union, the member that is of the kind of what was given. */
export function whatIs(nodes: readonly Node[], issue: Issue, given: unknown): string {
  const values = valuesOf(nodes);
  if (values.length > 0) return values.length > 1 ? `one of ${values.join(', ')}` : (values[0] ?? '');
  const kind = Array.isArray(given) ? 'array' : typeof given;
  const node = nodes.find(({ type }) => type === kind) ?? nodes.find(({ type }) => type !== undefined) ?? {};
  switch (node.type) {
    case 'integer':
    case 'number':
      return `a ${node.type === 'integer' ? 'whole ' : ''}number${range(node.minimum, node.maximum)}`;
    case 'string':
      return textKind(issue, node);
    case 'array':
      return `a list${range(node.minItems, node.maxItems, 'entries')}`;
    case 'boolean':
      return 'true or false';
    case 'object':
      return objectKind(node);
    default:
      return 'something else';
  }
}

const FORMATS: Record<string, string> = {
  email: 'an e-mail address such as ops@example.com',
  url: 'an address such as https://example.com/path',
  datetime: 'an instant such as 2026-11-21T05:00:00Z',
};

function textKind(issue: Issue, { minLength, maxLength, format, example }: Node): string {
  const named = FORMATS[issue.code === 'invalid_format' ? issue.format : (format ?? '')];
  if (named !== undefined) return named;
  const sized = issue.code === 'too_small' || issue.code === 'too_big';
  if (!sized && typeof example === 'string') return `text such as ${example}`;
  return `text${range(minLength, maxLength, 'characters')}`;
}

function objectKind({ properties = {} }: Node): string {
  const names = Object.keys(properties);
  return names.length === 0 ? 'an empty object: {}' : `an object with the fields ${names.join(', ')}`;
}

/** ` from 1 to 20 entries`, ` of at least 1`; the bounds that every whole number has are no news. */
function range(min: number | undefined, max: number | undefined, unit = ''): string {
  const low = min === Number.MIN_SAFE_INTEGER ? undefined : min;
  const high = max === Number.MAX_SAFE_INTEGER ? undefined : max;
  const of = unit === '' ? '' : ` ${unit}`;
  const from = unit === '' ? 'from' : 'of';
  if (low !== undefined && high !== undefined) return ` ${from} ${low} to ${high}${of}`;
  if (high !== undefined) return ` of at most ${high}${of}`;
  return low === undefined ? '' : ` of at least ${low}${of}`;
}

/** One member of a union of objects: its fields, and those that tell it from the others, `at` and `days`. */
export interface Form {
  fields: string[];
  marks: string[];
}

/** The members of the union at a path; undefined when they are not all objects. */
export function formsAt(root: Node, path: Path): Form[] | undefined {
  const union = nodesAt(root, path).find(({ anyOf, oneOf }) => anyOf ?? oneOf);
  const members = (union?.anyOf ?? union?.oneOf ?? []).filter((member) => typeof member === 'object');
  if (members.length === 0 || members.some(({ type }) => type !== 'object')) return undefined;
  return members.map((member) => {
    const others = members.filter((other) => other !== member);
    const marks = (member.required ?? []).filter((name) => !fieldsOf(others).includes(name));
    return { fields: fieldsOf([member]), marks };
  });
}

/** What the schema has at a path, each member of a union for itself. */
export function nodesAt(root: Node, path: Path): Node[] {
  return path.reduce<Node[]>(
    (nodes, key) => nodes.flatMap((node) => branchesOf(childOf(node, key))),
    branchesOf(root),
  );
}

function childOf({ properties, items }: Node, key: PropertyKey): unknown {
  if (typeof key !== 'number') return properties?.[String(key)];
  return Array.isArray(items) ? undefined : items;
}

function branchesOf(node: unknown): Node[] {
  if (!isRecord(node)) return [];
  const schema: Node = node;
  const members = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  return [schema, ...members.flatMap(branchesOf)];
}

/** Whether an object that the schema allows must have the field. */
export function isRequired(root: Node, path: Path): boolean {
  const name = String(path.at(-1));
  return nodesAt(root, path.slice(0, -1)).some(({ required = [] }) => required.includes(name));
}

/** Names of the fields that these parts of a schema have. */
export function fieldsOf(nodes: readonly Node[]): string[] {
  return [...new Set(nodes.flatMap(({ properties = {} }) => Object.keys(properties)))];
}

/** `due.timezone` and so on: the path of every field of the schema. */
export function pathsOf(root: Node): string[] {
  return branchesOf(root).flatMap(({ properties = {} }) =>
    Object.entries(properties).flatMap(([name, child]) => [
      name,
      ...branchesOf(child)
        .flatMap((branch) => pathsOf({ properties: branch.properties ?? {} }))
        .map((path) => `${name}.${path}`),
    ]),
  );
}

/** The values that are allowed where only certain ones are. */
export function valuesOf(nodes: readonly Node[]): string[] {
  return nodes.flatMap((node) => (node.const === undefined ? (node.enum ?? []) : [node.const])).map(String);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object';
}
