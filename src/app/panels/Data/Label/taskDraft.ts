// What a new label task is filled with, and what is wrong with it. It draws nothing.
import type { DatasetRecord } from '../../../../base/records/dataset';
import { LABEL_KINDS, LABEL_ORDERS, MOST_CLASSES, type LabelKind } from '../../../../base/records/labels';
import { fieldsOf, textIn } from '../../../state/drafts';

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

/** What the form begins with: what was typed for this dataset and not begun yet, else the usual. */
export function typedTask(draft: unknown, datasetId: string) {
  const fields = fieldsOf(draft);
  const typed = fields['of'] === datasetId ? fields : {};
  return {
    name: textIn(typed['name']) ?? '',
    kind: LABEL_KINDS.find((kind) => kind === typed['kind']) ?? 'keep',
    classes: textIn(typed['classes']) ?? '',
    several: typed['several'] === true,
    guidelines: textIn(typed['guidelines']) ?? '',
    order: LABEL_ORDERS.find((order) => order === typed['order']) ?? 'shuffled',
  };
}

/** The columns beside the rows, as far as their names are known without reading the rows. */
export const columnsBeside = ({ version, report }: DatasetRecord): string[] =>
  version ? version.sheet.columns.map(({ name }) => name) : (report?.kept ?? []).map(({ field }) => field);
