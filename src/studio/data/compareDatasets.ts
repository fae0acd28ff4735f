// Two versions of a dataset compared row by row, by the ids that their rows share. It keeps numbers of rows, no texts.
import { throwIfCancelled } from '../../base/errors/errors';
import type { DatasetContent, StoredRow } from '../../base/records/dataset';
import type { Id } from '../../base/records/named';
import type { CompareRequest, RowChange, RowDifference, RowDifferences } from '../../base/wire/recipes';
import { plainText } from '../../data/chat/conversationText';
import { textKey } from '../../data/checks/textKey';
import { Yielding } from '../../data/yielding';
import { allStoredRows, getDataset } from '../../storage/datasets';
import type { AtelierDb } from '../../storage/db';
import type { RecipeOptions } from './datasetPasses';

const keyOf = ({ row, facts }: StoredRow): number => textKey(`${row}\n${JSON.stringify(facts)}`);

/**
 * @throws dataset-missing, dataset-damaged, cancelled
 */
export async function compareDatasets(
  db: AtelierDb,
  { before, after, change, from, count }: CompareRequest,
  options: RecipeOptions = {},
): Promise<RowDifferences> {
  const [a, b] = [await getDataset(db, before), await getDataset(db, after)];
  const rows = watched(a.rows + b.rows, options);
  const left = new Map<number, number>();
  const ids: Record<RowChange, number[]> = { added: [], removed: [], changed: [] };
  let same = 0;
  for await (const row of rows(allStoredRows(db, before))) left.set(row.id, keyOf(row));
  for await (const row of rows(allStoredRows(db, after))) {
    const key = left.get(row.id);
    left.delete(row.id);
    if (key === undefined) ids.added.push(row.id);
    else if (key === keyOf(row)) same++;
    else ids.changed.push(row.id);
  }
  for (const id of left.keys()) ids.removed.push(id);
  const shown = new Set(ids[change].slice(from, from + count));
  return {
    counts: { added: ids.added.length, removed: ids.removed.length, changed: ids.changed.length, same },
    rows: await textsOfRows(db, shown, [a, b]),
  };
}

/** A row's text in both, for the page; long ones are cut. */
const LONGEST = 2000;

type Side = { id: Id; content?: DatasetContent };

async function textsOfRows(
  db: AtelierDb,
  shown: ReadonlySet<number>,
  [a, b]: readonly [Side, Side],
): Promise<RowDifference[]> {
  const [before, after] = [await textsIn(db, shown, a), await textsIn(db, shown, b)];
  return [...shown].map((id) => {
    const [was, is] = [before.get(id), after.get(id)];
    return { id, ...(was !== undefined && { before: was }), ...(is !== undefined && { after: is }) };
  });
}

async function textsIn(
  db: AtelierDb,
  shown: ReadonlySet<number>,
  { id, content = 'text' }: Side,
): Promise<Map<number, string>> {
  const texts = new Map<number, string>();
  if (!shown.size) return texts;
  for await (const { row, facts, id: rowId } of allStoredRows(db, id)) {
    if (!shown.has(rowId)) continue;
    const columns = Object.entries(facts).map(([name, value]) => `${name}: ${String(value)}`);
    texts.set(rowId, [plainText(row, content).slice(0, LONGEST), ...columns].join('\n'));
    if (texts.size === shown.size) break;
  }
  return texts;
}

/** Rows that are counted on their way, over several readings. */
function watched(total: number, { onProgress, signal }: RecipeOptions) {
  const pace = new Yielding(signal);
  let done = 0;
  return async function* <T>(rows: AsyncIterable<T>): AsyncGenerator<T> {
    throwIfCancelled(signal);
    for await (const row of rows) {
      yield row;
      done++;
      if (!pace.due()) continue;
      onProgress?.({ phase: 'checking', done, total, unit: 'rows' });
      await pace.rest();
    }
  };
}
