// Import of a GGUF as a pretrained model, tensor by tensor. Folders of Hugging Face are openModel.ts.
import { isBlockType, sizeOf } from '../../base/numbers/dtype';
import { AtelierError, throwIfCancelled } from '../../base/errors/errors';
import { parameterCount } from '../../base/modelShape';
import type { ModelRecord, Notice } from '../../base/records/model';
import { GgufFields } from '../../formats/gguf/opening/ggufFields';
import { ggufParameterBytes, ggufParameters, type GgufParameter } from '../../formats/gguf/opening/ggufParameters';
import { readGgufShape } from '../../formats/gguf/opening/ggufShape';
import { isGguf, readGgufSource, splitName, type GgufSource } from '../../formats/gguf/opening/ggufSource';
import { readGgufVocabulary } from '../../formats/gguf/opening/ggufVocabulary';
import { ROPE_FACTORS } from '../../formats/gguf/ggufModel';
import { readGgufRows } from '../../formats/gguf/ggufReading';
import { LARGEST_SHAPE } from '../../formats/huggingFace/hfConfig';
import type { AtelierDb } from '../../storage/db';
import { addModel, type PartedTensor } from '../../storage/models';
import type { Part } from './modelFolder';
import { OddNumbers } from './oddNumbers';
import { defined, type OpenOptions } from './openModel';
import { storedTokenizer } from './pretrainedTokenizer';
import { trialParts } from './trial';

/** Bytes of the smallest header; shorter files are not looked into. */
const LEAST_BYTES = 24;

/**
 * The files that are GGUF by their first bytes. None of a folder that holds safetensors: it is opened as such. Of a zip
 * only by their names: looking into an entry would unpack it.
 */
export async function ggufsAmong(parts: readonly Part[], zipped: boolean): Promise<Part[]> {
  if (parts.some(({ path }) => path.endsWith('.safetensors'))) return [];
  const found: Part[] = [];
  for (const part of parts) {
    if (part.byteLength < LEAST_BYTES || (zipped && !part.path.endsWith('.gguf'))) continue;
    if (await isGguf(await part.open())) found.push(part);
  }
  return found;
}

/**
 * Imports the model of one GGUF or of all parts of one. Its weights are stored in the types of the file, but where the
 * parts of one of our parameters differ: in f32. Record and tokenizer are written atomically.
 *
 * @throws gguf-*, tensor-*, vocabulary-mismatch, template-slow, tokenizer-slow, cancelled, and what storage throws
 */
export async function keepGguf(db: AtelierDb, parts: readonly Part[], options: OpenOptions = {}): Promise<ModelRecord> {
  const { signal, trial } = options;
  const gguf = await readGgufSource(
    await Promise.all(parts.map(async (part) => ({ name: baseName(part.path), buffer: await part.open(signal) }))),
  );
  const { metadata, file } = gguf;
  if (metadata.get('general.type') === 'adapter') throw new AtelierError('gguf-adapter', { file });
  const ropeFactors = await ropeFactorsOf(gguf);
  const model = readGgufShape({ ...gguf, ropeFactors });
  const parameters = ggufParameters(model, gguf.tensors, file);
  const vocabulary = readGgufVocabulary(metadata, file);
  const { chatTemplate, templateTokens, endTokenIds } = vocabulary;
  const name = titleOf(gguf) ?? splitName(file).replace(/\.gguf$/i, '');
  const tokenizer = await storedTokenizer(db, vocabulary.json, model, {
    ...{ name, file, endId: endTokenIds[0], endToken: templateTokens.eos_token, chatTemplate },
  });
  await trial?.(trialParts(tokenizer.fresh?.json, chatTemplate, templateTokens), signal);
  const numbers = new OddNumbers();
  const sources = parameters.map((parameter) => sourceOf(parameter, numbers, signal));
  const types = typesOf(parameters);
  const draft = {
    ...{ name, source: splitName(file), model, tokenizerId: tokenizer.id, chatTemplate },
    gguf: { types },
    licence: options.licence ?? licenceIn(gguf),
    templateTokens: Object.keys(templateTokens).length ? templateTokens : undefined,
    bosTokenId: vocabulary.bosTokenId,
    padTokenId: vocabulary.padTokenId,
    endTokenIds: endTokenIds.length ? endTokenIds : [tokenizer.endId],
    parameters: parameterCount(model),
  };
  const notices = (): Notice[] => [...quantisedNotice(types), ...vocabulary.notices, ...numbers.notices()];
  return addModel(db, defined(draft), sources, { ...options, tokenizer: tokenizer.fresh, notices });
}

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

function sourceOf(parameter: GgufParameter, numbers: OddNumbers, signal?: AbortSignal): PartedTensor {
  const { name, shape, dtype } = parameter;
  return {
    spec: { name, shape, dtype },
    async *parts() {
      for await (const part of ggufParameterBytes(parameter)) {
        throwIfCancelled(signal);
        numbers.look(name, part, dtype);
        yield part;
      }
    },
  };
}

/** @throws gguf-type, gguf-unsupported where there are more than a head has room for */
async function ropeFactorsOf({ metadata, tensors }: GgufSource): Promise<Float32Array | undefined> {
  const tensor = tensors.get(ROPE_FACTORS);
  if (!tensor) return undefined;
  const [count, most] = [sizeOf(tensor.shape), LARGEST_SHAPE.headDim / 2];
  if (count > most) new GgufFields(metadata, tensor.file).refuse(ROPE_FACTORS, count, `1 … ${most}`);
  return readGgufRows(tensor.buffer, tensor, tensor.file);
}

/** How many matrices of the file have each type, the most frequent first. */
function typesOf(parameters: readonly GgufParameter[]): Record<string, number> {
  const types = new Map<string, number>();
  for (const { weight, type } of parameters.flatMap(({ parts }) => parts))
    if (weight.shape.length > 1) types.set(type, (types.get(type) ?? 0) + 1);
  return Object.fromEntries([...types].sort(([, a], [, b]) => b - a));
}

function quantisedNotice(types: Record<string, number>): Notice[] {
  const found = Object.keys(types).filter(isBlockType);
  return found.length ? [{ code: 'gguf-quantised', facts: { types: found.join(', ') } }] : [];
}

const textIn = ({ metadata }: GgufSource, key: string): string | undefined => {
  const value = metadata.get(key);
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
};

/** What fits a list. */
const LONGEST_NAME = 200;

const titleOf = (gguf: GgufSource): string | undefined => textIn(gguf, 'general.name')?.slice(0, LONGEST_NAME);

const licenceIn = (gguf: GgufSource): string | undefined =>
  textIn(gguf, 'general.license') ?? textIn(gguf, 'general.license.name');
