// Import of a pretrained model from its files into storage, tensor by tensor. Where the files come from is
// modelFolder.ts.
import type { AsyncBuffer } from '../../base/numbers/asyncBuffer';
import { AtelierError, throwIfCancelled } from '../../base/errors/errors';
import { architectureOf, parameterCount, type ModelShape } from '../../base/modelShape';
import type { HubOrigin, ModelRecord, Notice } from '../../base/records/model';
import { isFloat, type FloatType } from '../../formats/floats';
import { readGenerationConfig, type GenerationWishes } from '../../formats/huggingFace/generationConfig';
import { readHfThresholds } from '../../formats/huggingFace/hfClasses';
import { readHfConfig } from '../../formats/huggingFace/hfConfig';
import { differ, parameterBytes } from '../../formats/huggingFace/modelTensors';
import {
  INDEX_FILE,
  readShardIndex,
  readShards,
  WHOLE_FILE,
  type PlacedTensor,
} from '../../formats/huggingFace/shards';
import { HEAD, matchTensors } from '../../formats/huggingFace/tensorMatching';
import { tensorPlan, type TensorPlan } from '../../formats/huggingFace/tensorNames';
import type { AtelierDb } from '../../storage/db';
import { addModel, type AddModelOptions, type PartedTensor } from '../../storage/models';
import { Handover } from './handover';
import { chatTemplateOf, licenceOf, nameIn, templateTokensOf } from './modelFacts';
import { readCard, partOf, textIfThere, textOf, type Folder } from './modelFolder';
import { OddNumbers } from './oddNumbers';
import { findTokenizer } from './pretrainedTokenizer';
import { trialParts, type Trial } from './trial';

export interface OpenOptions extends AddModelOptions {
  /** As a hub lists it; else what the model's card says. */
  licence?: string;
  /** Of a model that was fetched from one. */
  hub?: HubOrigin;
  /** Tries the chat template and the tokenizer before anything is stored. */
  trial?: Trial;
}

/**
 * Imports a model of a supported family, as Hugging Face publishes it or this studio exports it. It is stored once, in
 * the number format of its files; a file of a gigabyte is never in memory as a whole. Record and tokenizer are written
 * atomically.
 *
 * @throws model-file-missing, vocabulary-mismatch, template-slow, tokenizer-slow, cancelled, and what the formats and
 * storage throw
 */
export async function keepModel(db: AtelierDb, folder: Folder, options: OpenOptions = {}): Promise<ModelRecord> {
  const config = await textOf(folder, 'config.json', options.signal);
  const { model: said, endTokenIds, bosTokenId, padTokenId } = readHfConfig(config, 'config.json');
  const { model, tensors, notices } = await matched(said, await placedTensors(folder, options.signal));
  const numbers = new OddNumbers();
  const plans = tensorPlan(model);
  const sources = plans.map((plan) => sourceOf(plan, tensors, numbers, options.signal));
  const { facts, passedOver } = await generationWishes(folder, options.signal);
  const { eos, bos, pad, ...sampling } = facts;
  if (passedOver.length)
    notices.push({ code: 'hints-passed-over', facts: { file: GENERATION, hints: passedOver.join(', ') } });
  const ends = [...new Set([...endTokenIds, ...eos])];
  const card = await readCard(folder, options.signal);
  const licence = options.licence ?? licenceOf(card);
  const name = folder.loose ? (nameIn(config, card) ?? folder.source) : folder.source;
  const chatTemplate = await chatTemplateOf(folder, options.signal);
  const templateTokens = await templateTokensOf(folder, options.signal);
  const tokens = { endId: ends[0], endToken: templateTokens.eos_token, chatTemplate };
  const tokenizer = await findTokenizer(db, folder, model, tokens, options.signal);
  await options.trial?.(trialParts(tokenizer.fresh?.json, chatTemplate, templateTokens), options.signal);
  const draft = {
    name,
    source: name,
    hub: options.hub,
    licence,
    model,
    tokenizerId: tokenizer.id,
    chatTemplate,
    templateTokens: Object.keys(templateTokens).length ? templateTokens : undefined,
    bosTokenId: idIn(model, bosTokenId, bos),
    padTokenId: idIn(model, pad, padTokenId),
    endTokenIds: ends.length ? ends : [tokenizer.endId],
    sampling: Object.keys(sampling).length ? sampling : undefined,
    thresholds: model.classes && readHfThresholds(config, 'config.json', model.classes),
    parameters: parameterCount(model),
  };
  const found = () => [...notices, ...numbers.notices()];
  const handover = new Handover(plans, sources, tensors, folder);
  await handover.fetch(options.signal);
  const further = { tokenizer: tokenizer.fresh, notices: found, onStored: handover.stored };
  return addModel(db, defined(draft), sources, { ...options, ...further });
}

/** The first that the model has a row for. */
const idIn = ({ vocabSize }: ModelShape, ...ids: (number | undefined)[]): number | undefined =>
  ids.find((id) => id !== undefined && id < vocabSize);

/** Without the fields that are undefined, which a record leaves out. */
export const defined = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as T;

const GENERATION = 'generation_config.json';

/** How the model wishes to be sampled, and the tokens that end a reply, of which config.json knows fewer. */
async function generationWishes(folder: Folder, signal?: AbortSignal): Promise<GenerationWishes> {
  const text = await textIfThere(folder, GENERATION, signal);
  return text === undefined ? { facts: { eos: [] }, passedOver: [] } : readGenerationConfig(text, GENERATION);
}

type Named = ReadonlyMap<string, PlacedTensor>;
interface Placed {
  /** The file, or the index of several. */
  file: string;
  tensors: readonly PlacedTensor[];
}

/**
 * All tensors: of model.safetensors, or of the parts that the index beside it names.
 *
 * @throws model-file-missing, safetensors-*, tensor-missing
 */
async function placedTensors(folder: Folder, signal?: AbortSignal): Promise<Placed> {
  const open = (file: string): Promise<AsyncBuffer> => partOf(folder, file).open(signal);
  const whole = folder.parts.has(WHOLE_FILE) || !folder.parts.has(INDEX_FILE);
  const index = whole ? undefined : readShardIndex(await textOf(folder, INDEX_FILE, signal), INDEX_FILE);
  const files = index ? [...new Set(index.values())] : [WHOLE_FILE];
  return { file: index ? INDEX_FILE : WHOLE_FILE, tensors: await readShards(files, open, index) };
}

/**
 * The tensors by their names. Where the configuration ties the head to the embedding and the file holds another head,
 * the model is untied, as in transformers 5: the head was trained.
 *
 * @throws tensor-*, safetensors-*
 */
async function matched(
  said: ModelShape,
  { file, tensors }: Placed,
): Promise<{ model: ModelShape; tensors: Named; notices: Notice[] }> {
  const found = matchTensors(said, tensors, file);
  const head = found.get(HEAD);
  const embedding = tensorPlan(said)[0]!.slices[0]!.name;
  const { tiedEmbeddings, classes } = architectureOf(said);
  if (!tiedEmbeddings || classes || !head || !(await differ(head, found.get(embedding)!)))
    return { model: said, tensors: found, notices: [] };
  const model = { ...said, tiedEmbeddings: false };
  const notices = [{ code: 'head-differs', facts: { tensor: head.name, embedding: found.get(embedding)!.name } }];
  return { model, tensors: matchTensors(model, tensors, file), notices };
}

/** One of our parameters in the number format of the file; where its parts differ, in f32. */
function sourceOf(plan: TensorPlan, tensors: Named, numbers: OddNumbers, signal?: AbortSignal): PartedTensor {
  const { name, shape } = plan.parameter;
  const dtype = formatOf(plan, tensors);
  return {
    spec: { name, shape, dtype },
    async *parts() {
      for await (const part of parameterBytes(plan, tensors, dtype)) {
        throwIfCancelled(signal);
        numbers.look(name, part, dtype);
        yield part;
      }
    },
  };
}

function formatOf({ slices }: TensorPlan, tensors: Named): FloatType {
  const found = slices.map(({ name }) => tensors.get(name)!);
  for (const { dtype, file, name } of found)
    if (!isFloat(dtype)) throw new AtelierError('tensor-dtype', { file, tensor: name, dtype });
  const [first, ...others] = new Set(found.map(({ dtype }) => dtype as FloatType));
  return first && first !== 'F64' && !others.length ? first : 'F32';
}
