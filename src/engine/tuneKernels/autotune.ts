/**
 * Chooses the matmul's variant for each shape class by timing: a product that is typical of the class, run by every
 * variant, on the adapter that is open. Nothing here changes what runs; the studio keeps the result, and a run fixes it
 * (`fixVariants.ts`) before its first step.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { MatmulForm, MatmulSize, KernelChoices, KernelChoice } from '../../base/wire/machine';
import { gpu } from '../device/kernel';
import { runVariant, type Sizes } from '../ops/matmul/matmul';
import { defaultVariant, FORMS, offeredVariants, shapeClass, SIZES, type Variant } from '../ops/matmul/matmulVariants';
import { matmulRuns, operandsFor, type TrialOperands } from './kernelTrials';

/** Raised with every change that makes a variant faster or slower: what was measured before is then measured again. */
export const KERNELS_VERSION = 3;

/**
 * A variant must be faster than the default by this factor, and in every round, to replace it: less may be the noise of
 * the moment.
 */
const CLEARLY = 1.1;
/** Slower than the fastest by this factor in one form: not compiled for the others of that size. */
const BEHIND = 1.5;
/** Slower by this factor in the first round: not timed in the others. */
const HOPELESS = 4;
/** Each candidate is timed so often, in turns with the others, so that a disturbance meets all. */
const ROUNDS = 3;
/** Products in a row at most; the queue must stay short enough for the page's own frames. */
const MOST_REPEATS = 256;

/** `across`: tokens by features (NT, NN). `deep`: features by features, summed over tokens (TN). */
interface Shapes {
  across: Sizes;
  deep: Sizes;
}

/** What differs between hardware and software adapters. */
interface Pace {
  /** Milliseconds of work that one read-back waits for, so that its own cost does not count. */
  round: number;
  /** What is tried in each size. */
  variants(form: MatmulForm, size: MatmulSize): readonly Variant[];
  /** Absent: as for `middle`. */
  shapes: Partial<Record<MatmulSize, Shapes>>;
}

const shape = (M: number, N: number, K: number): Sizes => ({ M, N, K });

const HARDWARE: Pace = {
  round: 4,
  variants: offeredVariants,
  shapes: {
    few: { across: shape(1, 2048, 512), deep: shape(4, 2048, 512) },
    small: { across: shape(512, 96, 256), deep: shape(192, 192, 1024) },
    middle: { across: shape(1024, 512, 384), deep: shape(512, 768, 2048) },
    large: { across: shape(2048, 1536, 512), deep: shape(1536, 1536, 2048) },
  },
};
/**
 * A processor is not left idle by a small result, so no sum needs to be split and `large` would tell no more than
 * `middle`; and its workgroup memory is ordinary memory: `middle` shows what that costs (half the rate on SwiftShader),
 * and a second of compiling is not spent on it elsewhere.
 */
const SOFTWARE: Pace = {
  round: 8,
  variants: (form, size) =>
    offeredVariants(form, size).filter(
      (variant) => variant !== 'sliced32' && (size === 'middle' || !variant.startsWith('workgroup')),
    ),
  shapes: {
    few: { across: shape(1, 512, 128), deep: shape(4, 512, 128) },
    small: { across: shape(256, 64, 64), deep: shape(128, 64, 256) },
    middle: { across: shape(512, 192, 64), deep: shape(192, 352, 128) },
  },
};

/** Milliseconds of one product in each round, the first round first. */
export interface Timing {
  variant: string;
  rounds: readonly number[];
}

const best = ({ rounds }: Timing): number => Math.min(...rounds);

/** The fastest; the preferred one where none is clearly faster in every round, and where nothing was measured. */
export function pickVariant(timings: readonly Timing[], preferred: string): string {
  const first = timings.find((t) => t.variant === preferred);
  if (!first) return timings.length ? timings.reduce((a, b) => (best(b) < best(a) ? b : a)).variant : preferred;
  const faster = timings.filter(
    (t) => best(t) * CLEARLY < best(first) && t.rounds.every((ms, i) => ms < (first.rounds[i] ?? Infinity)),
  );
  return faster.length ? pickVariant(faster, '') : preferred;
}

/** The record that `fixVariants` takes. */
export const choicesOf = (kernelChoices: KernelChoices): Record<string, string> =>
  Object.fromEntries(kernelChoices.classes.map(({ form, size, chosen }) => [shapeClass(form, size), chosen]));

/** Variants worth trying, the default first, after what the other forms of this size have shown. */
export function candidates(
  form: MatmulForm,
  size: MatmulSize,
  all: readonly Variant[],
  otherForms: readonly KernelChoice[],
): readonly Variant[] {
  const behind = (variant: Variant): boolean =>
    otherForms.some(({ trials }) => {
      const trial = trials.find((t) => t.variant === variant);
      return trial !== undefined && trial.flops * BEHIND < Math.max(...trials.map((t) => t.flops));
    });
  const first = defaultVariant(form, size);
  return [first, ...all.filter((variant) => variant !== first && !behind(variant))];
}

/** Milliseconds of `times` products in a row and the read-back after them, which is the sync point. */
async function timed(run: () => void, times: number, c: TensorInfo): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < times; i++) run();
  await gpu().read(c, 0, 4);
  return performance.now() - start;
}

/** Milliseconds that a read-back takes by itself: in a browser often more than a small product. */
async function readBack(c: TensorInfo): Promise<number> {
  let shortest = Infinity;
  for (let i = 0; i < 4; i++) shortest = Math.min(shortest, await timed(() => undefined, 0, c));
  return shortest;
}

/**
 * Milliseconds of one product, the read-back taken off; a difference below a tenth of the total is taken as that tenth.
 */
const perProduct = (total: number, wait: number, times: number): number => Math.max(total - wait, total / 10) / times;

interface Runner extends Timing {
  variant: Variant;
  rounds: number[];
  run: () => void;
  times: number;
}

type Within = Pace & { over: () => boolean; wait: number };

/** The variants that run at all. The fastest fills a round; all do the same work in it. */
async function runners(
  names: readonly Variant[],
  form: MatmulForm,
  sizes: Sizes,
  operands: TrialOperands,
  pace: Within,
): Promise<Runner[]> {
  const list: Pick<Runner, 'variant' | 'run'>[] = [];
  let shortest = Infinity;
  for (const variant of names) {
    if (pace.over()) break;
    if (!(await matmulRuns(variant, form, sizes, operands))) continue;
    const run = (): void => runVariant(variant, form, 'store', sizes, operands);
    await timed(run, 1, operands[0]); // the first after compiling is slow on some drivers
    shortest = Math.min(shortest, perProduct(await timed(run, 1, operands[0]), pace.wait, 1));
    list.push({ variant, run });
  }
  const times = Math.min(MOST_REPEATS, Math.max(1, Math.ceil(pace.round / shortest)));
  return list.map((runner) => ({ ...runner, times, rounds: [] }));
}

async function race(list: readonly Runner[], c: TensorInfo, { over, wait }: Within): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const fastest = Math.min(...list.map(best));
    for (const runner of list) {
      const { run, times, rounds } = runner;
      if (round > 0 && (over() || best(runner) > HOPELESS * fastest)) continue;
      rounds.push(perProduct(await timed(run, times, c), wait, times));
    }
  }
}

async function tuneClass(
  form: MatmulForm,
  size: MatmulSize,
  sizes: Sizes,
  names: readonly Variant[],
  operands: TrialOperands,
  pace: Within,
): Promise<KernelChoice> {
  const list = await runners(names, form, sizes, operands, pace);
  await race(list, operands[0], pace);
  const operations = 2 * sizes.M * sizes.N * sizes.K;
  const trials = list
    .map((runner) => ({ variant: runner.variant, flops: operations / (best(runner) / 1000) }))
    .sort((a, b) => b.flops - a.flops);
  return { form, size, chosen: pickVariant(list, defaultVariant(form, size)), trials };
}

/** The choice for a form that is not measured; a variant that exists for NT alone is not taken over. */
const following = ({ size, chosen }: KernelChoice, form: MatmulForm): KernelChoice => {
  return { form, size, chosen: chosen === 'dots' ? defaultVariant(form, size) : chosen, trials: [] };
};

/** One size in all forms. Of few rows only NT is met (a token being written), and the other forms follow it. */
async function tuneSize(
  size: MatmulSize,
  shapes: Shapes,
  operands: TrialOperands,
  pace: Within,
): Promise<KernelChoice[]> {
  const measured: KernelChoice[] = [];
  for (const form of ['NT', 'NN', 'TN'] as const) {
    const [first] = measured;
    if (size === 'few' && first) measured.push(following(first, form));
    else {
      const sizes = form === 'TN' ? shapes.deep : shapes.across;
      measured.push(
        await tuneClass(form, size, sizes, candidates(form, size, pace.variants(form, size), measured), operands, pace),
      );
    }
  }
  return measured;
}

/**
 * Times the variants in every shape class, within `budget` milliseconds (and what the compiler still takes then); what
 * is not measured by then runs the default. Nothing else may use the GPU meanwhile.
 * @throws gpu-lost
 */
export async function tuneMatmul(software: boolean, budget = software ? 4500 : 1600): Promise<KernelChoices> {
  const pace = software ? SOFTWARE : HARDWARE;
  const deadline = performance.now() + budget;
  const operands = operandsFor(Object.values(pace.shapes).flatMap(({ across, deep }) => [across, deep]));
  const within = { ...pace, over: () => performance.now() > deadline, wait: await readBack(operands[0]) };
  const classes: KernelChoice[] = [];
  // the products of most models first, should the time run out
  for (const size of ['middle', 'small', 'large', 'few'] as const) {
    const shapes = pace.shapes[size];
    if (shapes) classes.push(...(await tuneSize(size, shapes, operands, within)));
    else classes.push(...classes.filter((c) => c.size === 'middle').map((c) => ({ ...c, size, trials: [] })));
  }
  tf.dispose(operands);
  gpu().trim();
  const place = ({ form, size }: KernelChoice): number => FORMS.indexOf(form) * SIZES.length + SIZES.indexOf(size);
  return { version: KERNELS_VERSION, at: Date.now(), classes: classes.sort((a, b) => place(a) - place(b)) };
}
