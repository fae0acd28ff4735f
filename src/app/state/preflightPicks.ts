// What a person picked of the rows of a run: put together, and read from what a browser kept. Which rows a choice hits
// is found where the rows are read.
import type { Id } from '../../base/records/named';
import type { PickedRow, RowPicks } from '../../base/records/prepared';
import { fieldsOf, numberIn, textIn } from './drafts';

/** What of it is about just these texts; undefined where that is nothing. */
export function picksOf(
  { repeats, near, leaks, rows = [] }: RowPicks,
  datasetIds: readonly Id[],
): RowPicks | undefined {
  const own = rows.filter(({ datasetId }) => datasetIds.includes(datasetId));
  const chosen = { ...(repeats && { repeats }), ...(near && { near }), ...(leaks && { leaks }) };
  const picks = { ...chosen, ...(own.length > 0 && { rows: own }) };
  return Object.keys(picks).length > 0 ? picks : undefined;
}

/** With these rows left out too. */
export function withRows(picks: RowPicks, rows: readonly PickedRow[]): RowPicks {
  const all = [...(picks.rows ?? []), ...rows].map((row): [string, PickedRow] => [`${row.datasetId} ${row.row}`, row]);
  return { ...picks, rows: [...new Map(all).values()] };
}

/** Without one of the choices. */
export const withoutPick = (picks: RowPicks, kind: keyof RowPicks): RowPicks =>
  Object.fromEntries(Object.entries(picks).filter(([key]) => key !== kind));

const isPicked = (row: unknown): PickedRow[] => {
  const fields = fieldsOf(row);
  const [datasetId, at] = [textIn(fields['datasetId']), numberIn(fields['row'], 1, Number.MAX_SAFE_INTEGER)];
  const hash = numberIn(fields['hash'], 0, Number.MAX_SAFE_INTEGER);
  return datasetId === undefined || at === undefined || hash === undefined ? [] : [{ datasetId, row: at, hash }];
};

/** What a kept draft holds of it. */
export function readPicks(kept: unknown): RowPicks {
  const { repeats, near, leaks, rows } = fieldsOf(kept);
  const own = Array.isArray(rows) ? rows.flatMap(isPicked) : [];
  return {
    ...(repeats === true && { repeats: true }),
    ...(near === true && { near: true }),
    ...(leaks === true && { leaks: true }),
    ...(own.length > 0 && { rows: own }),
  };
}
