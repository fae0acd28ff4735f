// Which datasets are versions of one import: by the id of the import, which each version names.
import type { DatasetRecord } from '../../../../base/records/dataset';
import type { Id } from '../../../../base/records/named';

const rootOf = ({ id, version }: DatasetRecord): Id => version?.rootId ?? id;

export const versionNumber = ({ version }: DatasetRecord): number => version?.number ?? 1;

/** By their numbers. */
export const familyOf = (dataset: DatasetRecord, list: readonly DatasetRecord[]): DatasetRecord[] =>
  list.filter((other) => rootOf(other) === rootOf(dataset)).sort((a, b) => versionNumber(a) - versionNumber(b));
