// Collects what is known of weights that are exported: where they came from, their tokenizer, chat template and end
// tokens.
import type { ReadParameterRows } from '../../base/numbers/tensorData';
import type { TemplateTokens } from '../../base/chat';
import { isBlockType } from '../../base/numbers/dtype';
import type { FloatType } from '../../formats/floats';
import type { ModelShape } from '../../base/modelShape';
import type { DatasetRecord } from '../../base/records/dataset';
import type { HubOrigin, ModelRecord } from '../../base/records/model';
import type { Id } from '../../base/records/named';
import type { PreparedRecord } from '../../base/records/prepared';
import type { RunRecord } from '../../base/records/run';
import type { TokenizerRecord } from '../../base/records/tokenizer';
import { pretrainedDefault, templateFor } from '../../data/chat/defaultTemplates';
import type { Tokenizer } from '../../data/tokens/tokenizer';
import type { AtelierDb } from '../../storage/db';
import { getRun } from '../../storage/runs';
import { getTokenizer } from '../../storage/tokenizers';
import { turnEndOf } from '../chat/prompts';
import { learnedConversations, pretrainedOrigin } from '../models/pretrained';
import { loadTokenizer } from '../models/tokenizers';
import { mergedRows, openWeights, type OpenWeights } from '../models/weights';

/** Ids of the special tokens. */
export interface ExportIds {
  /** All that end a text or a turn; the first is the tokenizer's. */
  eos: number[];
  /** Ends a turn; absent where the first of `eos` does. */
  eot?: number;
  bos?: number;
  /** As the model's own files say; none is invented: one that is the end token would be masked by other trainers. */
  pad?: number;
}

/** Weights and where they came from: what names an export and tells which kinds are possible. */
export interface ExportOrigin {
  name: string;
  weights: OpenWeights;
  /** Absent for a stored model. */
  run?: RunRecord;
  /** The published model that they came from, directly or through other runs. */
  root?: ModelRecord;
}

/** Everything that is known of weights that are exported. */
export interface ExportSource extends ExportOrigin {
  /** The parameters with the adapter merged in. */
  rows: ReadParameterRows;
  /** The training data; absent once it was deleted. */
  prepared?: PreparedRecord;
  /** The datasets that it was made of, those that are still there. */
  datasets: readonly DatasetRecord[];
  /** The repository that `root` was fetched from, or that its folder names. */
  repository?: string;
  /** The repository and commit, as the run recorded them; absent where only a name is known. */
  hub?: HubOrigin;
  tokenizer: TokenizerRecord;
  running: Tokenizer;
  chatTemplate?: string;
  /** The template is the studio's: the model came without one and learned conversations here. */
  givenTemplate?: true;
  ids: ExportIds;
  /** Number format of the files: as in the published model's, F32 for a model that was made here. */
  dtype: Exclude<FloatType, 'F64'>;
}

/**
 * @param id of a checkpoint or a stored model
 * @throws checkpoint-missing, base-missing
 */
export async function openOrigin(db: AtelierDb, id: Id): Promise<ExportOrigin> {
  const weights = await openWeights(db, id);
  const run = weights.checkpoint && (await getRun(db, weights.checkpoint.manifest.runId));
  const root = run ? await pretrainedOrigin(db, run) : weights.base;
  return { name: run?.name ?? root!.name, weights, ...(run && { run }), ...(root && { root }) };
}

/**
 * @param id of a checkpoint or a stored model
 * @throws tokenizer-missing, what `openOrigin` throws
 */
export async function openExport(db: AtelierDb, id: Id): Promise<ExportSource> {
  const origin = await openOrigin(db, id);
  const { weights, run, root } = origin;
  const { preparedId } = weights.checkpoint?.manifest ?? {};
  const prepared = preparedId === undefined ? undefined : await db.get('prepared', preparedId);
  const hub = hubOf(origin);
  const repository = repositoryOf(origin);
  const tokenizer = await getTokenizer(db, weights.tokenizerId);
  const running = await loadTokenizer(db, weights.tokenizerId);
  const template = await templateOf(db, run, root, running);
  return {
    ...origin,
    rows: mergedRows(weights),
    ...(prepared && { prepared }),
    datasets: await datasetsOf(db, prepared),
    ...(repository !== undefined && { repository }),
    ...(hub && { hub }),
    tokenizer,
    running,
    ...template,
    ids: padded(weights.model, idsOf(tokenizer, running, root, template.chatTemplate)),
    dtype: dtypeOf(root),
  };
}

const datasetsOf = async (db: AtelierDb, prepared: PreparedRecord | undefined): Promise<DatasetRecord[]> =>
  (await Promise.all((prepared?.datasetIds ?? []).map((id) => db.get('datasets', id)))).filter(
    (dataset) => dataset !== undefined,
  );

/** The repository and commit that the published model was fetched from, as the run recorded them. */
const hubOf = ({ weights, root }: ExportOrigin): HubOrigin | undefined => weights.adapter?.lora.baseHub ?? root?.hub;

/** The repository that the published model came from, or that its folder names. */
export const repositoryOf = (origin: ExportOrigin): string | undefined =>
  hubOf(origin)?.repo ?? repositoryIn(origin.root?.source);

/** The source of a model if it has the form of a repository's name (`owner/name`), unlike a folder or a zip. */
const repositoryIn = (source = ''): string | undefined => (/^[\w.-]+\/[\w.-]+$/.test(source) ? source : undefined);

/**
 * The chat template of the model's own files; the studio's for a model that came without one and learned conversations
 * here.
 */
async function templateOf(
  db: AtelierDb,
  run: RunRecord | undefined,
  root: ModelRecord | undefined,
  running: Tokenizer,
): Promise<Pick<ExportSource, 'chatTemplate' | 'givenTemplate'>> {
  if (root?.chatTemplate !== undefined) return { chatTemplate: root.chatTemplate };
  if (!run || !(await learnedConversations(db, run))) return {};
  return { chatTemplate: pretrainedDefault(running), givenTemplate: true };
}

/** A model whose files do not name the end of a turn never stops, so `eos` lists it. */
function idsOf(
  { endId, kind }: TokenizerRecord,
  running: Tokenizer,
  root: ModelRecord | undefined,
  chatTemplate: string | undefined,
): ExportIds {
  const turnEnd = chatTemplate === undefined ? undefined : turnEndIn(chatTemplate, running, root?.templateTokens);
  const eos = [...new Set([endId, ...(root?.endTokenIds ?? []), ...(turnEnd === undefined ? [] : [turnEnd])])];
  const eot = turnEnd ?? eos[1];
  // a tokenizer made here has no begin token: a text begins after the end token of another
  const bos = kind === 'pretrained' ? (running.beginId ?? root?.bosTokenId) : endId;
  return {
    eos,
    ...(root?.padTokenId !== undefined && { pad: root.padTokenId }),
    ...(bos !== undefined && { bos }),
    ...(eot !== undefined && eot !== endId && { eot }),
  };
}

/** A classifier finds the last token of a text by what fills a batch behind it, so it names that. */
const padded = ({ classes }: ModelShape, ids: ExportIds): ExportIds =>
  classes && ids.pad === undefined ? { ...ids, pad: ids.eos[0]! } : ids;

/** Whether the exported model answers conversations: it brings a template, or is given one. */
export const isChat = async (db: AtelierDb, { run, root }: ExportOrigin): Promise<boolean> =>
  root?.chatTemplate !== undefined || (run !== undefined && (await learnedConversations(db, run)));

/** A template that the studio can't run is exported unchanged; its end of a turn stays unknown. */
function turnEndIn(chatTemplate: string, running: Tokenizer, named?: TemplateTokens): number | undefined {
  try {
    return turnEndOf(templateFor(chatTemplate, running, named), running);
  } catch {
    return undefined;
  }
}

/** That of the first tensor of a published model, F32 for others than F16 and BF16; F16 for blocks of few bits. */
export function dtypeOf(root: ModelRecord | undefined): ExportSource['dtype'] {
  const dtype = root?.tensors[0]?.dtype;
  if (dtype && isBlockType(dtype)) return 'F16';
  return dtype === 'F16' || dtype === 'BF16' ? dtype : 'F32';
}
