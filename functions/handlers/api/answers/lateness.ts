import { z } from '@hono/zod-openapi';
import type { Breach } from '../../../core/deadline.ts';
import { lateInWords } from '../../../core/duration.ts';
import { SECOND } from '../../../core/time.ts';

/** How late something came. */
export const LateFields = {
  lateSeconds: z.number().optional().openapi({ description: 'Arrival after dueAt' }),
  lateAtLeastSeconds: z
    .number()
    .optional()
    .openapi({ description: 'Where only an interval is known: later than this, and lateSeconds at most' }),
  late: z.string().optional().openapi({ example: '1 h 20 min' }),
};

/** LateFields of lengths in milliseconds. */
export function lateFields({ lateBy, lateAtLeast }: Pick<Breach, 'lateBy' | 'lateAtLeast'>) {
  if (lateBy === undefined) return {};
  return {
    lateSeconds: lateBy / SECOND,
    ...(lateAtLeast === undefined ? {} : { lateAtLeastSeconds: lateAtLeast / SECOND }),
    late: lateInWords(lateBy, lateAtLeast),
  };
}
