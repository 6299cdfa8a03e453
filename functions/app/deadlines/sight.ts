import type { Deadline } from '../../core/deadline.ts';
import type { Sight } from '../../core/look.ts';
import { isLiteral } from '../../core/glob.ts';
import { HOUR, type Instant, type Milliseconds } from '../../core/time.ts';
import type { Context } from '../ports.ts';

/** A run may have begun long before the window in which it ends. */
export const LONGEST_RUN: Milliseconds = 48 * HOUR;

/**
 * Looks where the deadline's evidence would be: into the bucket, or at the runs of the job.
 * @throws TypeError for what is told or not, and leaves nothing to be seen
 */
export async function lookFor(
  ctx: Pick<Context, 'objects' | 'runs'>,
  { awaits, opensAt }: Deadline,
  now: Instant,
): Promise<Sight> {
  switch (awaits.kind) {
    case 'file':
      return ctx.objects.look(awaits.bucket, awaits.key, now);
    case 'run': {
      const { source, job, account, region, run } = awaits;
      if (run) return ctx.runs.one({ source, ...run, run: run.id }, now);
      // A service is asked for one name; what a pattern means is known by events alone.
      if (!isLiteral(job)) return { ok: true, at: now, runs: [] };
      return ctx.runs.latest({ source, job, account, region, since: opensAt - LONGEST_RUN }, now);
    }
    case 'check-in':
    case 'event':
      throw new TypeError(`nothing to look at for ${awaits.kind}`);
  }
}
