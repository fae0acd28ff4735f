// The labels of a task as a file that another tool reads: each labelled row of a version with its answer.
import { AtelierError } from '../../base/errors/errors';
import { otherOrder } from '../../base/records/labels';
import type { LabelFile, LabelPlace } from '../../base/wire/labels';
import type { ExportResult } from '../../base/wire/requests';
import { lastDecisions } from '../../data/labels/answers';
import { LABEL_FORMATS } from '../../formats/labels/labelFormats';
import type { LabelledRow } from '../../formats/labels/label';
import { getDataset } from '../../storage/datasets';
import type { AtelierDb } from '../../storage/db';
import { getLabelTask, labelDecisions } from '../../storage/labels';
import { contentOfRows, DatasetPasses, type RecipeOptions } from '../data/datasetPasses';
import { fileRow, labelledRow } from '../data/labelRows';
import { plainFileName } from './exportName';

const ENDINGS: Record<LabelFile, string> = {
  'label-studio': 'json',
  argilla: 'json',
  doccano: 'jsonl',
  openai: 'jsonl',
};

/** @throws labels-missing, labels-none, label-file-kind, dataset-missing, dataset-damaged, cancelled */
export async function labelFile(
  db: AtelierDb,
  { taskId, datasetId }: LabelPlace,
  file: LabelFile,
  options: RecipeOptions = {},
): Promise<ExportResult> {
  const task = await getLabelTask(db, taskId);
  const dataset = await getDataset(db, datasetId);
  const last = lastDecisions(await labelDecisions(db, taskId));
  const rows: LabelledRow[] = [];
  for await (const stored of new DatasetPasses(db, dataset, 'saving', options).stored(1)) {
    const decision = last.get(stored.id);
    if (!decision) continue;
    const answer = otherOrder(decision.answer, stored.facts, task);
    rows.push(labelledRow(fileRow(stored, contentOfRows(dataset), task), { ...decision, answer }));
  }
  if (!rows.length) throw new AtelierError('labels-none', { name: task.name });
  const text = LABEL_FORMATS[file].write(rows, task);
  if (text === undefined) throw new AtelierError('label-file-kind');
  const blob = new Blob([text], { type: 'application/json' });
  return { fileName: `${plainFileName(task.name)}-${file}.${ENDINGS[file]}`, bytes: blob.size, blob };
}
