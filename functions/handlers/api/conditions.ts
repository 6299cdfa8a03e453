import { z } from '@hono/zod-openapi';
import type { Condition } from '../../app/expectations/put.ts';
import { demandSound } from './problem.ts';

/** The revision of an ETag that is strong: `"3"`. */
const REVISION = /^"([1-9][0-9]{0,9})"$/;

const IfMatch = z
  .string()
  .regex(/^(\*|"[1-9][0-9]{0,9}")$/, 'must be * or a revision in quotation marks, such as "3"')
  .optional()
  .openapi({
    example: '"3"',
    description: 'The ETag of the revision to change; `*`: whichever it is, but there must be one',
  });

const IfNoneMatch = z
  .literal('*', { error: 'must be *' })
  .optional()
  .openapi({ description: '`*`: only if there is none yet' });

/** Headers of a change of what exists. */
export const IfMatchHeaders = z.object({ 'If-Match': IfMatch });

/** Headers of a change that may also create. */
export const ConditionHeaders = z.object({ 'If-Match': IfMatch, 'If-None-Match': IfNoneMatch });

/** What the headers demand. @throws Invalid when they contradict each other */
export function conditionOf({
  'If-Match': match,
  'If-None-Match': none,
}: z.infer<typeof ConditionHeaders>): Condition | undefined {
  if (match !== undefined && none !== undefined) {
    demandSound([{ field: 'If-None-Match', message: 'does not go together with If-Match', given: none }]);
  }
  if (none !== undefined) return 'absent';
  const revision = revisionOf(match);
  return revision === undefined ? (match === undefined ? undefined : 'exists') : { revision };
}

/** The revision that If-Match names; undefined for `*` and without the header. */
export function revisionOf(match: string | undefined): number | undefined {
  const digits = REVISION.exec(match ?? '')?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** The ETag of a revision. */
export function etag(revision: number): string {
  return `"${revision}"`;
}
