import { z } from 'zod';
import { awsContext } from '../adapters/context.ts';
import { awsClients } from '../adapters/clients.ts';
import { readEnvironment, type Environment } from '../adapters/environment.ts';
import { embeddedMetrics } from '../adapters/metrics.ts';
import type { Context } from '../app/ports.ts';
import { DeadlineRef, fullId } from '../core/deadline.ts';

const OfDeadline = z.object({ deadline: DeadlineRef });

/**
 * A function of Lambda, by the environment that it was deployed with. After each call its metrics are written; a call
 * that fails is logged with the deadline that it was for.
 */
export function lambdaFunction<Call extends unknown[], T>(
  make: (ctx: Context, environment: Environment) => (...call: Call) => Promise<T>,
): (...call: Call) => Promise<T> {
  const environment = readEnvironment();
  const metrics = embeddedMetrics(environment.optional('deployment') ?? 'overdue');
  const ctx = awsContext(environment, awsClients(), metrics);
  const work = make(ctx, environment);
  return async (...call) => {
    try {
      return await work(...call);
    } catch (error) {
      const { data } = OfDeadline.safeParse(call[0]);
      ctx.log.error('task failed', {
        ...(data && { deadline: fullId(data.deadline) }),
        error: String(error),
      });
      throw error;
    } finally {
      metrics.flush();
    }
  };
}
