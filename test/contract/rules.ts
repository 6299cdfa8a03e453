import type { JsonObject } from '../../local/services/json.ts';

/** Rules on the default bus, each with a queue of its own: the forms of patterns that the stack uses, and near ones. */
export const RULES = {
  objects: { source: ['aws.s3'], 'detail-type': ['Object Created'] },
  prefix: { source: ['overdue.contract'], detail: { bucket: { name: [{ prefix: 'acme-' }, 'exact'] } } },
  anythingBut: {
    source: ['overdue.contract'],
    detail: { state: [{ 'anything-but': ['SUCCEEDED', 'RUNNING'] }] },
  },
  exists: {
    source: ['overdue.contract'],
    detail: { 'copied-from': [{ exists: false }], flavour: [{ exists: true }] },
  },
} satisfies Record<string, JsonObject>;

export type RuleName = keyof typeof RULES;
