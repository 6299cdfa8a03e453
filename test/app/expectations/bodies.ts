import { Invalid, type FieldProblem } from '../../../functions/app/errors.ts';
import { validate } from '../../../functions/app/expectations/validate.ts';
import { MemoryWorld } from '../../support/memory-context.ts';

/** A world with the team `data`, its channel `ops-email` and grants of two prefixes of the bucket `acme`. */
export async function worldOfData(): Promise<MemoryWorld> {
  const world = new MemoryWorld();
  const grants = ['orders/', 'invoices/'].map((prefix) => ({ bucket: 'acme', prefix }));
  await world.teams.save({ id: 'data', grants, createdAt: 0, version: 0 });
  const target = { type: 'email' as const, to: ['a@example.com'] };
  await world.channels.put({ team: 'data', name: 'ops-email', target, createdAt: 0 });
  return world;
}

export const at = { at: '06:00', days: 'mon-fri', timezone: 'Europe/Berlin' };
export const file = { bucket: 'acme', key: 'orders/{yyyy}/x.csv' };

/** A body without faults. */
export const sound = { id: 'orders', team: 'data', file, due: at, notify: ['ops-email'] };

/** What is wrong with a body. @throws Error when nothing is */
export async function problemsOf(body: unknown): Promise<readonly FieldProblem[]> {
  const { ctx } = await worldOfData();
  const refused: unknown = await validate(ctx, body).catch((error: unknown) => error);
  if (!(refused instanceof Invalid)) throw new Error(`not refused: ${JSON.stringify(refused)}`);
  return refused.problems;
}
