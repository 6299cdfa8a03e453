/** Something that was done to the service from outside. All instants in epoch ms. */
export interface Attempt {
  sentAt: number;
  /** When the answer, or the end of the connection, was there. */
  doneAt: number;
  /** Without an acknowledgement nobody knows whether it took place. */
  acknowledged: boolean;
}

/** What can become of a deadline; `late` in whole seconds. */
export type Outcome = 'met' | 'never' | `recovered after ${number}`;

const seconds = (instant: number) => Math.floor(instant / 1000);

/**
 * By the definitions, for deadlines on a grid without grace: what came after the deadline before and not after this
 * one meets it; one that is missed is recovered by what comes until half way to the next; each arrival serves the
 * oldest deadline that it can. Compared in whole seconds.
 * @param dues when the deadlines are due, ascending, at equal distances
 */
export function outcomes(dues: readonly number[], arrivals: readonly number[]): Outcome[] {
  const step = (dues[1] ?? 0) - (dues[0] ?? 0);
  const free = arrivals.toSorted((a, b) => a - b);
  const take = (after: number, until: number): number | undefined => {
    const index = free.findIndex((at) => seconds(at) > seconds(after) && seconds(at) <= seconds(until));
    return index < 0 ? undefined : free.splice(index, 1)[0];
  };
  return dues.map((due): Outcome => {
    if (take(due - step, due) !== undefined) return 'met';
    const late = take(due, due + Math.floor(step / 2));
    return late === undefined ? 'never' : `recovered after ${seconds(late) - seconds(due)}`;
  });
}

/** More than this are never tried out: then the run has no say about the expectation. */
const MOST_CASES = 500_000;

/**
 * Every history that the attempts allow: each that was not acknowledged took place or did not, and each took place at
 * some second between sending and answer.
 * @returns undefined when they are too many
 */
export function possible(dues: readonly number[], attempts: readonly Attempt[]): Set<string> | undefined {
  const choices = attempts.map(({ sentAt, doneAt, acknowledged }) => {
    const times = Array.from({ length: seconds(doneAt) - seconds(sentAt) + 1 }, (_, n) => sentAt + n * 1000);
    return acknowledged ? times : [undefined, ...times];
  });
  if (choices.reduce((cases, some) => cases * some.length, 1) > MOST_CASES) return undefined;
  const found = new Set<string>();
  const visit = (index: number, chosen: readonly number[]): void => {
    const some = choices[index];
    if (!some) {
      found.add(outcomes(dues, chosen).join(', '));
      return;
    }
    for (const at of some) visit(index + 1, at === undefined ? chosen : [...chosen, at]);
  };
  visit(0, []);
  return found;
}
