/** Reads the rows of a request from storage, each with its number and whether a person left it out. */
import { augmentedGroup, isAugmented } from '../../base/records/augmented';
import { AtelierError } from '../../base/errors/errors';
import type { DatasetContent } from '../../base/records/dataset';
import type { Id } from '../../base/records/named';
import type { PickedRow, RowPicks } from '../../base/records/prepared';
import type { RowFacts } from '../../base/records/recipe';
import type { PrepareRequest } from '../../base/wire/requests';
import { textKey } from '../../data/checks/textKey';
import { allStoredRows, getDataset, rowsFrom } from '../../storage/datasets';
import type { AtelierDb } from '../../storage/db';

/** A row as the task reads it. */
export interface NumberedRow {
  row: string;
  /** From 1 over all datasets in order, as findings count them. */
  number: number;
  /** The place of its dataset among those of the request. */
  dataset: number;
  /** A person left just this row out. */
  picked: boolean;
  /** The row itself says that it is held out, or that it was made of others and never is. */
  says?: 'held' | 'made';
  /** What it shares with the rows that were made of it, or with the one that it was made of. */
  group?: string;
}

/**
 * Every row, those that are left out too: the split is made of all of them, so that leaving one out moves no other.
 * @param asRead a kept row as the task reads it
 * @throws dataset-missing, dataset-damaged, picked-row-changed
 */
export async function* readRows(
  db: AtelierDb,
  { datasetIds, picks }: Pick<PrepareRequest, 'datasetIds' | 'picks'>,
  asRead: (kept: string, content: DatasetContent, facts: RowFacts) => string = (kept) => kept,
): AsyncGenerator<NumberedRow> {
  let number = 0;
  for (const [dataset, id] of datasetIds.entries()) {
    const { content = 'text', name } = await getDataset(db, id);
    const hashes = pickedOf(picks, id);
    let at = 0;
    for await (const { row: kept, facts } of allStoredRows(db, id)) {
      const hash = hashes.get(++at);
      if (hash !== undefined && hash !== textKey(kept)) throw new AtelierError('picked-row-changed', { row: at, name });
      const [says, group] = [saysOf(facts), augmentedGroup(facts)];
      const row = { row: asRead(kept, content, facts), number: ++number, dataset, picked: hash !== undefined };
      yield { ...row, ...(says && { says }), ...(group !== undefined && { group }) };
    }
  }
}

function saysOf(facts: RowFacts): NumberedRow['says'] {
  if (isAugmented(facts)) return 'made';
  return facts['split'] === 'validation' ? 'held' : undefined;
}

const pickedOf = (picks: RowPicks | undefined, id: Id): Map<number, number> =>
  new Map(picks?.rows?.flatMap(({ datasetId, row, hash }) => (datasetId === id ? [[row, hash]] : [])));

/**
 * Rows as they are picked, each with the hash of its text.
 * @param numbers from 1 in the dataset
 * @throws dataset-missing, dataset-damaged
 */
export async function pickRows(db: AtelierDb, datasetId: Id, numbers: readonly number[]): Promise<PickedRow[]> {
  const picked: PickedRow[] = [];
  for (const row of numbers) {
    const [kept] = await rowsFrom(db, datasetId, row - 1, 1);
    if (kept !== undefined) picked.push({ datasetId, row, hash: textKey(kept) });
  }
  return picked;
}
