import type { FloatType } from '../formats/floats';
import type { Id, ModelRecord, RunRecord, TokenizerRecord } from '../base/records';
import type { Tokenizer } from '../data/tokenizer';
import type { AtelierDb } from '../storage/db';
import { getRun } from '../storage/runs';
import { getTokenizer } from '../storage/tokenizers';
import { loadTokenizer } from './tokenizers';
import { mergedRows, openWeights, type OpenWeights, type ReadRows } from './weights';

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
  rows: ReadRows;
  /** Absent for a kept model. */
  run?: RunRecord;
  /** The published model that they came from, directly or through other runs. */
  root?: ModelRecord;
  /** The repository that `root` was fetched from. */
  repository?: string;
  tokenizer: TokenizerRecord;
  running: Tokenizer;
  chatTemplate?: string;
  ids: ExportIds;
  /** Of the files: as the published model's, F32 for a model that was made here. */
  dtype: Exclude<FloatType, 'F64'>;
}

/** @param id of a checkpoint or of a kept model. Throws what `openWeights` throws, tokenizer-missing. */
export async function openExport(db: AtelierDb, id: Id): Promise<ExportSource> {
  const weights = await openWeights(db, id);
  const run = weights.checkpoint && (await getRun(db, weights.checkpoint.manifest.runId));
  const root = weights.base ?? (run && (await rootOf(db, run)));
  const tokenizer = await getTokenizer(db, weights.tokenizerId);
  const running = await loadTokenizer(db, weights.tokenizerId);
  const chatTemplate = root?.chatTemplate;
  return {
    name: run?.name ?? root!.name,
    weights,
    rows: mergedRows(weights),
    ...(run && { run }),
    ...(root && { root }),
    ...(root && /^[\w.-]+\/[\w.-]+$/.test(root.source) && { repository: root.source }),
    tokenizer,
    running,
    ...(chatTemplate !== undefined && { chatTemplate }),
    ids: idsOf(tokenizer, running, root, chatTemplate),
    dtype: dtypeOf(root),
  };
}

/** Follows runs back to the model that the first of them began with; undefined where it was made here, or is gone. */
async function rootOf(db: AtelierDb, first: RunRecord): Promise<ModelRecord | undefined> {
  for (let run: RunRecord | undefined = first; run;) {
    const { origin, lora }: RunRecord = run;
    if (lora) return db.get('models', lora.baseId);
    if (origin.kind === 'model') return db.get('models', origin.modelId);
    if (origin.kind !== 'checkpoint') return undefined;
    const manifest: { runId: Id } | undefined = await db.get('checkpoints', origin.checkpointId);
    run = manifest && (await db.get('runs', manifest.runId));
  }
  return undefined;
}

/** What ends a turn in the formats of conversations in use. */
const TURN_ENDS = ['<|im_end|>', '<|eot_id|>', '<end_of_turn>', '<|end|>'];

/** A model whose files do not name the end of its turns talks on and on: it is in the list of every file. */
function idsOf(
  { endId, kind }: TokenizerRecord,
  running: Tokenizer,
  root: ModelRecord | undefined,
  chatTemplate = '',
): ExportIds {
  const mark = TURN_ENDS.find((token) => chatTemplate.includes(token) && running.idOf(token) !== undefined);
  const turnEnd = mark === undefined ? undefined : running.idOf(mark);
  const eos = [...new Set([endId, ...(root?.endTokenIds ?? []), ...(turnEnd === undefined ? [] : [turnEnd])])];
  const eot = turnEnd ?? eos[1];
  const bos = kind === 'published' ? running.beginId : endId; // a text of ours begins after the end of another
  return { eos, pad: endId, ...(bos !== undefined && { bos }), ...(eot !== undefined && eot !== endId && { eot }) };
}

/** The number format that most of a published model has. */
function dtypeOf(root: ModelRecord | undefined): ExportSource['dtype'] {
  const dtype = root?.tensors[0]?.dtype;
  return dtype === 'F16' || dtype === 'BF16' ? dtype : 'F32';
}
