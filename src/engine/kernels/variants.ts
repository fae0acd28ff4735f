/**
 * Which of several kernels runs an op. The choice changes speed and, in the last bits, results: so a class of shapes keeps the first choice
 * made for it, a checkpoint keeps the choices, and a resumed run fixes them.
 */
import { AtelierError } from '../../base/errors/errors';

/** The kernels of each op. */
const KNOWN = { matmul: ['registers', 'workgroup'], attention: ['direct', 'staged'] } as const;

type Op = keyof typeof KNOWN;
export type VariantOf<O extends Op> = (typeof KNOWN)[O][number];

let software = false;
const inUse = new Map<string, string>();

/** Forgets all choices; from now on those for this kind of adapter are made. Called when a device opens. */
export function chooseVariantsFor(adapter: 'software' | 'gpu'): void {
  software = adapter === 'software';
  inUse.clear();
}

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
  const kept = KNOWN[op].find((variant) => variant === inUse.get(name));
  if (kept) return kept;
  const chosen = software ? choices.software : choices.gpu;
  inUse.set(name, chosen);
  return chosen;
}

/** The choices in use so far, by op and shape class; a checkpoint keeps them. */
export function kernelVariants(): Record<string, string> {
  return Object.fromEntries(inUse);
}

const isKnown = (name: string, variant: string): boolean => {
  const op = Object.entries(KNOWN).find(([known]) => name.startsWith(`${known} `));
  return op !== undefined && op[1].some((known) => known === variant);
};

/** Fixes choices, for a resumed run to give the same bits, and forgets all others. Throws `kernel-variant` for a name that this version does not have. */
export function useVariants(record: Record<string, string>): void {
  inUse.clear();
  for (const [name, variant] of Object.entries(record)) {
    if (!isKnown(name, variant)) throw new AtelierError('kernel-variant', { op: name, variant });
    inUse.set(name, variant);
  }
}
