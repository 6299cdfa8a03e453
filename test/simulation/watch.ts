import type {
  AlertQueue,
  Deadlines,
  EvidenceStore,
  ExpectationRef,
  Matchers,
  Mutes,
  ObjectStore,
  Registrations,
  Runs,
  Senders,
} from '../../functions/app/ports.ts';
import type { Evidence } from '../../functions/core/evidence.ts';
import {
  deadlineId,
  type Breach,
  type Deadline,
  type DeadlineRef,
  type Transition,
} from '../../functions/core/deadline.ts';
import type { Mute } from '../../functions/core/mute.ts';
import type { Instant } from '../../functions/core/time.ts';

/** A message that reached its receiver. */
export interface Sent {
  at: Instant;
  /** Of the channel's address. */
  team: string;
  channel: string;
  message: string;
  alerts: { id: string; team: string; type: string; lateBy?: number | undefined }[];
}

/** A look into a bucket, or at the runs of a job, by the clock of the world. */
export interface Looked {
  at: Instant;
  task: string;
  /** The key, the name or the run that was asked for. */
  glob: string;
  /** Of a look at the runs of a job: those that ended before are not shown. */
  since?: Instant;
  /** By the clock of whoever looked. */
  asked: Instant;
  ok: boolean;
}

/** A claim on something that came. */
export interface Held {
  /** The ETag of an object, which each upload has of its own here; of anything else the id of its evidence. */
  piece: string;
  at: Instant;
  until: Instant;
  task: string;
}

/** A mute, with the instant at which it began to be known. */
export interface Muted extends Mute {
  team: string;
  savedAt: Instant;
}

/** A transition that was handed to the channels, or was silenced. */
export interface Handed {
  seq: number;
  type: string;
  madeAt: Instant;
  at: Instant;
  isTold: boolean;
}

/** The first record of something, whose it was, and how many there were before it. */
export interface Recorded {
  at: Instant;
  task: string;
  turn: number;
}

/** What tells the real thing from all others, whoever told of it. */
export function pieceOf({ id, object, event }: Evidence): string {
  return object?.etag ?? event?.id ?? id;
}

/** What a deadline may not change once it has its verdict. */
const KEPT = [
  ...([
    'status',
    'decidedAt',
    'cause',
    'metAt',
    'intoGrace',
    'dueAt',
    'opensAt',
    'limitAt',
    'checkAt',
  ] as const),
  ...(['lateUntil', 'giveUpAt', 'awaits', 'plannedAt'] as const),
];

/** How a breach may go on. What came late, or was in time, may be told after it was given up. */
const MAY_FOLLOW: Record<Breach['status'] | 'none', string[]> = {
  none: ['open', 'recovered', 'withdrawn'],
  open: ['recovered', 'never', 'closed', 'withdrawn'],
  never: ['recovered', 'withdrawn'],
  recovered: ['withdrawn'],
  closed: ['withdrawn'],
  withdrawn: [],
};

/** Looks at every write while the world runs: history is added to and never changed. */
export class Watch {
  readonly violations: string[] = [];
  readonly sent: Sent[] = [];
  readonly looks: Looked[] = [];
  readonly #judged = new Map<string, { at: Instant; task: string }>();
  readonly #verdicts = new Map<string, number>();
  readonly #closed = new Map<string, Instant>();
  readonly #transitions = new Map<string, string>();
  readonly #known = new Map<string, Recorded>();
  readonly #held = new Map<string, Held[]>();
  readonly #muted = new Map<string, Muted>();
  readonly #handed = new Map<string, Handed[]>();
  readonly #listening: (ExpectationRef & { rev: number; at: Instant })[] = [];
  readonly #machine: { now: Instant; caller: string };

  constructor(machine: { now: Instant; caller: string }) {
    this.#machine = machine;
  }

  #now(): Instant {
    return this.#machine.now;
  }

  deadlines<T extends Deadlines>(store: T): T {
    return withMethod(store, 'save', async (next: Deadline) => {
      const before = await store.get(next);
      const saved = await store.save(next);
      if (saved && before) {
        this.#note(before, saved);
        this.#compare(before, saved);
      }
      return saved;
    });
  }

  #note(before: Deadline, after: Deadline): void {
    const { now: at, caller: task } = this.#machine;
    if (before.status === 'pending' && after.status !== 'pending') {
      this.#judged.set(nameOf(after), { at, task });
      this.#verdicts.set(task, this.verdictsOf(task) + 1);
    }
    if (after.breach?.status === 'closed' && before.breach?.status !== 'closed')
      this.#closed.set(nameOf(after), at);
  }

  /** When a deadline got its verdict, and who wrote it. */
  judged(ref: DeadlineRef): { at: Instant; task: string } | undefined {
    return this.#judged.get(nameOf(ref));
  }

  /** How many verdicts a task wrote. */
  verdictsOf(task: string): number {
    return this.#verdicts.get(task) ?? 0;
  }

  /** When a person ended its breach. */
  closed(ref: DeadlineRef): Instant | undefined {
    return this.#closed.get(nameOf(ref));
  }

  objects<T extends ObjectStore>(store: T): T {
    return withMethod(store, 'look', async (...[bucket, glob, asked]: Parameters<ObjectStore['look']>) => {
      const { now: at, caller: task } = this.#machine;
      const look = await store.look(bucket, glob, asked);
      this.looks.push({ at, task, glob, asked, ok: look.ok });
      return look;
    });
  }

  runs<T extends Runs>(store: T): T {
    const asking = withMethod(store, 'one', async (...[one, asked]: Parameters<Runs['one']>) => {
      const { now: at, caller: task } = this.#machine;
      const look = await store.one(one, asked);
      this.looks.push({ at, task, glob: one.run, asked, ok: look.ok });
      return look;
    });
    return withMethod(asking, 'latest', async (...[query, asked]: Parameters<Runs['latest']>) => {
      const { now: at, caller: task } = this.#machine;
      const look = await store.latest(query, asked);
      this.looks.push({ at, task, glob: query.job, since: query.since, asked, ok: look.ok });
      return look;
    });
  }

  matchers<T extends Matchers>(store: T): T {
    return withMethod(store, 'put', async (matcher) => {
      await store.put(matcher);
      this.#listening.push({ ...matcher, at: this.#now() });
    });
  }

  /** Since when events were asked for, by the number of the revision. */
  listening({ team, id }: ExpectationRef): readonly { rev: number; at: Instant }[] {
    return this.#listening.filter((one) => one.team === team && one.id === id);
  }

  mutes<T extends Mutes>(store: T): T {
    return withMethod(store, 'save', async (team, next) => {
      const saved = await store.save(team, next);
      const at = this.#now();
      for (const one of saved ? next.mutes : []) {
        const known = this.#muted.get(one.id) ?? { ...one, team, savedAt: at };
        this.#muted.set(one.id, { ...known, until: one.until });
      }
      return saved;
    });
  }

  /** The mutes that were made about an expectation, with the instant at which each ended. */
  muted({ team, id }: ExpectationRef): readonly Muted[] {
    return [...this.#muted.values()].filter((one) => one.team === team && one.expectations?.includes(id));
  }

  /** When each transition of a deadline was handed over, and whether it was told to anybody. */
  handed(ref: DeadlineRef): readonly Handed[] {
    return this.#handed.get(nameOf(ref)) ?? [];
  }

  registrations<T extends Registrations>(store: T): T {
    return withMethod(store, 'save', async (...[next, replaced]: Parameters<Registrations['save']>) => {
      const before = await store.get(next);
      const saved = await store.save(next, replaced);
      const counted = next.revision - (before?.revision ?? 0);
      const isFiled = counted === 0 || before === undefined || replaced?.revision === before.revision;
      if (saved && (counted < 0 || counted > 1 || !isFiled))
        this.#say(
          `${next.team}/${next.id} revision ${next.revision} after ${before?.revision ?? 0} loses history`,
        );
      return saved;
    });
  }

  evidence<T extends EvidenceStore>(store: T): T {
    const recording = withMethod(
      store,
      'record',
      async (...[ref, one]: Parameters<EvidenceStore['record']>) => {
        const isNew = await store.record(ref, one);
        if (isNew) this.#learn(ref, one);
        return isNew;
      },
    );
    const claiming = withMethod(
      recording,
      'claim',
      async (...[ref, one, by]: Parameters<EvidenceStore['claim']>) => {
        const isClaimed = await store.claim(ref, one, by);
        if (isClaimed && !this.recorded(ref, one)) this.#learn(ref, one);
        if (isClaimed) this.#hold(`${ref.team}/${ref.id} ${by}`, one);
        return isClaimed;
      },
    );
    return withMethod(
      claiming,
      'release',
      async (...[ref, one, by]: Parameters<EvidenceStore['release']>) => {
        await store.release(ref, one, by);
        const held = this.#held
          .get(`${ref.team}/${ref.id} ${by}`)
          ?.findLast(({ piece }) => piece === pieceOf(one));
        if (held) held.until = this.#now();
      },
    );
  }

  #hold(by: string, one: Evidence): void {
    const held = this.#held.get(by) ?? [];
    this.#held.set(by, held);
    const piece = pieceOf(one);
    if (held.some((other) => other.piece === piece && other.until === Infinity)) return;
    held.push({ piece, at: this.#now(), until: Infinity, task: this.#machine.caller });
  }

  /** What a deadline claimed, and when it let go of it. */
  held(ref: DeadlineRef): readonly Held[] {
    return this.#held.get(nameOf(ref)) ?? [];
  }

  #learn(ref: ExpectationRef, { id }: Evidence): void {
    const { now: at, caller: task } = this.#machine;
    this.#known.set(`${ref.team}/${ref.id} ${id}`, { at, task, turn: this.#known.size });
  }

  /** Since when others can read it. It says of itself when the write was begun. */
  knownAt(ref: ExpectationRef, one: Pick<Evidence, 'id' | 'recordedAt'>): Instant {
    return this.recorded(ref, one)?.at ?? one.recordedAt;
  }

  /** The first record of it, and whose it was. */
  recorded(ref: ExpectationRef, { id }: Pick<Evidence, 'id'>): Recorded | undefined {
    return this.#known.get(`${ref.team}/${ref.id} ${id}`);
  }

  alerts<T extends AlertQueue>(store: T): T {
    return withMethod(
      store,
      'enqueue',
      async (...[ref, transitions, alerts]: Parameters<AlertQueue['enqueue']>) => {
        for (const transition of transitions) {
          const key = `${nameOf(ref)}/${transition.seq}`;
          // Handed over again, after a crash, it may be muted or not any more.
          const { muted, ...said } = transition;
          const text = JSON.stringify(said, Object.keys(said).toSorted());
          this.#hand(ref, transition, muted !== true);
          const known = this.#transitions.get(key);
          if (known !== undefined && known !== text)
            this.#say(`${nameOf(ref)} told ${known} and then ${text}`);
          this.#transitions.set(key, text);
        }
        await store.enqueue(ref, transitions, alerts);
      },
    );
  }

  #hand(ref: DeadlineRef, { seq, type, at }: Transition, isTold: boolean): void {
    const handed = this.#handed.get(nameOf(ref)) ?? [];
    this.#handed.set(nameOf(ref), handed);
    handed.push({ seq, type, madeAt: at, at: this.#now(), isTold });
  }

  senders<T extends Senders>(store: T): T {
    return withMethod(store, 'send', async (...[target, message]: Parameters<Senders['send']>) => {
      await store.send(target, message);
      const [team = '', channel = ''] = 'url' in target ? target.url.split('/').slice(-2) : [];
      this.sent.push({ at: this.#now(), team, channel, message: message.id, alerts: [...message.alerts] });
    });
  }

  #compare(before: Deadline, after: Deadline): void {
    const say = (what: string) => {
      this.#say(`${nameOf(after)} ${what}`);
    };
    if (after.seq < before.seq) say('takes a transition back');
    if (before.status === 'pending') return;
    for (const name of KEPT) {
      if (before[name] === after[name]) continue;
      const [was, is] = [JSON.stringify(before[name]), JSON.stringify(after[name])];
      if (was !== is) say(`had ${name} ${was} and then ${is}`);
    }
    if (before.status === 'met' && String(before.evidence) !== String(after.evidence))
      say('is met by something else');
    const was = before.breach?.status ?? 'none';
    const is = after.breach?.status ?? 'none';
    if (was !== is && !MAY_FOLLOW[was].includes(is)) say(`had a breach that was ${was} and then ${is}`);
    if (before.breach && before.breach.openedAt !== after.breach?.openedAt) say('opened twice');
    if (before.correction && JSON.stringify(before.correction) !== JSON.stringify(after.correction))
      say('is corrected differently');
  }

  #say(what: string): void {
    this.violations.push(`${what} (${new Date(this.#now()).toISOString()})`);
  }
}

function nameOf(ref: DeadlineRef): string {
  return `${ref.team}/${ref.expectation} ${deadlineId(ref)}`;
}

/** The same object but for one method. */
function withMethod<T extends object, K extends keyof T>(store: T, name: K, method: T[K]): T {
  return new Proxy(store, {
    get: (target, asked) => {
      if (asked === name) return method;
      const member: unknown = Reflect.get(target, asked, target);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}
