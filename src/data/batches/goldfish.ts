/**
 * Goldfish masking (Hans et al., 2024, https://arxiv.org/abs/2406.10209): one target in k is left out of the loss,
 * always the same one behind the same tokens, so that no passage can be learned whole. The rule is the strategy
 * `hash-table` of the authors' code (https://github.com/ahans30/goldfish-loss): of the ids of a target and the 12
 * before it the product modulo 2⁶⁴, modulo the size of a table of random numbers below 1, and whether that number is
 * below 1/k. Which targets are graded is decided before; here some of them are taken away.
 */
import type { Batch, TokenBatch, Windows } from '../../base/batch';

/** Targets that decide whether the last of them is left out, as in the paper; the first 12 of a row never are. */
const CONTEXT = 13;
const TABLE_SIZE = 1_000_003;
const TABLE_SEED = 2_971_215_073;
const HALF = 2 ** 32;
/** 2³² modulo the table's size. */
const HALF_IN_TABLE = HALF % TABLE_SIZE;

let table: Float32Array | undefined;

/** From this k on something is left out. */
export const isGoldfish = (k: number): boolean => k >= 2;

/** 1 at each target that the rule takes away, of those that are graded. */
export function goldfishMask({ batch, length, inputs, targets, starts }: TokenBatch, k: number): Uint8Array {
  const mask = new Uint8Array(batch * length);
  const numbers = (table ??= randomTable());
  for (let at = 0; at < mask.length; at++) {
    const place = at % length;
    const start = starts?.[at] ?? 0;
    if (targets[at]! < 0 || place - start < CONTEXT - 1) continue;
    const behind = (i: number): number => (i < at ? inputs[i + 1]! : targets[at]!);
    mask[at] = Number(numbers[keyOf(behind, at)]! < Math.fround(1 / k));
  }
  return mask;
}

/** The product of 13 ids, as two halves of 64 bits: ids are below 2²¹, so each step is exact in a double. */
function keyOf(idAt: (i: number) => number, last: number): number {
  let [high, low] = [0, 1];
  for (let i = last - CONTEXT + 1; i <= last; i++) {
    const product = low * idAt(i);
    low = product % HALF;
    high = (high * idAt(i) + Math.floor(product / HALF)) % HALF;
  }
  const signed = high >= HALF / 2 ? high - HALF : high;
  const key = ((signed % TABLE_SIZE) * HALF_IN_TABLE + low) % TABLE_SIZE;
  return key < 0 ? key + TABLE_SIZE : key;
}

/** What `torch.rand` gives for the seed: the Mersenne Twister's numbers, 24 bits of each. */
function randomTable(): Float32Array {
  const next = mersenneTwister(TABLE_SEED);
  return Float32Array.from({ length: TABLE_SIZE }, () => (next() & 0xff_ffff) / 2 ** 24);
}

/** MT19937 (Matsumoto and Nishimura, 1998). */
function mersenneTwister(seed: number): () => number {
  const [size, middle] = [624, 397];
  const state = new Uint32Array(size);
  state[0] = seed;
  for (let i = 1; i < size; i++) {
    const before = state[i - 1]! ^ (state[i - 1]! >>> 30);
    state[i] = Math.imul(before, 1_812_433_253) + i;
  }
  let at = size;
  const twist = (): void => {
    for (let i = 0; i < size; i++) {
      const y = (state[i]! & 0x8000_0000) | (state[(i + 1) % size]! & 0x7fff_ffff);
      state[i] = state[(i + middle) % size]! ^ (y >>> 1) ^ (y & 1 ? 0x9908_b0df : 0);
    }
    at = 0;
  };
  return () => {
    if (at >= size) twist();
    let y = state[at++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c_5680;
    y ^= (y << 15) & 0xefc6_0000;
    return (y ^ (y >>> 18)) >>> 0;
  };
}

/** A batch without the targets of the mask. */
export function withoutMasked(batch: TokenBatch, mask: Uint8Array): TokenBatch {
  const targets = batch.targets.map((target, i) => (mask[i] ? -1 : target));
  const weights = batch.weights?.map((weight, i) => (mask[i] ? 0 : weight));
  const labels = batch.labels - mask.reduce((sum, masked) => sum + masked, 0);
  return { ...batch, targets, labels, ...(weights && { weights }) };
}

/** Training windows of texts or conversations under the rule; a step of which it would leave nothing stays whole. */
export class GoldfishWindows implements Windows {
  constructor(
    private readonly windows: Windows,
    private readonly k: number,
  ) {}

  get count(): number {
    return this.windows.count;
  }

  get texts() {
    return this.windows.texts;
  }

  trainBatches(cursor: number): Batch[] {
    const whole = this.windows.trainBatches(cursor);
    const masked = whole.map((batch) =>
      'inputs' in batch ? withoutMasked(batch, goldfishMask(batch, this.k)) : batch,
    );
    return masked.some((batch) => !('inputs' in batch) || batch.labels > 0) ? masked : whole;
  }

  validationBatches(): Iterable<Batch> {
    return this.windows.validationBatches();
  }
}
