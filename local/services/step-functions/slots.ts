interface Waiting {
  ticket: number;
  start: () => void;
}

/**
 * Lets at most `size` jobs run at once; the lowest ticket goes first, so that work begun earlier is finished
 * before later work is begun.
 */
export class Slots {
  readonly #size: number;
  #running = 0;
  #idle: PromiseWithResolvers<undefined> | undefined;
  /** A binary heap: the lowest ticket is first. */
  readonly #heap: Waiting[] = [];

  constructor(size: number) {
    this.#size = size;
  }

  /** Runs `job` when a slot is free; settles as the job does. */
  run<T>(ticket: number, job: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const start = () => {
        job().then(resolve, reject).finally(this.#release);
      };
      this.#push({ ticket, start });
      this.#fill();
    });
  }

  /** Settles when no job runs. */
  async idle(): Promise<void> {
    if (this.#running > 0) await (this.#idle ??= Promise.withResolvers<undefined>()).promise;
  }

  /** Not at once: what follows in the same execution first gets the chance to queue, with its lower ticket. */
  readonly #release = (): void => {
    setImmediate(() => {
      this.#running--;
      this.#fill();
      if (this.#running === 0) this.#idle?.resolve(undefined);
    });
  };

  #fill(): void {
    while (this.#running < this.#size) {
      const next = this.#pop();
      if (!next) return;
      this.#running++;
      next.start();
    }
  }

  #push(entry: Waiting): void {
    const heap = this.#heap;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (!above || above.ticket <= entry.ticket) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = entry;
  }

  #pop(): Waiting | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (last && last !== top) this.#sink(last);
    return top;
  }

  #sink(entry: Waiting): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const right = left + 1;
      const lower = (heap[right]?.ticket ?? Infinity) < (heap[left]?.ticket ?? Infinity) ? right : left;
      const child = heap[lower];
      if (!child || child.ticket >= entry.ticket) break;
      heap[at] = child;
      at = lower;
    }
    heap[at] = entry;
  }
}
