import type { Registration, Revision } from '../../core/registration.ts';
import { NotFound } from '../errors.ts';
import type { Context, ExpectationRef, Page, Paging } from '../ports.ts';

/** @throws NotFound, also when it was deleted */
export async function readExpectation(
  ctx: Pick<Context, 'registrations'>,
  ref: ExpectationRef,
): Promise<Registration> {
  const registration = await ctx.registrations.get(ref);
  if (!registration) throw unknown(ref);
  if (registration.status === 'deleted') {
    throw new NotFound(`expectation ${ref.id} of team ${ref.team} was deleted; its revisions can be read`);
  }
  return registration;
}

/** The expectations of a team by id, without deleted ones. */
export async function listExpectations(
  ctx: Pick<Context, 'registrations'>,
  team: string,
  paging: Paging,
): Promise<Page<Registration>> {
  const page = await ctx.registrations.list(team, paging);
  return { ...page, items: page.items.filter(({ status }) => status !== 'deleted') };
}

/** Every revision, newest first, also of an expectation that was deleted. @throws NotFound */
export async function readRevisions(
  ctx: Pick<Context, 'registrations'>,
  ref: ExpectationRef,
): Promise<Revision[]> {
  const revisions = await ctx.registrations.revisions(ref);
  if (revisions.length === 0) throw unknown(ref);
  return revisions.toSorted((a, b) => b.revision - a.revision);
}

/** Whether it exists or existed: the history of what was deleted can be read. @throws NotFound */
export async function demandKnown(
  ctx: Pick<Context, 'registrations'>,
  ref: ExpectationRef,
): Promise<Registration> {
  const registration = await ctx.registrations.get(ref);
  if (!registration) throw unknown(ref);
  return registration;
}

function unknown({ team, id }: ExpectationRef): NotFound {
  return new NotFound(`team ${team} has no expectation ${id}`);
}
