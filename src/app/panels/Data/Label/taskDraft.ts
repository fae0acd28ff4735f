// What a new label task is filled with, and what is wrong with it. It draws nothing.
import type { DatasetRecord } from '../../../../base/records/dataset';
import { MOST_CLASSES, type LabelKind } from '../../../../base/records/labels';

/** Classes as they are typed: one per line, each once. */
export const classesIn = (text: string): string[] => [
  ...new Set(
    text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== ''),
  ),
];

export const hasClasses = (kind: LabelKind): boolean => kind === 'classes' || kind === 'spans';

export type ClassesFault = 'missing' | 'many';

export function classesFault(kind: LabelKind, classes: readonly string[]): ClassesFault | undefined {
  if (!hasClasses(kind)) return undefined;
  if (!classes.length) return 'missing';
  return classes.length > MOST_CLASSES ? 'many' : undefined;
}

/** The columns beside the rows, as far as their names are known without reading the rows. */
export const columnsBeside = ({ version, report }: DatasetRecord): string[] =>
  version ? version.sheet.columns.map(({ name }) => name) : (report?.kept ?? []).map(({ field }) => field);
