import type { Context as HonoContext } from 'hono';
import { authenticate, keyIdOf, type Principal } from '../../app/access.ts';
import { NotFound, Unauthorized } from '../../app/errors.ts';
import type { Context } from '../../app/ports.ts';
import type { Rate } from '../../core/rate-limit.ts';
import type { ApiEnv } from './env.ts';
import { RateLimiter } from './rate-limiter.ts';

/** How often each may call. What is absent is not limited. */
export interface Limits {
  /** Requests of one API key. */
  key?: Rate | undefined;
  /** Check-ins by one address, `/ping/…`. */
  checkIn?: Rate | undefined;
  /** Keys and check-in addresses that do not exist, tried from one network address. */
  guesses?: Rate | undefined;
  /** The network address that the request comes from; where it is unknown, all are one. */
  addressOf?: ((c: HonoContext) => string | undefined) | undefined;
}

/** Requests a second of one API key, check-ins a second by one address. */
export const DEFAULT_RATES = { requests: 100, checkIns: 1 };

/**
 * The limits of a deployment. In a burst a key may make the requests of ten seconds, and an address of a check-in the
 * check-ins of a minute. 0 is no limit.
 */
export function limitsOf(
  { requests, checkIns }: typeof DEFAULT_RATES,
  addressOf: Limits['addressOf'],
): Limits {
  const rate = (perSecond: number, seconds: number): Rate | undefined =>
    perSecond > 0 ? { perSecond, burst: Math.max(1, Math.ceil(perSecond * seconds)) } : undefined;
  return { key: rate(requests, 10), checkIn: rate(checkIns, 60), guesses: GUESSES, addressOf };
}

const GUESSES: Rate = { perSecond: 1, burst: 30 };

type Request = HonoContext<ApiEnv, string>;

/**
 * Who calls, and whether not too often. Guesses from an address close it only for keys and check-in addresses that
 * have not been seen to be right in this process: who shares it with a client that went astray goes on.
 */
export class Callers {
  readonly #ctx: Context;
  readonly #keys: RateLimiter;
  readonly #checkIns: RateLimiter;
  readonly #guesses: RateLimiter;
  readonly #addressOf: (c: Request) => string;

  constructor(ctx: Context, { key, checkIn, guesses, addressOf }: Limits) {
    const now = () => ctx.now();
    this.#ctx = ctx;
    this.#keys = new RateLimiter(
      { name: 'key', subject: 'an API key may make', of: 'requests', rate: key },
      now,
    );
    this.#checkIns = new RateLimiter(
      { name: 'check-in', subject: 'a check-in address takes', of: 'check-ins', rate: checkIn },
      now,
    );
    this.#guesses = new RateLimiter(
      { name: 'guess', subject: 'from one network address there may be', of: 'wrong keys', rate: guesses },
      now,
    );
    this.#addressOf = (c) => addressOf?.(c) ?? 'unknown';
  }

  /** @returns who it is, and headers that tell what is left @throws Unauthorized, HttpProblem when it is too often */
  async recognise(
    c: Request,
    key: string | undefined,
  ): Promise<{ principal: Principal; headers: Record<string, string> }> {
    const id = keyIdOf(key);
    if (id === undefined) return { principal: await authenticate(this.#ctx, key), headers: {} };
    const principal = await this.#unlessGuessed(c, this.#keys.knows(id), Unauthorized, () =>
      authenticate(this.#ctx, key),
    );
    return { principal, headers: this.#keys.take(id) };
  }

  /** Does the check-in by its address. @throws what it throws, HttpProblem when it is too often */
  async checkIn(c: Request, token: string, act: () => Promise<unknown>): Promise<void> {
    const known = this.#checkIns.knows(token);
    if (known) this.#checkIns.take(token);
    await this.#unlessGuessed(c, known, NotFound, act);
    if (!known) this.#checkIns.take(token);
  }

  async #unlessGuessed<T>(
    c: Request,
    known: boolean,
    wrong: typeof Unauthorized | typeof NotFound,
    act: () => Promise<T>,
  ): Promise<T> {
    const address = this.#addressOf(c);
    if (!known) this.#guesses.demandRoom(address);
    try {
      return await act();
    } catch (error) {
      if (error instanceof wrong) this.#guesses.count(address);
      throw error;
    }
  }
}
