// Which datasets are versions of one import: by the id of the import, which each version names.
import { rootIdOf, type DatasetRecord } from '../../../../base/records/dataset';

export const versionNumber = ({ version }: DatasetRecord): number => version?.number ?? 1;

/** By their numbers. */
export const familyOf = (dataset: DatasetRecord, list: readonly DatasetRecord[]): DatasetRecord[] =>
  list.filter((other) => rootIdOf(other) === rootIdOf(dataset)).sort((a, b) => versionNumber(a) - versionNumber(b));
