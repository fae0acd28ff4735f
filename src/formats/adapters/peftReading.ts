// Reads the tensors of an adapter and checks them against a base by names and shapes.
import { AtelierError } from '../../base/errors/errors';
import { sizeOf } from '../../base/numbers/dtype';
import { loraScale, loraSpecs, loraTargets, type LoraShape, type LoraTarget } from '../../base/lora';
import { SCORE, type ModelShape } from '../../base/modelShape';
import { adapterTensors, type AdapterTensor } from './adapterTensors';
import { namedAsPeft } from './adapterNames';
import { checkShape } from '../huggingFace/tensorMatching';
import { readTensorRows } from '../huggingFace/modelTensors';
import { ADAPTER_CONFIG, PEFT_SCORE, peftName } from './peft';
import { namesLayer, type AdapterFacts } from './peftConfig';
import type { PlacedTensor } from '../huggingFace/shards';
import { isTokenTensor, tokenRowsIn, type TokenRows } from './tokenRows';

/** One layer's share of an adapter as it lies in the file. */
interface OpenLayer {
  target: LoraTarget;
  /** A [rank, in], B [out, rank]. */
  a: PlacedTensor;
  b: PlacedTensor;
  rank: number;
  alpha: number;
}

export interface OpenAdapter {
  lora: LoraShape;
  baseModel?: string;
  /**
   * The smallest and the largest rank of its layers; 0 where a block has nothing beside a layer that others have
   * adapted.
   */
  ranks: [number, number];
  /** By module. */
  layers: ReadonlyMap<string, OpenLayer>;
  /** A classifier's head [classes, hiddenSize]. */
  score?: PlacedTensor;
  /** Rows of tokens, in full; `lora.tokens` has their places, but not how they are written. */
  tokenRows?: TokenRows;
}

/**
 * An adapter for this model: its targets are the layers that have tensors. All layers of ours have one rank and one
 * scale; where those of the file differ, the lower ranks are filled up with zeros and B takes the rest of the scale,
 * which gives the same products, and zeros on both sides stay zeros in training.
 * @throws tensor-missing, tensor-shape, tensor-empty, tensor-unknown, adapter-names, adapter-beside, adapter-rank,
 * adapter-unsupported
 */
export function openAdapter(
  shape: ModelShape,
  facts: AdapterFacts,
  tensors: readonly PlacedTensor[],
  file: string,
): OpenAdapter {
  const all = adapterTensors(shape, { rank: 1, targets: loraTargets(shape) });
  const score = facts.classifies && scoreIn(tensors, shape, file);
  const found = namedAsPeft(
    shape,
    tensors.filter((tensor) => tensor !== score && !(facts.tokenIds && isTokenTensor(tensor))),
    file,
  );
  checkModules(all, found, file);
  const layers = new Map<string, OpenLayer>();
  for (let i = 0; i < all.length; i += 2) {
    const layer = layerOf([all[i]!, all[i + 1]!], facts, found, file);
    if (layer) layers.set(all[i]!.module, layer);
  }
  if (!layers.size) throw new AtelierError('tensor-missing', { file, tensor: peftName(all[0]!) });
  const { baseModel, tokenIds } = facts;
  const tokenRows = tokenIds && tokenRowsIn(shape, tokenIds, tensors, { file, config: ADAPTER_CONFIG });
  const beside = { ...(baseModel === undefined ? {} : { baseModel }), ...(score && { score }) };
  const { lora, ranks } = evened(shape, facts, layers);
  if (!tokenRows) return { lora, ranks, ...beside, layers };
  const { first, count } = tokenRows;
  const tokens = { texts: [], first, count, baseRows: shape.vocabSize };
  return { lora: { ...lora, tokens }, ranks, ...beside, layers, tokenRows };
}

/** @throws tensor-missing, tensor-shape */
function scoreIn(tensors: readonly PlacedTensor[], { hiddenSize }: ModelShape, file: string): PlacedTensor {
  const score = tensors.find(({ name }) => /(^|\.)score(\.modules_to_save(\.\w+)?)?\.weight$/.test(name));
  if (!score) throw new AtelierError('tensor-missing', { file, tensor: PEFT_SCORE });
  checkShape(score, [score.shape[0] ?? 0, hiddenSize], file);
  return score;
}

/** @throws tensor-unknown */
function checkModules(all: readonly AdapterTensor[], found: ReadonlyMap<string, PlacedTensor>, file: string): void {
  const names = new Set(all.map(peftName));
  const stranger = [...found].find(([name]) => !names.has(name));
  if (stranger) throw new AtelierError('tensor-unknown', { file, tensor: stranger[1].name });
}

function layerOf(
  [expectedA, expectedB]: readonly [AdapterTensor, AdapterTensor],
  facts: AdapterFacts,
  found: ReadonlyMap<string, PlacedTensor>,
  file: string,
): OpenLayer | undefined {
  const { module, target } = expectedA;
  const [nameA, nameB] = [peftName(expectedA), peftName(expectedB)];
  if (!found.has(nameA) && !found.has(nameB)) return undefined;
  const { targetModules } = facts;
  if (targetModules && !targetModules.some((name) => namesLayer(name, module)))
    throw new AtelierError('tensor-unknown', { file, tensor: nameA });
  const own = (numbers: AdapterFacts['ranks'], other: number): number =>
    numbers.find(({ layer }) => namesLayer(layer, module))?.value ?? other;
  const rank = own(facts.ranks, facts.rank);
  const [a, b] = [present(found, nameA, file), present(found, nameB, file)];
  const [[rankOfA, into], [out, rankOfB]] = [a.shape, b.shape];
  if (into === expectedA.shape[1]) checkRank(a, rankOfA, rank, file);
  if (out === expectedB.shape[0]) checkRank(b, rankOfB, rank, file);
  checkShape(a, [rank, expectedA.shape[1]], file);
  checkShape(b, [expectedB.shape[0], rank], file);
  return { target, a, b, rank, alpha: own(facts.alphas, facts.alpha) };
}

function present(found: ReadonlyMap<string, PlacedTensor>, name: string, file: string): PlacedTensor {
  const tensor = found.get(name);
  if (!tensor) throw new AtelierError('tensor-missing', { file, tensor: name });
  return tensor;
}

/** @throws adapter-rank: how much an adapter is to weigh follows from its rank, so another one is no matter of shape */
function checkRank({ name }: PlacedTensor, found: number | undefined, rank: number, file: string): void {
  if (found && found !== rank) throw new AtelierError('adapter-rank', { file, tensor: name, found, expected: rank });
}

/** The rank and alpha of the largest layers, which the others take on. */
function evened(
  shape: ModelShape,
  { dropout, rankStabilized }: AdapterFacts,
  layers: ReadonlyMap<string, OpenLayer>,
): Pick<OpenAdapter, 'lora' | 'ranks'> {
  const all = [...layers.values()];
  const { rank, alpha } = all.reduce((most, layer) => (layer.rank > most.rank ? layer : most));
  const targets = loraTargets(shape).filter((target) => all.some((layer) => layer.target === target));
  const whole = all.length === targets.length * shape.layers;
  const least = whole ? Math.min(...all.map((layer) => layer.rank)) : 0;
  return { lora: { rank, alpha, dropout, rankStabilized, targets }, ranks: [least, rank] };
}

type ReadParameter = (name: string) => Promise<Float32Array<ArrayBuffer>>;

/**
 * Reads one parameter of ours at a time, of those that `loraSpecs` names.
 * @throws tensor-dtype, safetensors-end
 */
export function adapterReader(shape: ModelShape, { lora, layers, score, tokenRows }: OpenAdapter): ReadParameter {
  const parts = new Map<string, AdapterTensor[]>();
  for (const part of adapterTensors(shape, lora))
    parts.set(part.parameter, [...(parts.get(part.parameter) ?? []), part]);
  const sizes = new Map(loraSpecs(shape, lora).map(({ name, shape }) => [name, sizeOf(shape)]));
  return async (name) => {
    if (name === SCORE) return new Float32Array(await readTensorRows(score!, 0, score!.shape[0]!));
    const rows = tokenRows?.tensors.get(name);
    if (rows) return new Float32Array(await readTensorRows(rows, 0, rows.shape[0]!));
    const values = new Float32Array(sizes.get(name)!);
    for (const { module, part, row, shape } of parts.get(name)!) {
      const layer = layers.get(module);
      if (layer) await readPart(values.subarray(row * shape[1]), part, layer, lora);
    }
    return values;
  };
}

async function readPart(
  into: Float32Array,
  part: 'A' | 'B',
  { a, b, rank, alpha }: OpenLayer,
  lora: LoraShape,
): Promise<void> {
  if (part === 'A') return into.set(await readTensorRows(a, 0, rank));
  const rows = b.shape[0]!;
  const values = await readTensorRows(b, 0, rows);
  const factor = loraScale({ ...lora, rank, alpha }) / loraScale(lora); // 1 exactly where the layer is as the others
  for (let i = 0; i < rows; i++)
    for (let r = 0; r < rank; r++) into[i * lora.rank + r] = factor * values[i * rank + r]!;
}

/** Our parameters of an adapter, one after another, in the order of `loraSpecs`. */
export async function* adapterParameters(
  shape: ModelShape,
  adapter: OpenAdapter,
): AsyncGenerator<{ name: string; values: Float32Array }> {
  const read = adapterReader(shape, adapter);
  for (const { name } of loraSpecs(shape, adapter.lora)) yield { name, values: await read(name) };
}
