import type {
  ApiKey,
  ApiKeys,
  CalendarRef,
  CalendarRevision,
  Calendars,
  Channel,
  Channels,
  CheckInTokens,
  ExpectationRef,
  Matcher,
  Matchers,
  Mutes,
  Place,
  OwnCalendars,
  Team,
  Teams,
} from '../../../functions/app/ports.ts';
import type { Mute } from '../../../functions/core/mute.ts';
import { daysOf, type Calendar } from '../../../functions/core/calendar.ts';
import { placesOf } from '../../../functions/adapters/dynamodb/matchers.ts';
import { readICalendar } from '../../../functions/adapters/icalendar.ts';
import type { HolidayCalendar } from '../../../functions/core/schedule.ts';
import { keyOf, Table, VersionedTable } from './table.ts';

/** Teams in memory. */
export class MemoryTeams implements Teams {
  readonly #items = new VersionedTable<Team>();

  async get(id: string): Promise<Team | undefined> {
    await Promise.resolve();
    return this.#items.get(id);
  }

  async save(team: Team): Promise<boolean> {
    await Promise.resolve();
    return this.#items.swap(team.id, team) !== undefined;
  }

  async list(): Promise<Team[]> {
    await Promise.resolve();
    return this.#items.all().toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }
}

/** Mutes in memory. */
export class MemoryMutes implements Mutes {
  readonly #items = new VersionedTable<{ mutes: readonly Mute[]; version: number }>();

  async get(team: string): Promise<{ mutes: readonly Mute[]; version: number }> {
    await Promise.resolve();
    return this.#items.get(team) ?? { mutes: [], version: 0 };
  }

  async save(team: string, next: { mutes: readonly Mute[]; version: number }): Promise<boolean> {
    await Promise.resolve();
    return this.#items.swap(team, next) !== undefined;
  }
}

/** Channels in memory. */
export class MemoryChannels implements Channels {
  readonly #items = new Table<Channel>();

  async get(team: string, name: string): Promise<Channel | undefined> {
    await Promise.resolve();
    return this.#items.get(keyOf(team, name));
  }

  async put(channel: Channel): Promise<void> {
    await Promise.resolve();
    this.#items.put(keyOf(channel.team, channel.name), channel);
  }

  async remove(team: string, name: string): Promise<boolean> {
    await Promise.resolve();
    return this.#items.remove(keyOf(team, name));
  }

  async list(team: string): Promise<Channel[]> {
    await Promise.resolve();
    const found = this.#items.all().filter((channel) => channel.team === team);
    return found.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }
}

/** API keys in memory, by their id. */
export class MemoryApiKeys implements ApiKeys {
  readonly #items = new Table<ApiKey>();

  async get(id: string): Promise<ApiKey | undefined> {
    await Promise.resolve();
    return this.#items.get(id);
  }

  async create(key: ApiKey): Promise<boolean> {
    await Promise.resolve();
    return this.#items.insert(key.id, key);
  }

  async remove({ id }: ApiKey): Promise<void> {
    await Promise.resolve();
    this.#items.remove(id);
  }

  async list(team: string): Promise<ApiKey[]> {
    await Promise.resolve();
    const found = this.#items.all().filter((key) => key.team === team);
    return found.toSorted((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
  }
}

/** Hashes of check-in tokens in memory. */
export class MemoryTokens implements CheckInTokens {
  readonly #items = new Table<ExpectationRef>();

  async find(hash: string): Promise<ExpectationRef | undefined> {
    await Promise.resolve();
    return this.#items.get(hash);
  }

  async put(hash: string, { team, id }: ExpectationRef): Promise<void> {
    await Promise.resolve();
    this.#items.put(hash, { team, id });
  }

  async remove(hash: string): Promise<void> {
    await Promise.resolve();
    this.#items.remove(hash);
  }
}

/** Matchers in memory. */
export class MemoryMatchers implements Matchers {
  readonly #items = new Table<Matcher>();

  /** The same list while nothing is put, as of the real one. */
  readonly #kept = new Map<string, readonly Matcher[]>();

  async of(place: Place): Promise<readonly Matcher[]> {
    await Promise.resolve();
    const key = JSON.stringify(place);
    const list =
      this.#kept.get(key) ??
      this.#items.all().filter((matcher) => placesOf(matcher).some((one) => JSON.stringify(one) === key));
    this.#kept.set(key, list);
    return list;
  }

  async put(matcher: Matcher): Promise<void> {
    await Promise.resolve();
    const { team, id, rev } = matcher;
    this.#items.put(keyOf(team, id, rev), matcher);
    this.#kept.clear();
  }
}

/** Days off by the name of their calendar: `{ 'DE-BE': { '2026-12-25': 'Christmas Day' } }`. */
export type Holidays = Record<string, Record<string, string>>;

/** The teams' own calendars in memory. */
export class MemoryOwnCalendars implements OwnCalendars {
  readonly #heads = new VersionedTable<Calendar>();
  readonly #replaced = new Table<Calendar>();

  async get(ref: CalendarRef): Promise<Calendar | undefined> {
    await Promise.resolve();
    return this.now(ref);
  }

  /** As get, without waiting. */
  now({ team, name }: CalendarRef): Calendar | undefined {
    return this.#heads.get(keyOf(team, name));
  }

  async save(next: Calendar, replaced?: Calendar): Promise<boolean> {
    await Promise.resolve();
    const { team, name } = next;
    if (!this.#heads.swap(keyOf(team, name), next)) return false;
    if (replaced && replaced.revision !== next.revision) {
      this.#replaced.put(keyOf(team, name, replaced.revision), replaced);
    }
    return true;
  }

  async list(team: string): Promise<Calendar[]> {
    await Promise.resolve();
    const found = this.all().filter((one) => one.team === team && one.status === 'active');
    return found.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  async revisions({ team, name }: CalendarRef): Promise<CalendarRevision[]> {
    await Promise.resolve();
    const present = this.now({ team, name });
    if (!present) return [];
    const past = this.#replaced.all().filter((one) => one.team === team && one.name === name);
    return [present, ...past.toSorted((a, b) => b.revision - a.revision)].map(
      ({ unsettledSince: _, warnedOf: __, version: ___, ...revision }) => revision,
    );
  }

  /** Every newest state, tombstones included. */
  all(): Calendar[] {
    return this.#heads.all();
  }
}

/** Calendars that know the days that the test gave them, and those that teams keep. */
export class MemoryCalendars implements Calendars {
  /** May be changed at any time, as calendars are. */
  holidaysByName: Holidays;
  release = { zones: '2026c', holidays: '1' };
  readonly readICalendar = readICalendar;
  readonly #own: MemoryOwnCalendars;

  constructor(holidaysByName: Holidays, own = new MemoryOwnCalendars()) {
    this.holidaysByName = holidaysByName;
    this.#own = own;
  }

  async problem(team: string, name: string): Promise<string | undefined> {
    await Promise.resolve();
    if (name in this.holidaysByName || this.#own.now({ team, name })?.status === 'active') return undefined;
    return `must be a calendar that is known: ${Object.keys(this.holidaysByName).join(', ')}`;
  }

  async holidays(team: string, names: readonly string[]): Promise<HolidayCalendar> {
    await Promise.resolve();
    const days = new Map(names.flatMap((name) => Object.entries(this.holidaysByName[name] ?? {})));
    const own = names.flatMap((name) => {
      const calendar = this.#own.now({ team, name });
      return calendar?.status === 'active' ? [daysOf(calendar)] : [];
    });
    return (date) =>
      days.get(date) ?? own.map((isHoliday) => isHoliday(date)).find((name) => name !== undefined);
  }
}
