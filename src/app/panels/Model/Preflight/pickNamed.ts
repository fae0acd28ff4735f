// Rows that a finding names, counted over all texts, as a run is asked to leave them out.
import type { DatasetRecord } from '../../../../base/records/dataset';
import type { Id } from '../../../../base/records/named';
import type { PickedRow } from '../../../../base/records/prepared';
import { dataWorker } from '../../../remote';
import { placeOf } from '../rowPlace';

/** @throws what the worker throws: dataset-missing, dataset-damaged */
export async function pickNamed(
  rows: readonly number[],
  datasetIds: readonly Id[],
  datasets: readonly DatasetRecord[],
): Promise<PickedRow[]> {
  const places = rows.flatMap((row) => placeOf(row, datasetIds, datasets) ?? []);
  const ofText = (id: Id): Promise<PickedRow[]> => {
    const own = places.filter(({ dataset }) => dataset.id === id).map(({ index }) => index + 1);
    return own.length > 0 ? dataWorker.pickRows(id, own) : Promise.resolve([]);
  };
  return (await Promise.all(datasetIds.map(ofText))).flat();
}
