/**
 * Which of several kernels runs an op. The choice changes speed and, in the last bits, results: so a class of shapes
 * keeps the first choice made for it, a checkpoint keeps the choices, and a resumed run fixes them. What the matmul's
 * are, `autotune.ts` measures.
 */

/** The kernels of each op. */
const KNOWN = {
  matmul: ['registers', 'registers4', 'subgroup', 'subgroup32', 'workgroup32', 'workgroup', 'sliced32', 'dots'],
  attention: ['direct', 'quads', 'staged'],
} as const;

type Op = keyof typeof KNOWN;
export type VariantOf<O extends Op> = (typeof KNOWN)[O][number];

/** The name as a variant of the op, if it is one. */
export const knownVariant = <O extends Op>(op: O, name: string | undefined): VariantOf<O> | undefined =>
  KNOWN[op].find((variant) => variant === name);

let software = false;
let subgroups = false;
let halves = false;
const inUse = new Map<string, string>();

/** Forgets all choices; from now on those for this kind of adapter are made. Called when a device opens. */
export function chooseVariantsFor(adapter: 'software' | 'gpu', features: ReadonlySet<string> = new Set()): void {
  software = adapter === 'software';
  subgroups = features.has('subgroups');
  halves = features.has('shader-f16');
  inUse.clear();
}

/** What suits the adapter that is open: one that computes on the CPU, or another. */
export const suiting = <V>(choices: Record<'software' | 'gpu', V>): V => (software ? choices.software : choices.gpu);

/** Whether the device that is open has subgroups. */
export const withSubgroups = (): boolean => subgroups;

/**
 * Whether its shaders have the type f16. Both ways to read halves give the same bits (checked for all tiles, NN and NT,
 * on Mesa's lavapipe through wgpu).
 */
export const withHalves = (): boolean => halves;

/**
 * The variant in use for a class of shapes, `<op> <class>`; where there is none yet, the one for this kind of adapter.
 * @param choices what suits adapters that compute on the CPU, and what suits the others
 */
export function variantOf<O extends Op>(
  op: O,
  shapes: string,
  choices: Record<'software' | 'gpu', VariantOf<O>>,
): VariantOf<O> {
  const name = `${op} ${shapes}`;
  const kept = knownVariant(op, inUse.get(name));
  if (kept) return kept;
  const chosen = suiting(choices);
  inUse.set(name, chosen);
  return chosen;
}

/**
 * The name under which a checkpoint stores the size at which matrices are parted (ops/matrix/matrix.ts): a sum over the
 * parts rounds between them, so the size is part of a run's bits.
 */
export const PART_BYTES = 'matrix parts';

/**
 * Bytes beyond which a matrix is parted: what the device allows or, where a run has a parted matrix already, what that
 * run began with.
 */
export const setPartBytes = (allowed: number): number => Math.min(allowed, Number(inUse.get(PART_BYTES) ?? Infinity));

/** The same limit for a matrix of so many bytes; it is recorded where the matrix is parted by it. */
export function partBytes(bytes: number, allowed: number): number {
  const limit = setPartBytes(allowed);
  if (bytes > limit) inUse.set(PART_BYTES, String(limit));
  return limit;
}

/** The choices in use so far, by op and shape class; a checkpoint keeps them. */
export function kernelVariants(): Record<string, string> {
  return Object.fromEntries(inUse);
}

/**
 * Whether this version has the variant, and the device what it needs; whether it compiles is tried out
 * (`fixVariants.ts`).
 */
const canRun = (name: string, variant: string): boolean => {
  if (name === PART_BYTES) return Number(variant) > 0;
  const op = Object.entries(KNOWN).find(([known]) => name.startsWith(`${known} `));
  return op !== undefined && op[1].some((known) => known === variant) && (subgroups || variant !== 'quads');
};

/** A recorded choice that this version or device does not have; the default for this kind of adapter replaces it. */
export interface Replaced {
  op: string;
  variant: string;
}

/**
 * Fixes choices, for a resumed run to give the same bits, and forgets all others. What this version or device does not
 * have is left out and returned: the bits change there.
 */
export function useVariants(record: Record<string, string>): Replaced[] {
  inUse.clear();
  const replaced: Replaced[] = [];
  for (const [op, variant] of Object.entries(record)) {
    if (!canRun(op, variant)) replaced.push({ op, variant });
    else inUse.set(op, variant);
  }
  return replaced;
}
