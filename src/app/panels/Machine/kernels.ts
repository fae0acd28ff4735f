// Words for the kernel variants and matrix sizes that were measured.
import type { MatmulForm, MatmulSize, KernelChoices, KernelChoice } from '../../../base/wire/machine';
import { m } from '../../words/generated/messages.js';

const FORMS: Record<MatmulForm, () => string> = {
  NT: m.machine_form_nt,
  NN: m.machine_form_nn,
  TN: m.machine_form_tn,
};
const SIZES: Record<MatmulSize, () => string> = {
  few: m.machine_size_few,
  small: m.machine_size_small,
  middle: m.machine_size_middle,
  large: m.machine_size_large,
};
const VARIANTS: Partial<Record<string, () => string>> = {
  registers: () => m.machine_variant_registers({ tile: '8 × 8' }),
  registers4: () => m.machine_variant_registers({ tile: '4 × 4' }),
  subgroup: () => m.machine_variant_subgroup({ tile: '16 × 16' }),
  subgroup32: () => m.machine_variant_subgroup({ tile: '16 × 32' }),
  workgroup: () => m.machine_variant_workgroup({ tile: '64 × 64' }),
  workgroup32: () => m.machine_variant_workgroup({ tile: '32 × 32' }),
  sliced32: () => m.machine_variant_sliced({ tile: '32 × 32' }),
  dots: m.machine_variant_dots,
};

export const formWords = (form: MatmulForm): string => FORMS[form]();
export const matmulSizeWords = (size: MatmulSize): string => SIZES[size]();
/** A variant that this version has no words for is called by its name. */
export const variantWords = (variant: string): string => VARIANTS[variant]?.() ?? variant;

/**
 * In the order of a training step: forward first. Classes that follow another one have no numbers of their own to show.
 */
export const measuredClasses = ({ classes }: KernelChoices): KernelChoice[] =>
  (['NT', 'NN', 'TN'] as const).flatMap((form) => classes.filter((c) => c.form === form && c.trials.length > 0));

export const otherTrials = ({ chosen, trials }: KernelChoice): KernelChoice['trials'] =>
  trials.filter((t) => t.variant !== chosen);
