/** A queue of what lies ahead: the earliest first, of the same instant the first that was put in. */
export class Heap<T extends { at: number }> {
  readonly #items: { order: number; item: T }[] = [];
  #count = 0;

  push(item: T): void {
    this.#items.push({ order: this.#count++, item });
    let child = this.#items.length - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!this.#isBefore(child, parent)) break;
      this.#swap(child, parent);
      child = parent;
    }
  }

  peek(): T | undefined {
    return this.#items[0]?.item;
  }

  pop(): T | undefined {
    const first = this.#items[0];
    const last = this.#items.pop();
    if (!first || !last || this.#items.length === 0) return first?.item;
    this.#items[0] = last;
    let parent = 0;
    for (;;) {
      const [left, right] = [2 * parent + 1, 2 * parent + 2];
      let least = parent;
      if (left < this.#items.length && this.#isBefore(left, least)) least = left;
      if (right < this.#items.length && this.#isBefore(right, least)) least = right;
      if (least === parent) return first.item;
      this.#swap(parent, least);
      parent = least;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [one, other] = [this.#items[a], this.#items[b]];
    if (!one || !other) return false;
    return one.item.at < other.item.at || (one.item.at === other.item.at && one.order < other.order);
  }

  #swap(a: number, b: number): void {
    const [one, other] = [this.#items[a], this.#items[b]];
    if (one && other) [this.#items[a], this.#items[b]] = [other, one];
  }
}
