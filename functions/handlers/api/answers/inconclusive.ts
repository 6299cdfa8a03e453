import { z } from '@hono/zod-openapi';
import type { Inconclusive } from '../../../core/inconclusive.ts';
import { toIso } from '../../../core/time.ts';
import { Utc } from '../fields.ts';

/** Why something could not be looked at, since when, how often it was tried, when it is tried next. */
export const InconclusiveAnswer = z.object({ cause: z.string(), since: Utc, attempts: z.int(), lookAt: Utc });

export function inconclusiveAnswer({
  cause,
  since,
  attempts,
  lookAt,
}: Inconclusive): z.infer<typeof InconclusiveAnswer> {
  return { cause, since: toIso(since), attempts, lookAt: toIso(lookAt) };
}
