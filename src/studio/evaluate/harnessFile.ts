// The rows of an evaluation as a task folder of lm-evaluation-harness, in a zip: texts by their perplexity, pairs as
// two choices, written as the last of the models reads them.
import { AtelierError } from '../../base/errors/errors';
import type { EvaluatedModel, EvaluatedRow, EvaluationRecord } from '../../base/records/evaluation';
import type { ExportResult } from '../../base/wire/requests';
import type { GradedRow } from '../../data/chat/gradedRow';
import type { Tokenizer } from '../../data/tokens/tokenizer';
import { harnessFiles, type HarnessChoices } from '../../formats/harness/harnessTask';
import { writeZip } from '../../formats/zip';
import type { AtelierDb } from '../../storage/db';
import { textItem } from '../export/exportFiles';
import { plainFileName } from '../export/exportName';
import { ExportTarget } from '../export/exportStreams';
import { pretrainedModel } from '../models/pretrained';
import { loadTokenizer } from '../models/tokenizers';
import { openWeights } from '../models/weights';
import { rowTokens, type RowTokens } from '../score/rowTokens';
import { evaluatedTable } from './evaluatedTable';
import { pairRows } from './writtenRow';

/** Texts and pairs can be asked elsewhere; answers of conversations and classes of a classifier cannot. */
export const isHarnessRow = ({ set, asked, labels, rejected }: EvaluatedRow): boolean =>
  set === 'asked' && (rejected !== undefined || (typeof asked === 'string' && labels === undefined));

/** @throws evaluation-missing, evaluation-no-tasks, checkpoint-missing, tokenizer-missing */
export async function harnessFile(db: AtelierDb, id: string): Promise<Required<ExportResult>> {
  const { record, rows } = await evaluatedTable(db, id);
  const texts = rows.filter(isHarnessRow).flatMap(({ asked }) => (typeof asked === 'string' ? [asked] : []));
  const pairs = rows.filter(({ rejected, ...row }) => rejected !== undefined && isHarnessRow({ ...row, rejected }));
  const choices = pairs.length > 0 ? await choicesOf(db, record, pairs) : [];
  const files = harnessFiles(record.name, { texts, choices });
  if (files.length === 0) throw new AtelierError('evaluation-no-tasks');
  const target = new ExportTarget();
  await writeZip(
    target.stream,
    files.map(({ path, text }) => textItem(path, text)),
    new Date(record.createdAt),
  );
  const blob = target.blob('application/zip')!;
  return { blob, bytes: blob.size, fileName: `${plainFileName(record.name)}-lm-eval.zip` };
}

/** A pair that the template cannot write, or whose answers stand behind different prompts, is left out. */
async function choicesOf(
  db: AtelierDb,
  record: EvaluationRecord,
  pairs: readonly EvaluatedRow[],
): Promise<HarnessChoices[]> {
  const model = record.models.at(-1)!;
  const { tokenizer, tokens } = await readerOf(db, model);
  return pairs.flatMap((row) => {
    try {
      return choicesIn(pairRows({ model, record }, row, tokens), tokenizer);
    } catch (thrown) {
      if (thrown instanceof AtelierError && thrown.code.startsWith('template-')) return [];
      throw thrown;
    }
  });
}

async function readerOf(db: AtelierDb, { weightsId }: EvaluatedModel) {
  const { tokenizerId } = await openWeights(db, weightsId);
  const [tokenizer, pretrained] = await Promise.all([loadTokenizer(db, tokenizerId), pretrainedModel(db, weightsId)]);
  const tokens: RowTokens = rowTokens({ tokenizer, pretrained });
  return { tokenizer, tokens };
}

/** Special tokens stand in the texts as they are written, and the harness reads them as such. */
function choicesIn(rows: readonly GradedRow[], tokenizer: Tokenizer): HarnessChoices[] {
  const parts = rows.map(({ ids, weights }) => {
    const from = weights.findIndex((weight) => weight !== 0);
    const to = weights.findLastIndex((weight) => weight !== 0) + 1;
    const context = tokenizer.decode(ids.subarray(0, from));
    return { context, choice: tokenizer.decode(ids.subarray(0, to)).slice(context.length), from };
  });
  const [first] = parts;
  if (!first || parts.some(({ context, choice, from }) => from < 1 || choice === '' || context !== first.context))
    return [];
  return [{ context: first.context, choices: parts.map(({ choice }) => choice), gold: 0 }];
}
