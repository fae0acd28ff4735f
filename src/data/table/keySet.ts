// Which of very many numbers came before: packed, for a Set of them would take an object for each.

/** Numbers of at least 0, as `textKey` gives. */
export class KeySet {
  /** Open addressing; a number is stored plus one, 0 is free. */
  readonly #slots: Float64Array;
  readonly #mask: number;

  /** @param most Numbers that will be added at most */
  constructor(most: number) {
    const size = 2 ** Math.ceil(Math.log2(Math.max(2, 2 * most)));
    this.#slots = new Float64Array(size);
    this.#mask = size - 1;
  }

  /** False where it is there already. */
  add(number: number): boolean {
    const slots = this.#slots;
    let at = (number >>> 0) & this.#mask;
    while (slots[at] !== 0 && slots[at] !== number + 1) at = (at + 1) & this.#mask;
    if (slots[at] !== 0) return false;
    slots[at] = number + 1;
    return true;
  }
}
