import type {
  ApiKey,
  ApiKeys,
  Calendars,
  Channel,
  Channels,
  CheckInTokens,
  ExpectationRef,
  Matcher,
  Matchers,
  Team,
  Teams,
} from '../../../functions/app/ports.ts';
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

  async ofBucket(bucket: string): Promise<readonly Matcher[]> {
    await Promise.resolve();
    return this.#items.all().filter(({ file }) => file.bucket === bucket);
  }

  async put(matcher: Matcher): Promise<void> {
    await Promise.resolve();
    const { team, id, rev, file } = matcher;
    this.#items.put(keyOf(file.bucket, team, id, rev), matcher);
  }
}

/** Days off by the name of their calendar: `{ 'DE-BE': { '2026-12-25': 'Christmas Day' } }`. */
export type Holidays = Record<string, Record<string, string>>;

/** Calendars that know only the days that the test gave them. */
export class MemoryCalendars implements Calendars {
  /** May be changed at any time, as calendars are. */
  holidaysByName: Holidays;

  constructor(holidaysByName: Holidays) {
    this.holidaysByName = holidaysByName;
  }

  async problem(_team: string, name: string): Promise<string | undefined> {
    await Promise.resolve();
    if (name in this.holidaysByName) return undefined;
    return `must be a calendar that is known: ${Object.keys(this.holidaysByName).join(', ')}`;
  }

  async holidays(_team: string, names: readonly string[]): Promise<HolidayCalendar> {
    await Promise.resolve();
    const days = new Map(names.flatMap((name) => Object.entries(this.holidaysByName[name] ?? {})));
    return (date) => days.get(date);
  }
}
