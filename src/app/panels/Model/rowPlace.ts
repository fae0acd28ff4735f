// Finds the dataset and the position of a row that was counted over several datasets.
import type { DatasetRecord } from '../../../base/records/dataset';
import type { Id } from '../../../base/records/named';

/** Where a row of several texts stands: findings count from 1 over all of them in order. */
export function placeOf(
  row: number,
  datasetIds: readonly Id[],
  datasets: readonly DatasetRecord[],
): { dataset: DatasetRecord; index: number } | undefined {
  let before = 0;
  for (const id of datasetIds) {
    const dataset = datasets.find((d) => d.id === id);
    if (!dataset) return undefined;
    if (row <= before + dataset.rows) return { dataset, index: row - before - 1 };
    before += dataset.rows;
  }
  return undefined;
}
