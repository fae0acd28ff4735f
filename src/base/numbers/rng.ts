/**
 * Named, seeded random streams. Each use has a stream of its own (`stream(seed, 'init')`, `stream(seed, 'order',
 * epoch)`), so that one use never shifts the numbers of another: sampling text during a run cannot change the training.
 */

/**
 * 32-bit FNV-1a over the UTF-16 units of the parts; the parts are kept apart, so ('a','bc') differs from ('ab','c').
 */
function hashParts(parts: readonly (string | number)[]): number {
  let h = 0x811c9dc5;
  for (const part of parts) {
    for (const c of `${typeof part}:${part}|`) h = Math.imul(h ^ c.codePointAt(0)!, 0x01000193);
  }
  return h >>> 0;
}

/** SplitMix32, used to spread one 32-bit hash over the 128-bit state of xoshiro. */
function splitMix(seed: number): () => number {
  let s = seed;
  return () => {
    s = (s + 0x9e3779b9) | 0;
    let z = s ^ (s >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
}

export type RandomState = readonly [number, number, number, number];

/** xoshiro128** (Blackman and Vigna, 2018): 128 bits of state, which a checkpoint can keep. */
export class RandomStream {
  #s: [number, number, number, number];

  constructor(state: RandomState) {
    this.#s = [...state];
  }

  get state(): RandomState {
    return [...this.#s];
  }

  /** An integer in 0 … 2³²−1. */
  uint32(): number {
    const s = this.#s;
    const x = Math.imul(s[1], 5);
    const result = Math.imul((x << 7) | (x >>> 25), 9) >>> 0;
    const t = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = (s[3] << 11) | (s[3] >>> 21);
    return result;
  }

  /** A number in [0, 1) with 32 random bits. */
  next(): number {
    return this.uint32() / 0x1_0000_0000;
  }

  /** An integer in 0 … n−1; the bias of the multiply method is below n / 2³². */
  below(n: number): number {
    return Math.floor(this.next() * n);
  }

  /** A standard normal deviate (Box and Muller, 1958). */
  normal(): number {
    const u = (this.uint32() + 1) / 0x1_0000_0001;
    return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * this.next());
  }

  /** Fisher and Yates' shuffle, in place. */
  shuffle<T extends Uint32Array | unknown[]>(items: T): T {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [items[i], items[j]] = [items[j], items[i]];
    }
    return items;
  }
}

/** The stream of this seed and name; the same parts always give the same numbers. */
export function stream(seed: number, ...name: (string | number)[]): RandomStream {
  const next = splitMix(hashParts([seed, ...name]));
  return new RandomStream([next(), next(), next(), next()]);
}
