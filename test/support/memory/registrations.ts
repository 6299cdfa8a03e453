import type { ExpectationRef, Page, Paging, Registrations } from '../../../functions/app/ports.ts';
import type { Registration, Revision } from '../../../functions/core/registration.ts';
import { keyOf, pageOf, Table, VersionedTable } from './table.ts';

/** Expectations in memory: the newest state under (team, id), and every state that a change replaced. */
export class MemoryRegistrations implements Registrations {
  readonly #heads = new VersionedTable<Registration>();
  readonly #replaced = new Table<Registration>();

  async get({ team, id }: ExpectationRef): Promise<Registration | undefined> {
    await Promise.resolve();
    return this.now({ team, id });
  }

  /** As get, without waiting: for other stores of the same world, and for tests. */
  now({ team, id }: ExpectationRef): Registration | undefined {
    return this.#heads.get(keyOf(team, id));
  }

  async save(next: Registration, replaced?: Registration): Promise<boolean> {
    await Promise.resolve();
    const { team, id } = next;
    if (!this.#heads.swap(keyOf(team, id), next)) return false;
    if (replaced) this.#replaced.put(keyOf(team, id, replaced.revision), replaced);
    return true;
  }

  /** Tombstones are left out. */
  async list(team: string, paging: Paging): Promise<Page<Registration>> {
    await Promise.resolve();
    const present = this.all().filter((one) => one.team === team && one.status !== 'deleted');
    return pageOf(present, paging, { query: ['expectations', team], position: ({ id }) => [id, ''] });
  }

  /** The newest first, with the present one. */
  async revisions({ team, id }: ExpectationRef): Promise<Revision[]> {
    await Promise.resolve();
    const past = this.#replaced.all().filter((one) => one.team === team && one.id === id);
    const present = this.now({ team, id });
    return [...past, ...(present ? [present] : [])]
      .toSorted((a, b) => b.revision - a.revision)
      .map(({ revision, status, expectation, changedAt, changedBy, why, rev }) => ({
        ...{ revision, status, expectation, changedAt, changedBy, rev },
        ...(why === undefined ? {} : { why }),
      }));
  }

  /** Every newest state, tombstones included. */
  all(): Registration[] {
    return this.#heads.all();
  }
}
