import { z } from 'zod';
import { compileGlob } from './glob.ts';
import type { Instant } from './time.ts';

/** A time in which a team is told nothing of some expectations. Verdicts and history go on. Instants in epoch ms. */
export const Mute = z.object({
  id: z.string(),
  /** Globs over the ids of expectations; absent: all of the team. */
  expectations: z.array(z.string()).optional(),
  from: z.int(),
  until: z.int(),
  by: z.string(),
  why: z.string().optional(),
});
export type Mute = z.infer<typeof Mute>;

/** Whether the mute is about the expectation, at whatever time. */
export function concerns({ expectations }: Pick<Mute, 'expectations'>, expectation: string): boolean {
  return expectations === undefined || expectations.some((glob) => compileGlob(glob)(expectation));
}

/** Until when (epoch ms) nothing is told of the expectation; undefined when it is told. */
export function mutedUntil(mutes: readonly Mute[], expectation: string, at: Instant): Instant | undefined {
  const active = mutes.filter((mute) => mute.from <= at && at < mute.until && concerns(mute, expectation));
  return active.length > 0 ? Math.max(...active.map(({ until }) => until)) : undefined;
}
