/**
 * The ways to multiply matrices, and which of them runs for which shape. All give the product to within rounding, but
 * not the same bits, and which is fastest depends on the adapter and the shape: `autotune.ts` measures, a run fixes
 * what was chosen before its first step.
 */
import type { MatmulSize } from '../../../base/wire/machine';
import { grid1d } from '../../device/grid';
import { shader, type Shader } from '../../device/shader';
import { dotsWGSL, dotsWorkgroups, lanesFor } from './matmulDots';
import { REGISTERS_GROUP, registersWGSL } from './matmulRegisters';
import type { Form, MatmulJob, MatmulSpec } from './matmulSpec';
import { quadTiles, subgroupWGSL, type QuadTile } from './matmulSubgroup';
import { workgroupWGSL } from './matmulWorkgroup';
import { suiting, variantOf, withSubgroups, type VariantOf } from '../../device/variants';

export type Variant = VariantOf<'matmul'>;

/** Tiles, by which any product can be computed. */
type Tile = Exclude<Variant, 'dots' | 'sliced32'>;

/** What computes a product. */
export interface Code {
  shader(spec: MatmulSpec): Shader;
  /** For this many rows and columns of C. */
  workgroups(M: number, N: number): [number, number, number];
}

const tiles = (M: number, N: number, side: number): number => Math.ceil(M / side) * Math.ceil(N / side);

function registers(name: Tile, side: number): Code {
  const kernel = shader(`matmul ${name}`, (s: MatmulSpec & { side: number }) => registersWGSL(s, s.side));
  return {
    shader: (spec) => kernel({ ...spec, side }),
    workgroups: (M, N) => grid1d(tiles(M, N, side), REGISTERS_GROUP),
  };
}

function workgroup(name: Tile, side: number): Code {
  const kernel = shader(`matmul ${name}`, (s: MatmulSpec & { side: number }) => workgroupWGSL(s, s.side));
  return { shader: (spec) => kernel({ ...spec, side }), workgroups: (M, N) => grid1d(tiles(M, N, side), 1) };
}

function subgroup(name: Tile, tile: QuadTile): Code {
  const kernel = shader(`matmul ${name}`, (s: MatmulSpec & QuadTile) => subgroupWGSL(s, s));
  return {
    shader: (spec) => kernel({ ...spec, ...tile }),
    workgroups: (M, N) => grid1d(4 * quadTiles(M, N, tile), tile.group),
  };
}

const dotsKernel = shader('matmul dots', (s: MatmulSpec & { lanes: number }) => dotsWGSL(s, s.lanes));
const dots = (lanes: number): Code => ({
  shader: (spec) => dotsKernel({ ...spec, lanes }),
  workgroups: (_, N) => dotsWorkgroups(N, lanes),
});

/**
 * By name, those that compile fastest first; checkpoints keep the names, so a name stays with the sums it stands for.
 */
const CODE = {
  registers: registers('registers', 8),
  registers4: registers('registers4', 4),
  // 64 numbers of C for each invocation, as much as a GPU has registers for
  subgroup: subgroup('subgroup', { rows: 16, quads: 1, group: 64 }),
  // twice as many, for adapters that keep them in memory anyway: more of them are worth the time that a shader takes to
  // compile
  subgroup32: subgroup('subgroup32', { rows: 16, quads: 2, group: 16 }),
  workgroup32: workgroup('workgroup32', 32),
  workgroup: workgroup('workgroup', 64),
} satisfies Record<Tile, Code>;

export const TILES = Object.keys(CODE) as Tile[];

/**
 * For products of some shapes there are kernels that are no tile: `dots` for a single row of NT (`matmulDots.ts`),
 * `sliced32`, which cuts deep sums of small results into slices (`matmulSliced.ts`). Where they are chosen for a class,
 * other shapes of it are computed by these.
 */
const OTHERWISE = { dots: 'registers', sliced32: 'workgroup32' } as const;

export const VARIANTS: readonly Variant[] = [...TILES, 'sliced32', 'dots'];

/** Those for a shape class that the device which is open can run. */
export function offeredVariants(form: Form, size: MatmulSize): Variant[] {
  const tiles = TILES.filter((variant) => withSubgroups() || !variant.startsWith('subgroup'));
  return [
    ...tiles,
    ...(size === 'large' ? [] : (['sliced32'] as const)),
    ...(form === 'NT' && size === 'few' ? (['dots'] as const) : []),
  ];
}

export const FORMS: readonly Form[] = ['NN', 'NT', 'TN'];
export const SIZES: readonly MatmulSize[] = ['few', 'small', 'middle', 'large'];

export const codeOf = (tile: Tile): Code => CODE[tile];

/** The kernel of a variant for one product, whose sums are not sliced. */
export function kernelOf(
  variant: Variant,
  { form, right }: Pick<MatmulJob, 'form' | 'right'>,
  M: number,
  K: number,
): Code {
  if (variant === 'dots' && form === 'NT' && M === 1) return dots(lanesFor(right, K));
  return CODE[variant === 'dots' || variant === 'sliced32' ? OTHERWISE[variant] : variant];
}

/** Rows that one register tile covers; a decoding step has one. */
const FEW_ROWS = 8;
/**
 * Results up to which a tile of 64 × 64 leaves most of a large GPU idle (16 tiles), and up to which it does so for some
 * (256 tiles).
 */
const SMALL = 2 ** 16;
const MIDDLE = 2 ** 20;

/**
 * The class of a product with M rows and N columns. Its depth K changes how long a tile takes, hardly which tile is
 * best.
 */
export function matmulSize(M: number, N: number): MatmulSize {
  if (M <= FEW_ROWS) return 'few';
  if (M * N <= SMALL) return 'small';
  return M * N <= MIDDLE ? 'middle' : 'large';
}

/** The name of a shape class, as checkpoints keep it. */
export const shapeClass = (form: Form, size: MatmulSize): string => `matmul ${form} ${size}`;

/**
 * What runs where nothing was measured: with few rows (a decoding step has one) a large tile is mostly empty, on every
 * adapter. `dots` meets at barriers, which cost an adapter that computes on the CPU more than they save.
 */
function usual(form: Form, size: MatmulSize): Record<'software' | 'gpu', Variant> {
  if (size === 'few') return { software: 'registers', gpu: form === 'NT' ? 'dots' : 'registers' };
  return { software: withSubgroups() ? 'subgroup32' : 'registers', gpu: 'workgroup' };
}

export const defaultVariant = (form: Form, size: MatmulSize): Variant => suiting(usual(form, size));

/** The variant that runs for a product of this form with M rows and N columns. */
export function variantFor(form: Form, M: number, N: number): Variant {
  const size = matmulSize(M, N);
  return variantOf('matmul', `${form} ${size}`, usual(form, size));
}
