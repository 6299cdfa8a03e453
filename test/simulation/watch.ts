import type {
  AlertQueue,
  Deadlines,
  EvidenceStore,
  ExpectationRef,
  Registrations,
  Senders,
} from '../../functions/app/ports.ts';
import type { Evidence } from '../../functions/core/evidence.ts';
import { deadlineId, type Breach, type Deadline, type DeadlineRef } from '../../functions/core/deadline.ts';
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
  readonly #transitions = new Map<string, string>();
  readonly #known = new Map<string, Instant>();
  readonly #claimed = new Map<string, Instant>();
  readonly #now: () => Instant;

  constructor(now: () => Instant) {
    this.#now = now;
  }

  deadlines<T extends Deadlines>(store: T): T {
    return withMethod(store, 'save', async (next: Deadline) => {
      const before = await store.get(next);
      const saved = await store.save(next);
      if (saved && before) this.#compare(before, saved);
      return saved;
    });
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
        if (isNew) this.#known.set(`${ref.team}/${ref.id} ${one.id}`, this.#now());
        return isNew;
      },
    );
    return withMethod(recording, 'claim', async (...[ref, one, by]: Parameters<EvidenceStore['claim']>) => {
      const isClaimed = await store.claim(ref, one, by);
      const key = `${ref.team}/${ref.id} ${one.id}`;
      if (isClaimed && !this.#claimed.has(key)) this.#claimed.set(key, this.#now());
      return isClaimed;
    });
  }

  /** When a deadline took it; undefined when none did. */
  claimedAt(ref: ExpectationRef, { id }: { id: string }): Instant | undefined {
    return this.#claimed.get(`${ref.team}/${ref.id} ${id}`);
  }

  /** Since when others can read it. It says of itself when the write was begun. */
  knownAt(ref: ExpectationRef, { id, recordedAt }: Evidence): Instant {
    return this.#known.get(`${ref.team}/${ref.id} ${id}`) ?? recordedAt;
  }

  alerts<T extends AlertQueue>(store: T): T {
    return withMethod(
      store,
      'enqueue',
      async (...[ref, transitions, alerts]: Parameters<AlertQueue['enqueue']>) => {
        for (const transition of transitions) {
          const key = `${nameOf(ref)}/${transition.seq}`;
          const text = JSON.stringify(transition, Object.keys(transition).toSorted());
          const known = this.#transitions.get(key);
          if (known !== undefined && known !== text)
            this.#say(`${nameOf(ref)} told ${known} and then ${text}`);
          this.#transitions.set(key, text);
        }
        await store.enqueue(ref, transitions, alerts);
      },
    );
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
