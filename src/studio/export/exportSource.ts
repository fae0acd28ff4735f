import type { ReadParameterRows } from '../../base/numbers/tensorData';
import type { TemplateTokens } from '../../base/chat';
import type { FloatType } from '../../formats/floats';
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

/** Tokens with a part of their own. */
export interface ExportIds {
  /** All that end a text or a turn; the first is the tokenizer's own. */
  eos: number[];
  /** Ends a turn, where that is another token than the first of `eos`. */
  eot?: number;
  bos?: number;
  pad: number;
}

/** Everything that is known of weights that leave the studio. */
export interface ExportSource {
  name: string;
  weights: OpenWeights;
  /** The parameters with the adapter added in. */
  rows: ReadParameterRows;
  /** Absent for a kept model. */
  run?: RunRecord;
  /** What it learned from, as long as it is kept. */
  prepared?: PreparedRecord;
  /** The published model that they came from, directly or through other runs. */
  root?: ModelRecord;
  /** The repository that `root` was fetched from, or that its folder names. */
  repository?: string;
  /** Where exactly, as the run that tuned it knew; absent where only a name is known. */
  hub?: HubOrigin;
  tokenizer: TokenizerRecord;
  running: Tokenizer;
  chatTemplate?: string;
  /** The template is the studio's: the model came without one and learned conversations here. */
  givenTemplate?: true;
  ids: ExportIds;
  /** Of the files: as the published model's, F32 for a model that was made here. */
  dtype: Exclude<FloatType, 'F64'>;
}

/** @param id of a checkpoint or of a kept model. Throws what `openWeights` throws, tokenizer-missing. */
export async function openExport(db: AtelierDb, id: Id): Promise<ExportSource> {
  const weights = await openWeights(db, id);
  const run = weights.checkpoint && (await getRun(db, weights.checkpoint.manifest.runId));
  const { preparedId } = weights.checkpoint?.manifest ?? {};
  const prepared = preparedId === undefined ? undefined : await db.get('prepared', preparedId);
  const root = run ? await pretrainedOrigin(db, run) : weights.base;
  const hub = weights.adapter?.lora.baseHub ?? root?.hub;
  const repository = hub?.repo ?? repositoryIn(root?.source);
  const tokenizer = await getTokenizer(db, weights.tokenizerId);
  const running = await loadTokenizer(db, weights.tokenizerId);
  const template = await templateOf(db, run, root, running);
  return {
    name: run?.name ?? root!.name,
    weights,
    rows: mergedRows(weights),
    ...(run && { run }),
    ...(prepared && { prepared }),
    ...(root && { root }),
    ...(repository !== undefined && { repository }),
    ...(hub && { hub }),
    tokenizer,
    running,
    ...template,
    ids: idsOf(tokenizer, running, root, template.chatTemplate),
    dtype: dtypeOf(root),
  };
}

/** A name of a model that is one of a repository; a folder or a zip is named otherwise. */
const repositoryIn = (source = ''): string | undefined => (/^[\w.-]+\/[\w.-]+$/.test(source) ? source : undefined);

/**
 * How conversations are written: as the model's own files say; as the studio does, for a model that learned them here
 * without a template.
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

/** A model whose files do not name the end of its turns talks on and on: it is in the list of every file. */
function idsOf(
  { endId, kind }: TokenizerRecord,
  running: Tokenizer,
  root: ModelRecord | undefined,
  chatTemplate: string | undefined,
): ExportIds {
  const turnEnd = chatTemplate === undefined ? undefined : turnEndIn(chatTemplate, running, root?.templateTokens);
  const eos = [...new Set([endId, ...(root?.endTokenIds ?? []), ...(turnEnd === undefined ? [] : [turnEnd])])];
  const eot = turnEnd ?? eos[1];
  // a text of ours begins after the end of another
  const bos = kind === 'pretrained' ? (running.beginId ?? root?.bosTokenId) : endId;
  return {
    eos,
    pad: root?.padTokenId ?? endId,
    ...(bos !== undefined && { bos }),
    ...(eot !== undefined && eot !== endId && { eot }),
  };
}

/** A template that can't be run is taken away as it came, and names no end. */
function turnEndIn(chatTemplate: string, running: Tokenizer, named?: TemplateTokens): number | undefined {
  try {
    return turnEndOf(templateFor(chatTemplate, running, named), running);
  } catch {
    return undefined;
  }
}

/** The number format that most of a published model has. */
function dtypeOf(root: ModelRecord | undefined): ExportSource['dtype'] {
  const dtype = root?.tensors[0]?.dtype;
  return dtype === 'F16' || dtype === 'BF16' ? dtype : 'F32';
}
