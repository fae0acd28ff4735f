// Adapters of one base added up to one, exactly: their ranks stand side by side. It reads through what it is handed.
import { sizeOf } from '../../base/numbers/dtype';
import type { ReadParameterRows, TensorData } from '../../base/numbers/tensorData';
import {
  loraAName,
  loraBName,
  loraPlaces,
  loraScale,
  loraSpecs,
  loraTargets,
  type LoraPlace,
  type LoraSegment,
  type LoraShape,
} from '../../base/lora';
import type { ModelShape, ParameterSpec } from '../../base/modelShape';

/** An adapter that is added, and how much of it. */
export interface Summand {
  lora: LoraShape;
  weight: number;
  /** Its parameters, as `loraSpecs` names them. */
  read: ReadParameterRows;
}

/** The sum: as many ranks as all have, at a scale of 1, on every layer that one of them adapts. */
export function loraSumShape(model: ModelShape, summands: readonly Pick<Summand, 'lora'>[]): LoraShape {
  const rank = summands.reduce((sum, { lora }) => sum + lora.rank, 0);
  const targets = loraTargets(model).filter((target) => summands.some(({ lora }) => lora.targets.includes(target)));
  return { rank, alpha: rank, dropout: 0, rankStabilized: false, targets };
}

/**
 * Computes one parameter of the sum at a time, of those that `loraSpecs` names:
 * Σ wᵢsᵢBᵢAᵢ = [B₁ B₂ …][w₁s₁A₁; w₂s₂A₂; …]. A takes weight and scale and each product is rounded to f32, as peft's
 * `cat` does, whose numbers these are. Ranks that a layer does not need, since one of the adapters lacks it, are zeros
 * at the end.
 */
export function loraSumReader(
  model: ModelShape,
  summands: readonly Summand[],
): (parameter: ParameterSpec) => Promise<Float32Array<ArrayBuffer>> {
  const { rank, targets } = loraSumShape(model, summands);
  const places = new Map(loraPlaces(model, targets).map((place) => [place.matrix, place]));
  return async ({ name, shape }) => {
    const values = new Float32Array(sizeOf(shape));
    const place = places.get(name.replace(/\.lora[AB]$/, ''))!;
    for (const layer of layersOf(model, place, rank, summands))
      await (name.endsWith('.loraA') ? putA(values, layer) : putB(values, layer));
    return values;
  };
}

/** The parameters of the sum one after another, in the order of `loraSpecs`. */
export async function* loraSum(model: ModelShape, summands: readonly Summand[]): AsyncGenerator<TensorData> {
  const read = loraSumReader(model, summands);
  for (const spec of loraSpecs(model, loraSumShape(model, summands))) {
    const { buffer } = await read(spec);
    yield { name: spec.name, dtype: 'F32', shape: spec.shape, bytes: new Uint8Array(buffer) };
  }
}

/** What one adapter adds to one layer, and where that stands in the sum. */
interface Layer extends Summand {
  place: LoraPlace;
  segment: LoraSegment;
  /** Rank of the sum. */
  ranks: number;
  /** Its first rank there. */
  at: number;
  /** The first row of its B, of the layer's A, in the sum. */
  row: { a: number; b: number };
  /** The same in its own parameters. */
  own: { a: number; b: number };
}

function* layersOf(model: ModelShape, place: LoraPlace, ranks: number, summands: readonly Summand[]): Generator<Layer> {
  const before = (segments: readonly LoraSegment[], index: number): number =>
    segments.slice(0, index).reduce((rows, segment) => rows + segment.rows, 0);
  for (const [index, segment] of place.segments.entries()) {
    let at = 0;
    const row = { a: index * ranks, b: before(place.segments, index) };
    for (const summand of summands) {
      const { segments = [] } = loraPlaces(model, summand.lora.targets).find((p) => p.matrix === place.matrix) ?? {};
      const nth = segments.findIndex(({ target }) => target === segment.target);
      if (nth < 0) continue;
      const own = { a: nth * summand.lora.rank, b: before(segments, nth) };
      yield { ...summand, place, segment, ranks, at, row, own };
      at += summand.lora.rank;
    }
  }
}

async function putA(into: Float32Array, { lora, weight, read, place, at, row, own }: Layer): Promise<void> {
  const { inSize, matrix } = place;
  const values = await read(loraAName(matrix), own.a, lora.rank);
  const [first, second] = [Math.fround(weight), Math.fround(loraScale(lora))];
  const start = (row.a + at) * inSize;
  for (let i = 0; i < values.length; i++) into[start + i] = Math.fround(values[i]! * first) * second;
}

async function putB(into: Float32Array, { lora, read, place, segment, ranks, at, row, own }: Layer): Promise<void> {
  const { rank } = lora;
  const values = await read(loraBName(place.matrix), own.b, segment.rows);
  for (let i = 0; i < segment.rows; i++) into.set(values.subarray(i * rank, (i + 1) * rank), (row.b + i) * ranks + at);
}
