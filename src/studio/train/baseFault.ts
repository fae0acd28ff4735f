// Why a run has no finite numbers before it learned anything: what is wrong with the weights that it began with.
import { AtelierError } from '../../base/errors/errors';
import { baseShapeOf, loraSpecs } from '../../base/lora';
import { parameterSpecs, type ParameterSpec } from '../../base/modelShape';
import { sizeOf } from '../../base/numbers/dtype';
import { INFINITE_HALF, LARGEST_HALF } from '../../base/numbers/half';
import type { ReadParameterRows } from '../../base/numbers/tensorData';
import type { Adaptation, ModelRecord } from '../../base/records/model';
import type { RunRecord } from '../../base/records/run';
import { beyondHalves, type OpenWeights } from '../models/weights';

/** Numbers that are looked through at a time. */
const PART = 2 ** 20;

/** @throws base-beyond-halves where a weight of the base is known to be infinite in fewer bits */
export function checkPrecision(lora: Adaptation | undefined, base: ModelRecord | undefined): void {
  const beyond = base && beyondHalves(base);
  if (beyond && lora && lora.precision !== 'f32') throw new AtelierError('base-beyond-halves', beyond.facts);
}

interface Odd {
  tensor: string;
  found: number;
}

/**
 * The error of a run whose `what` is not finite before its first update: a tensor that holds NaN or an infinity; one
 * that fewer bits cannot hold; or numbers between the layers that grow too large, in 16 bits or in 32.
 * @param source the stored weights that the run began with; undefined where they were drawn
 */
export async function baseFault(
  source: OpenWeights | undefined,
  { lora, settings }: Pick<RunRecord, 'lora' | 'settings'>,
  what: string,
): Promise<AtelierError> {
  const odd = source && (await oddWeights(source));
  if (odd?.broken) return new AtelierError('base-not-finite', { what, ...shownOf(odd.broken) });
  const short = lora ? lora.precision !== 'f32' : settings?.precision === 'f16';
  if (!short) return new AtelierError('base-overflows', { what });
  if (!odd?.large) return new AtelierError('base-overflows-halves', { what });
  return new AtelierError('base-beyond-halves', { ...shownOf(odd.large), limit: LARGEST_HALF });
}

const shownOf = ({ tensor, found }: Odd): { tensor: string; found: string } => ({ tensor, found: String(found) });

async function oddWeights({ model, read, adapter }: OpenWeights): Promise<{ broken?: Odd; large?: Odd }> {
  const large = await scan(parameterSpecs(baseShapeOf(model, adapter?.lora)), read);
  if (large.broken || !adapter) return large;
  const { broken } = await scan(loraSpecs(model, adapter.lora), adapter.read);
  return broken ? { broken } : large;
}

/** The first number that is not finite; else the first that halves cannot hold. */
async function scan(specs: readonly ParameterSpec[], read: ReadParameterRows): Promise<{ broken?: Odd; large?: Odd }> {
  let large: Odd | undefined;
  for (const { name, shape } of specs)
    for await (const values of inParts(shape, (row, rows) => read(name, row, rows))) {
      const broken = values.find((value) => !Number.isFinite(value));
      if (broken !== undefined) return { broken: { tensor: name, found: broken } };
      const found = large ? undefined : values.find((value) => Math.abs(value) >= INFINITE_HALF);
      if (found !== undefined) large = { tensor: name, found };
    }
  return large ? { large } : {};
}

async function* inParts(
  shape: readonly number[],
  read: (row: number, rows: number) => Promise<Float32Array>,
): AsyncGenerator<Float32Array> {
  const all = shape[0]!;
  const rows = Math.max(1, Math.floor((PART * all) / sizeOf(shape)));
  for (let row = 0; row < all; row += rows) yield await read(row, Math.min(rows, all - row));
}
