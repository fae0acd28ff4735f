// Which labels a model that writes was tuned to answer with: the few answers of the conversations that it learned, or
// the labels beside texts. It reads rows, not what a model says.
import type { Conversation } from '../../base/conversation';
import { AtelierError } from '../../base/errors/errors';
import type { StoredRow } from '../../base/records/dataset';
import type { Id } from '../../base/records/named';
import type { DatasetLabels } from '../../base/wire/classes';
import { ClassCollector, labelsOfRow } from '../../data/labels/rowLabels';
import { allStoredRows, getDataset } from '../../storage/datasets';
import type { AtelierDb } from '../../storage/db';
import { getRun } from '../../storage/runs';

/** Rows that are read: where labels are few, these hold them. */
const MOST_ROWS = 20_000;
/** More are no list that a person reads, and each is a pass of the model. */
const MOST_LABELS = 100;
/** UTF-16 units of a label. */
const LONGEST_LABEL = 120;

/**
 * The labels of a dataset.
 * @throws answer-labels-none where it has none, or too many; dataset-missing, dataset-damaged
 */
export async function datasetLabels(db: AtelierDb, datasetId: Id): Promise<DatasetLabels> {
  const [{ name }, labels] = [await getDataset(db, datasetId), await labelsIn(db, [datasetId])];
  if (!labels) throw new AtelierError('answer-labels-none', { name, most: MOST_LABELS });
  return labels;
}

/**
 * The labels that a run was tuned to answer with, where its rows are still stored and have some.
 * @throws dataset-damaged, run-missing
 */
export const learnedLabels = async (db: AtelierDb, runId: Id): Promise<DatasetLabels | undefined> =>
  labelsIn(db, await datasetsOf(db, runId));

async function labelsIn(db: AtelierDb, ids: readonly Id[]): Promise<DatasetLabels | undefined> {
  const found = new FoundLabels();
  for (const id of ids) {
    const { content = 'text' } = await getDataset(db, id);
    if (content === 'preference') return undefined;
    for await (const row of allStoredRows(db, id)) if (!found.see(row, content)) break;
  }
  return found.labels();
}

/** Of what a run read those that are still stored. */
async function datasetsOf(db: AtelierDb, runId: Id): Promise<Id[]> {
  const { preparedId } = await getRun(db, runId);
  const prepared = preparedId === undefined ? undefined : await db.get('prepared', preparedId);
  const stored = await Promise.all((prepared?.datasetIds ?? []).map((id) => db.getKey('datasets', id)));
  return stored.filter((id) => id !== undefined);
}

class FoundLabels {
  readonly #labels = new ClassCollector();
  readonly #names = new Set<string>();
  readonly #systems = new Set<string>();
  #rows = 0;
  #answers = 0;
  #tooMany = false;

  /** False where no further row is to be read. */
  see({ row, facts }: StoredRow, content: 'text' | 'chat'): boolean {
    const names = content === 'chat' ? this.#answerOf(row) : (labelsOfRow(facts)?.names ?? []);
    for (const name of names) this.#names.add(name);
    this.#tooMany ||= this.#names.size > MOST_LABELS || names.some((name) => name.length > LONGEST_LABEL);
    if (!this.#tooMany && names.length) this.#labels.see({ names, listed: false });
    return ++this.#rows < MOST_ROWS && !this.#tooMany;
  }

  #answerOf(row: string): string[] {
    const { messages } = JSON.parse(row) as Conversation;
    const answer = messages.findLast(({ role }) => role === 'assistant')?.content.trim();
    this.#systems.add(messages.find(({ role }) => role === 'system')?.content ?? '');
    if (!answer) return [];
    this.#answers++;
    return [answer];
  }

  /** Where about every answer stands once, they are no labels. */
  labels(): DatasetLabels | undefined {
    const answers = this.#answers > 0;
    if (this.#tooMany || this.#names.size < 2 || (answers && 2 * this.#names.size > this.#answers)) return undefined;
    const [system] = this.#systems;
    const { names: labels } = this.#labels.classes('');
    return { labels, answers, ...(system && this.#systems.size === 1 && { system }) };
  }
}
