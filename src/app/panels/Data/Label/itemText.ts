// The texts of an item: all it says in one piece, and the two answers that are compared. It draws nothing.
import type { LabelTask } from '../../../../base/records/labels';
import type { LabelItem } from '../../../../base/wire/labels';

/** A stretch that a person selected in a part of the row, in UTF-16 units. */
export interface Selected {
  part: number;
  start: number;
  end: number;
  text: string;
}

export const itemText = ({ parts }: Pick<LabelItem, 'parts'>): string => parts.map(({ text }) => text).join('\n');

type Part = LabelItem['parts'][number];

export interface Compared {
  /** What both answer. */
  asked: readonly Part[];
  a: string;
  b: string;
}

/** The two answers in the order in which they are shown. */
export function comparedIn({ parts, facts, turned }: LabelItem, { columns }: Pick<LabelTask, 'columns'>): Compared {
  const sideOf = (side: Part['side']): string =>
    parts
      .filter((part) => part.side === side)
      .map(({ text }) => text)
      .join('\n');
  const [first, second] = columns
    ? [String(facts[columns[0]] ?? ''), String(facts[columns[1]] ?? '')]
    : [sideOf('chosen'), sideOf('rejected')];
  const asked = parts.filter(({ side }) => side === undefined);
  return turned ? { asked, a: second, b: first } : { asked, a: first, b: second };
}
