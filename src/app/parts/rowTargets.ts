// Where rows that are written in the studio can go: a new dataset, or the next version of one that holds such rows.
import { rootIdOf, type DatasetContent, type DatasetRecord } from '../../base/records/dataset';
import type { Id } from '../../base/records/named';
import type { RowTarget } from '../../base/wire/written';

/** In the place of a dataset's id. */
export const NEW_DATASET = 'new';

/** The newest version of each family with rows of that kind. */
export function appendable(list: readonly DatasetRecord[], content: DatasetContent): DatasetRecord[] {
  const newest = new Map<Id, DatasetRecord>();
  for (const dataset of list) {
    if ((dataset.content ?? 'text') !== content) continue;
    const root = rootIdOf(dataset);
    const other = newest.get(root);
    if (!other || (dataset.version?.number ?? 1) > (other.version?.number ?? 1)) newest.set(root, dataset);
  }
  return [...newest.values()];
}

/** The newest version of the family that a dataset is of; undefined where it is not here. */
export const newestLike = (
  list: readonly DatasetRecord[],
  content: DatasetContent,
  id: Id | undefined,
): Id | undefined => {
  const root = list.filter((dataset) => dataset.id === id).map(rootIdOf)[0];
  return appendable(list, content).find((dataset) => rootIdOf(dataset) === root)?.id;
};

export const rowTarget = (chosen: string, name: string): RowTarget =>
  chosen === NEW_DATASET ? { name } : { datasetId: chosen };
