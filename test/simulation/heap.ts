interface Node<T> {
  at: number;
  order: number;
  item: T;
}

/** A queue of what lies ahead: the earliest first, of the same instant the first that was put in. */
export class Heap<T extends { at: number }> {
  readonly #nodes: Node<T>[] = [];
  #count = 0;

  push(item: T): void {
    this.#rise({ at: item.at, order: this.#count++, item }, this.#nodes.length);
  }

  peek(): T | undefined {
    return this.#nodes[0]?.item;
  }

  pop(): T | undefined {
    const first = this.#nodes[0];
    const last = this.#nodes.pop();
    if (last && last !== first) this.#sink(last);
    return first?.item;
  }

  #rise(node: Node<T>, from: number): void {
    const nodes = this.#nodes;
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = nodes[parent];
      if (!above || !isBefore(node, above)) break;
      nodes[place] = above;
      place = parent;
    }
    nodes[place] = node;
  }

  /** From the top down. */
  #sink(node: Node<T>): void {
    const nodes = this.#nodes;
    let place = 0;
    for (;;) {
      const left = nodes[2 * place + 1];
      const right = nodes[2 * place + 2];
      const isRight = left !== undefined && right !== undefined && isBefore(right, left);
      const below = isRight ? right : left;
      if (!below || isBefore(node, below)) break;
      nodes[place] = below;
      place = 2 * place + (isRight ? 2 : 1);
    }
    nodes[place] = node;
  }
}

function isBefore<T>(one: Node<T>, other: Node<T>): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
