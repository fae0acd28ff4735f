// The desk where rows are labelled: it holds the queue of the task that is open, writes each decision before it shows
// the next item, and reads the queue anew where another tab decided meanwhile.
import { AtelierError } from '../../base/errors/errors';
import { otherOrder, type LabelAnswer, type LabelDecision, type LabelTask } from '../../base/records/labels';
import type { LabelItem, LabelPlace, LabelView } from '../../base/wire/labels';
import { keyOfTexts } from '../../data/clean/edit';
import { ANSWERS_OF } from '../../data/labels/answers';
import { isTurned, LabelQueue, type AskedRow } from '../../data/labels/queue';
import { getDataset, keysOf, rowIdsOf, storedRowsFrom } from '../../storage/datasets';
import type { AtelierDb } from '../../storage/db';
import { addDecisions, dropDecision, dropSkips, getLabelTask, labelDecisions } from '../../storage/labels';
import { scoreNumbers } from '../../storage/scores';
import { cleanRow } from './cleanRows';
import { contentOfRows } from './datasetPasses';
import { RowTables } from './rowTable';
import { openSuggestions, suggestionOrigin, type Suggestions } from './suggestions';

interface OpenQueue extends LabelPlace {
  task: LabelTask;
  queue: LabelQueue;
  /** What a model found, and the numbers that all finds beside the rows are stored by. */
  suggestions: Suggestions;
  /** The decision that was just taken back. */
  brought?: LabelDecision;
}

const AS_STORED = { column: 'row', down: false };
const isSame = (a: LabelPlace['only'], b: LabelPlace['only']): boolean => JSON.stringify(a) === JSON.stringify(b);

export class LabelDesk {
  #open: OpenQueue | undefined;

  /** @param tables What the filter of a place is read from */
  constructor(
    private readonly db: AtelierDb,
    private readonly tables = new RowTables(),
  ) {}

  /** @throws labels-missing, dataset-missing, dataset-damaged, tokenizer-missing */
  async view(place: LabelPlace): Promise<LabelView> {
    const open = await this.#at(place);
    const asked = open.queue.next();
    const item = asked && (await this.#item(open, asked));
    const { by } = open.suggestions;
    return { ...(item && { item }), ...(by && { by }), progress: open.queue.progress() };
  }

  /** @throws those of `view` */
  async openPlaces(place: LabelPlace, most: number): Promise<number[]> {
    return (await this.#at(place)).queue.openPlaces(most);
  }

  /**
   * Stores a decision on the item that is shown, and gives the next one.
   * @throws labels-missing, label-other, dataset-*, storage-full, storage-closed, storage-failed
   */
  async decide(place: LabelPlace, decision: LabelDecision): Promise<LabelView> {
    const open = await this.#at(place);
    if (!ANSWERS_OF[open.task.kind].includes(decision.answer.kind)) throw new AtelierError('label-other');
    const asked = open.queue.next();
    const shown = asked?.rowId === decision.rowId ? asked : undefined;
    const answer = await this.#stored(open, decision, shown?.position);
    const suggested = shown && open.suggestions.at(shown.position);
    const stored: LabelDecision = {
      ...{ ...decision, answer },
      ...(shown?.again && { again: true }),
      ...(suggested && decision.answer.kind !== 'skip' && suggestionOrigin(decision.answer, suggested)),
    };
    await addDecisions(this.db, place.taskId, [stored]);
    delete open.brought;
    if (shown) open.queue.add(stored, shown);
    else this.#open = undefined; // another tab decided the item meanwhile
    return this.view(place);
  }

  /** Brings the last item back, as often as there are decisions. */
  async undo(place: LabelPlace): Promise<LabelView> {
    const open = await this.#at(place);
    if (!open.queue.canUndo) return this.view(place);
    await dropDecision(this.db, place.taskId, open.queue.behindLast);
    const brought = open.queue.undo();
    if (brought) open.brought = brought;
    return this.view(place);
  }

  /** Rows that were put off come back. */
  async askSkipped(place: LabelPlace): Promise<LabelView> {
    await dropSkips(this.db, place.taskId);
    this.#open = undefined;
    return this.view(place);
  }

  /** What is stored of the task changed otherwise. */
  forget(): void {
    this.#open = undefined;
  }

  async #at({ taskId, datasetId, only }: LabelPlace): Promise<OpenQueue> {
    const open = this.#open;
    const same = open?.taskId === taskId && open.datasetId === datasetId && isSame(open.only, only);
    const numbers = String(await scoreNumbers(this.db, datasetId));
    const current = same && open.suggestions.numbers === numbers;
    if (current && (await this.db.count('labelDecisions', keysOf(taskId))) === open.queue.length) return open;
    const task = await getLabelTask(this.db, taskId);
    const ids = await rowIdsOf(this.db, datasetId);
    const suggestions = await openSuggestions(this.db, task, await getDataset(this.db, datasetId));
    const { order } = suggestions;
    const passes = only && (await this.tables.passing(this.db, { datasetId, ...only, sort: AS_STORED }));
    const rows = { ...(order && { order }), ...(passes && { passes }) };
    const queue = new LabelQueue(task, ids, await labelDecisions(this.db, taskId), rows);
    return (this.#open = { taskId, datasetId, ...(only && { only }), task, queue, suggestions });
  }

  /** The answer to a row as it stands here: in the order of the import, or for these texts alone. */
  async #stored(
    { task, datasetId }: OpenQueue,
    { rowId, answer }: LabelDecision,
    known?: number,
  ): Promise<LabelAnswer> {
    if (answer.kind !== 'better' && answer.kind !== 'fix') return answer;
    const position = known ?? (await rowIdsOf(this.db, datasetId)).indexOf(rowId);
    const [row] = position < 0 ? [] : await storedRowsFrom(this.db, datasetId, position, 1);
    if (!row) return answer;
    if (answer.kind === 'better') return otherOrder(answer, row.facts, task);
    const content = contentOfRows(await getDataset(this.db, datasetId));
    return { ...answer, of: keyOfTexts(cleanRow(row, content).parts) };
  }

  async #item(open: OpenQueue, { rowId, position }: AskedRow): Promise<LabelItem> {
    const { task, queue, datasetId, brought, suggestions } = open;
    const content = contentOfRows(await getDataset(this.db, datasetId));
    const [stored] = await storedRowsFrom(this.db, datasetId, position, 1);
    if (!stored) throw new AtelierError('dataset-missing');
    const { parts, facts } = cleanRow(stored, content);
    const [suggested, given] = [suggestions.at(position), suggestions.givenAt(position)];
    return {
      ...(suggested && { suggested }),
      ...(given && { given }),
      ...{ id: rowId, row: stored.row, content, parts, facts, number: queue.number, turned: isTurned(task, rowId) },
      ...(brought?.rowId === rowId && { before: otherOrder(brought.answer, facts, task) }),
    };
  }
}
