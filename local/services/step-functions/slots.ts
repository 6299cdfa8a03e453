/** Lets at most `size` jobs run at once; first come, first served. */
export class Slots {
  readonly #size: number;
  #running = 0;
  #idle: PromiseWithResolvers<undefined> | undefined;
  #waiting: (() => void)[] = [];
  #next = 0;

  constructor(size: number) {
    this.#size = size;
  }

  /** Runs `job` when a slot is free; settles as the job does. */
  run<T>(job: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push(() => {
        job().then(resolve, reject).finally(this.#release);
      });
      this.#fill();
    });
  }

  /** Settles when no job runs. */
  async idle(): Promise<void> {
    if (this.#running > 0) await (this.#idle ??= Promise.withResolvers<undefined>()).promise;
  }

  /** Not at once: timers and sockets get their turn between jobs, however many wait. */
  readonly #release = (): void => {
    setImmediate(() => {
      this.#running--;
      this.#fill();
      if (this.#running === 0) this.#idle?.resolve(undefined);
    });
  };

  #fill(): void {
    while (this.#running < this.#size) {
      const start = this.#waiting[this.#next];
      if (!start) return;
      this.#next++;
      // Cut off now and then: shifting a long array for each job would be quadratic.
      if (this.#next === 1000) {
        this.#waiting = this.#waiting.slice(this.#next);
        this.#next = 0;
      }
      this.#running++;
      start();
    }
  }
}
