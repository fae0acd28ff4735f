// Opens a saved file again as weights of the engine, whatever its kind.
import { fromBlob, type AsyncBuffer } from '../../base/numbers/asyncBuffer';
import { sizeOf } from '../../base/numbers/dtype';
import { asAtelierError, AtelierError } from '../../base/errors/errors';
import { loraSpecs, type LoraShape } from '../../base/lora';
import { parameterSpecs, type ModelShape } from '../../base/modelShape';
import type { ModelKind } from '../../base/wire/exportKinds';
import type { ReadParameterRows, TensorData } from '../../base/numbers/tensorData';
import type { GgufTensor } from '../../formats/gguf/gguf';
import { ggufAdapterTensors } from '../../formats/gguf/ggufAdapter';
import { ggufEntries } from '../../formats/gguf/ggufKeys';
import { ggufTensors, splitHeads } from '../../formats/gguf/ggufModel';
import { readGguf, readGgufRows, type GgufFile } from '../../formats/gguf/ggufReading';
import { readHfConfig } from '../../formats/huggingFace/hfConfig';
import { parameterParts } from '../../formats/huggingFace/modelTensors';
import { ADAPTER_CONFIG, ADAPTER_WEIGHTS } from '../../formats/adapters/peft';
import { readAdapterConfig } from '../../formats/adapters/peftConfig';
import { adapterParameters, openAdapter } from '../../formats/adapters/peftReading';
import { readShards, WHOLE_FILE } from '../../formats/huggingFace/shards';
import { matchTensors } from '../../formats/huggingFace/tensorMatching';
import { tensorPlan } from '../../formats/huggingFace/tensorNames';
import { listZip } from '../../formats/zip';
import { folderOf, partOf, textOf, type Folder } from '../models/modelFolder';
import { mergedRows, type OpenWeights } from '../models/weights';

type Values = Float32Array<ArrayBuffer>;

/** What an exported file holds, as our readers read it: the model that it says it is, and its parameters in f32. */
export interface ReadBack {
  model: ModelShape;
  parameter(name: string): Promise<Values>;
}

/** All parameters, one at a time, as upload wants them. */
export async function* tensorsBack({ model, parameter }: ReadBack): AsyncGenerator<TensorData> {
  for (const { name, shape } of parameterSpecs(model)) {
    const { buffer } = await parameter(name);
    yield { name, shape, dtype: 'F32', bytes: new Uint8Array(buffer) };
  }
}

/**
 * Opens an exported file. A GGUF must say the shape of these weights in its keys and tensors; an adapter is read beside
 * their base. Nothing else is taken from them.
 * @throws those of the formats, model-file-missing, verify-is-adapter, verify-is-model
 */
export async function readBack(weights: OpenWeights, kind: ModelKind, file: File): Promise<ReadBack> {
  if (kind === 'safetensors') return ofFolder(await modelFolderOf(file));
  if (kind === 'peft') return ofPeft(weights, await folderOfZip(file));
  if (kind === 'gguf-lora') return ofGgufAdapter(weights, fromBlob(file), file.name);
  return ofGguf(weights.model, kind === 'ollama' ? await ggufInZip(file) : fromBlob(file), file.name);
}

async function ofFolder(folder: Folder): Promise<ReadBack> {
  const { model } = readHfConfig(await textOf(folder, 'config.json'), 'config.json');
  const shards = await readShards([WHOLE_FILE], (name) => partOf(folder, name).open());
  const tensors = matchTensors(model, shards, WHOLE_FILE);
  const plans = new Map(tensorPlan(model).map((plan) => [plan.parameter.name, plan]));
  const parameter = async (name: string): Promise<Values> => {
    const plan = plans.get(name)!;
    const out = new Float32Array(sizeOf(plan.parameter.shape));
    let at = 0;
    for await (const part of parameterParts(plan, tensors)) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  };
  return { model, parameter };
}

/** Whoever verifies has chosen a format, and is told which one the file has: nothing is opened here. */
async function modelFolderOf(file: File): Promise<Folder> {
  try {
    return await folderOf([file]);
  } catch (thrown) {
    throw asAtelierError(thrown).code === 'adapter-alone'
      ? new AtelierError('verify-is-adapter', { file: file.name })
      : thrown;
  }
}

/** The files of a zip as they lie there: an adapter has no config.json, by which the folder of a model is found. */
async function folderOfZip(file: File): Promise<Folder> {
  const files = await listZip(fromBlob(file), file.name);
  return { source: file.name, parts: new Map(files.map((f) => [f.path, f])) };
}

/** @throws model-file-missing, zip-* */
export async function ggufInZip(file: File): Promise<AsyncBuffer> {
  const found = (await listZip(fromBlob(file), file.name)).find(({ path }) => path.endsWith('.gguf'));
  if (!found) throw new AtelierError('model-file-missing', { source: file.name, file: '*.gguf' });
  return found.open();
}

async function ofPeft(weights: OpenWeights, folder: Folder): Promise<ReadBack> {
  if (!folder.parts.has(ADAPTER_CONFIG) && folder.parts.has('config.json'))
    throw new AtelierError('verify-is-model', { file: folder.source });
  const facts = readAdapterConfig(await textOf(folder, ADAPTER_CONFIG), ADAPTER_CONFIG);
  const tensors = await readShards([ADAPTER_WEIGHTS], (name) => partOf(folder, name).open());
  const adapter = openAdapter(weights.model, facts, tensors, ADAPTER_WEIGHTS);
  const parameters = new Map<string, Float32Array>();
  for await (const { name, values } of adapterParameters(weights.model, adapter)) parameters.set(name, values);
  const { tokens } = weights.adapter!.lora; // the file has their places, but not how many rows the base has
  return withAdapter(weights, { ...adapter.lora, ...(tokens && { tokens }) }, parameters);
}

/** The base with an adapter added in whose parameters are in memory. */
function withAdapter(
  { model, read, adapter }: OpenWeights,
  lora: LoraShape,
  parameters: ReadonlyMap<string, Float32Array>,
): ReadBack {
  const widths = new Map(loraSpecs(model, lora).map(({ name, shape }) => [name, shape[1]!]));
  const ofAdapter: ReadParameterRows = (name, row, rows) => {
    const width = widths.get(name)!;
    return Promise.resolve(new Float32Array(parameters.get(name)!.subarray(row * width, (row + rows) * width)));
  };
  const merged = mergedRows({ model, read, adapter: { lora: { ...adapter!.lora, ...lora }, read: ofAdapter } });
  const rows = new Map(parameterSpecs(model).map(({ name, shape }) => [name, shape[0]!]));
  return { model, parameter: (name) => merged(name, 0, rows.get(name)!) };
}

const isAdapter = ({ metadata }: GgufFile): boolean => metadata.get('general.type') === 'adapter';

async function ofGguf(model: ModelShape, buffer: AsyncBuffer, file: string): Promise<ReadBack> {
  const gguf = await readGguf(buffer, file);
  if (isAdapter(gguf)) throw new AtelierError('verify-is-adapter', { file });
  checkKeys(gguf, model, file);
  const planned = ggufTensors(model, 'F32');
  const specs = new Map(parameterSpecs(model).map((spec) => [spec.name, spec]));
  const parameter = async (name: string): Promise<Values> => {
    const { shape } = specs.get(name)!;
    const out = new Float32Array(sizeOf(shape));
    const width = sizeOf(shape.slice(1));
    for (const tensor of planned) {
      if ('values' in tensor || tensor.parameter !== name) continue;
      const { interleave, added, row } = tensor;
      const stored = await valuesOf(gguf, buffer, tensor, file);
      const values = interleave === undefined ? stored : splitHeads(stored, interleave, width);
      out.set(added ? values.map((v) => v - added) : values, row * width);
    }
    return out;
  };
  return { model, parameter };
}

async function ofGgufAdapter(weights: OpenWeights, buffer: AsyncBuffer, file: string): Promise<ReadBack> {
  const gguf = await readGguf(buffer, file);
  if (!isAdapter(gguf)) throw new AtelierError('verify-is-model', { file });
  const { rank, targets } = weights.adapter!.lora;
  const alpha = Number(gguf.metadata.get('adapter.lora.alpha'));
  const lora: LoraShape = { rank, alpha, dropout: 0, rankStabilized: false, targets }; // llama.cpp scales by alpha / rank
  const parameters = new Map(loraSpecs(weights.model, lora).map((s) => [s.name, new Float32Array(sizeOf(s.shape))]));
  for (const tensor of ggufAdapterTensors(weights.model, lora)) {
    const { parameter, row, shape } = tensor.source;
    const stored = await valuesOf(gguf, buffer, tensor, file);
    const values = tensor.interleave === undefined ? stored : splitHeads(stored, tensor.interleave, shape[1]);
    parameters.get(parameter)!.set(values, row * shape[1]);
  }
  return withAdapter(weights, lora, parameters);
}

/**
 * A tensor of the file that must be there in this shape.
 * @throws tensor-missing, tensor-shape
 */
function valuesOf(
  gguf: GgufFile,
  buffer: AsyncBuffer,
  { name, shape }: GgufTensor,
  file: string,
): Promise<Float32Array> {
  const found = gguf.tensors.find((t) => t.name === name);
  if (!found) throw new AtelierError('tensor-missing', { file, tensor: name });
  if (found.shape.join() === shape.join()) return readGgufRows(buffer, found, file);
  const facts = { found: `[${found.shape.join(', ')}]`, expected: `[${shape.join(', ')}]` };
  throw new AtelierError('tensor-shape', { file, tensor: name, ...facts });
}

/**
 * The keys of the architecture, which say how the tensors are computed with.
 * @throws gguf-unsupported
 */
function checkKeys({ metadata }: GgufFile, model: ModelShape, file: string): void {
  for (const [field, type, value] of ggufEntries(model, 'F32', { name: '' })) {
    if (field.startsWith('general.') && field !== 'general.architecture') continue;
    const expected = type === 'f32' ? Math.fround(value) : value;
    if (metadata.get(field) === expected) continue;
    const facts = { file, field, found: String(metadata.get(field) ?? '–'), supported: String(expected) };
    throw new AtelierError('gguf-unsupported', facts);
  }
}
