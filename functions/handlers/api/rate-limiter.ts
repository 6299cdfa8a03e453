import { takeOne, type Rate } from '../../core/rate-limit.ts';
import { SECOND, type Instant } from '../../core/time.ts';
import { HttpProblem } from './problem.ts';

/** Clients that are remembered; beyond it those are forgotten that have not come for longest. */
const MOST_CLIENTS = 10_000;

/** What is limited: `an API key may make` 100 `requests` a second. */
export interface Policy {
  /** In the headers. */
  name: string;
  subject: string;
  of: string;
  /** Not limited when absent. */
  rate: Rate | undefined;
}

/**
 * Counts what each client does, in the memory of this process: on AWS every instance of the function counts for
 * itself, and the account's quotas of API Gateway and Lambda bound them all.
 */
export class RateLimiter {
  readonly #policy: Policy;
  readonly #now: () => Instant;
  readonly #spent = new Map<string, Instant>();

  constructor(policy: Policy, now: () => Instant) {
    this.#policy = policy;
    this.#now = now;
  }

  /** Whether the client was counted here before. */
  knows(client: string): boolean {
    return this.#spent.has(client);
  }

  /** Counts one. @returns headers that tell what is left @throws HttpProblem when it is too often */
  take(client: string): Record<string, string> {
    const { rate } = this.#policy;
    if (!rate) {
      this.#remember(client, this.#now());
      return {};
    }
    const taken = takeOne(rate, this.#spent.get(client), this.#now());
    this.#remember(client, taken.spent);
    if (!taken.ok) throw this.#tooMany(rate, taken.retryAfter);
    return this.#headers(rate, taken.left, taken.spent);
  }

  /** Counts one, however many there were. */
  count(client: string): void {
    const { rate } = this.#policy;
    if (!rate) return;
    this.#remember(client, takeOne(rate, this.#spent.get(client), this.#now()).spent);
  }

  /** Counts none. @throws HttpProblem when `take` would */
  demandRoom(client: string): void {
    const { rate } = this.#policy;
    if (!rate) return;
    const taken = takeOne(rate, this.#spent.get(client), this.#now());
    if (!taken.ok) throw this.#tooMany(rate, taken.retryAfter);
  }

  #remember(client: string, spent: Instant): void {
    // Set anew, so that the first of the map is the one that has not come for longest.
    this.#spent.delete(client);
    this.#spent.set(client, spent);
    if (this.#spent.size <= MOST_CLIENTS) return;
    const [oldest] = this.#spent.keys();
    if (oldest !== undefined) this.#spent.delete(oldest);
  }

  #tooMany(rate: Rate, wait: number): HttpProblem {
    const seconds = String(Math.ceil(wait / SECOND));
    const { subject, of } = this.#policy;
    const allowed = `${rate.perSecond} ${of} a second, up to ${rate.burst} at once`;
    const headers = { ...this.#headers(rate, 0, this.#now() + wait), 'Retry-After': seconds };
    return new HttpProblem('too-many-requests', `${subject} ${allowed}; try again in ${seconds} s`, headers);
  }

  /** Structured fields of draft-ietf-httpapi-ratelimit-headers. */
  #headers({ burst, perSecond }: Rate, left: number, until: Instant): Record<string, string> {
    const seconds = (length: number) => String(Math.max(0, Math.ceil(length)));
    return {
      'RateLimit-Policy': `"${this.#policy.name}";q=${burst};w=${seconds(burst / perSecond)}`,
      RateLimit: `"${this.#policy.name}";r=${left};t=${seconds((until - this.#now()) / SECOND)}`,
    };
  }
}
