// Labels that another tool wrote become decisions of a task: each record finds its row by its text, whatever the order.
import { AtelierError } from '../../base/errors/errors';
import {
  MOST_CLASSES,
  otherOrder,
  type LabelDecision,
  type LabelTask,
  type SideBetter,
} from '../../base/records/labels';
import type { LabelImport, LabelPlace } from '../../base/wire/labels';
import { textKey } from '../../data/checks/textKey';
import { LONGEST_LABELS, readLabels } from '../../formats/labels/labelFormats';
import type { ReadLabel } from '../../formats/labels/label';
import { decodeText } from '../../formats/text/textFile';
import { getDataset } from '../../storage/datasets';
import type { AtelierDb } from '../../storage/db';
import { addDecisions, getLabelTask, keepLabelTask } from '../../storage/labels';
import { contentOfRows, DatasetPasses, type RecipeOptions } from './datasetPasses';
import { answerInFile, fileRow, type FileRow } from './labelRows';

const PASSES = 2;

/** What a record can be found by, and which answer is better where it is found so. */
type Key = readonly [key: number, better?: SideBetter];

const pairKey = (first: string, second: string): number => textKey(`${first}\u0000${second}`);

const keysIn = ({ texts, pairs }: ReadLabel, { kind }: LabelTask): Key[] =>
  kind === 'better'
    ? pairs.map(([first, second, better]) => [pairKey(first, second), better])
    : texts.map((text) => [textKey(text)]);

const keyOfRow = ({ text, answers }: FileRow): number => (answers ? pairKey(...answers) : textKey(text));

/**
 * @param name Of the file, for errors
 * @throws label-file-*, json-*, jsonl-*, labels-missing, dataset-*, those of storage, cancelled
 */
export async function importLabels(
  db: AtelierDb,
  { taskId, datasetId }: LabelPlace,
  text: string,
  name: string,
  options: RecipeOptions = {},
): Promise<LabelImport> {
  const task = await getLabelTask(db, taskId);
  const dataset = await getDataset(db, datasetId);
  const { of, labels } = readLabels(text, name);
  const passes = new DatasetPasses(db, dataset, 'checking', options);
  const rowOf = (stored: Parameters<typeof fileRow>[0]): FileRow => fileRow(stored, contentOfRows(dataset), task);

  const places = new Places(labels, task);
  for await (const stored of passes.stored(PASSES)) places.see(stored.id, keyOfRow(rowOf(stored)));
  const found = places.match();
  const decisions: LabelDecision[] = [];
  const at = Date.now();
  for await (const stored of passes.stored(PASSES)) {
    const read = found.get(stored.id);
    const answer = read && answerInFile(read.answer, task, rowOf(stored).parts);
    if (!answer) continue;
    decisions.push({ rowId: stored.id, answer: otherOrder(answer, stored.facts, task), at, imported: true });
  }
  const { taken, added } = await withClasses(db, task, decisions);
  if (taken.length) await addDecisions(db, taskId, taken);
  const unmatched = places.unmatched;
  return { file: of, taken: taken.length, unmatched, other: labels.length - unmatched - taken.length, added };
}

/** Which rows each record of a file can be of; only what the file asks for is held. */
class Places {
  readonly #rows = new Map<number, number[]>();
  unmatched = 0;

  constructor(
    private readonly labels: readonly ReadLabel[],
    private readonly task: LabelTask,
  ) {
    for (const label of labels) for (const [key] of keysIn(label, task)) this.#rows.set(key, []);
  }

  see(rowId: number, key: number): void {
    this.#rows.get(key)?.push(rowId);
  }

  /** The record of each row. Of rows that say the same, each gets one in turn, or the one whose id the record has. */
  match(): Map<number, ReadLabel> {
    const found = new Map<number, ReadLabel>();
    for (const label of this.labels) {
      const keys = keysIn(label, this.task);
      const [key, better] = keys.find(([one]) => this.#rows.get(one)?.length) ?? [];
      const rows = key === undefined ? [] : this.#rows.get(key)!;
      const named = rows.find((row) => row === label.row);
      const row = named ?? rows.find((one) => !found.has(one)) ?? rows[0];
      if (row === undefined) this.unmatched++;
      else found.set(row, better ? { ...label, answer: { ...label.answer, better } } : label);
    }
    return found;
  }
}

/** Classes of the file are added to the task as long as each can have a key; decisions with others are not taken. */
async function withClasses(
  db: AtelierDb,
  task: LabelTask,
  decisions: readonly LabelDecision[],
): Promise<{ taken: LabelDecision[]; added: string[] }> {
  const named = new Set(decisions.flatMap(({ answer }) => classesOf(answer)));
  const added = [...named].filter((name) => !task.classes.includes(name)).slice(0, MOST_CLASSES - task.classes.length);
  const known = new Set([...task.classes, ...added]);
  if (added.length) await keepLabelTask(db, { ...task, classes: [...task.classes, ...added] });
  return { taken: decisions.filter(({ answer }) => classesOf(answer).every((name) => known.has(name))), added };
}

function classesOf(answer: LabelDecision['answer']): readonly string[] {
  if (answer.kind === 'classes') return answer.classes;
  return answer.kind === 'spans' ? answer.spans.map(({ label }) => label) : [];
}

/** @throws text-*, label-file-large */
export async function labelText(file: File): Promise<string> {
  let text = '';
  for await (const part of decodeText(file.stream(), file.name)) {
    text += part;
    if (text.length > LONGEST_LABELS) throw new AtelierError('label-file-large', { file: file.name });
  }
  return text;
}
