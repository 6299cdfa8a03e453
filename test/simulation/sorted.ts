/** The numbers of the items with from <= time <= to, of a list that ascends by time. */
export function between<T>(
  items: readonly T[],
  timeOf: (item: T) => number,
  { from, to }: { from: number; to: number },
): [first: number, end: number] {
  const firstAfter = (isBefore: (time: number) => boolean) => {
    let [low, high] = [0, items.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const item = items[middle];
      if (item !== undefined && isBefore(timeOf(item))) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return [firstAfter((time) => time < from), firstAfter((time) => time <= to)];
}
