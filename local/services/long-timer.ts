/** setTimeout fires at once beyond 2^31-1 ms (24.8 days). */
const LONGEST_MS = 2 ** 31 - 1;

/** One timer of any length. */
export class LongTimer {
  #timer: NodeJS.Timeout | undefined;

  /** Calls `fire` once after `delayMs` (negative: at once, never synchronously). */
  constructor(delayMs: number, fire: () => void) {
    this.#arm(Date.now() + delayMs, fire);
  }

  /** Stops it; harmless when it has fired. */
  cancel(): void {
    clearTimeout(this.#timer);
  }

  #arm(at: number, fire: () => void): void {
    const left = at - Date.now();
    this.#timer =
      left <= LONGEST_MS
        ? setTimeout(fire, left)
        : setTimeout(() => {
            this.#arm(at, fire);
          }, LONGEST_MS);
  }
}
