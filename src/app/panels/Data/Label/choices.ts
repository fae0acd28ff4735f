// The answers that an item can be given, each with its key: what the buttons show and the keyboard does.
import type { LabelAnswer, LabelTask } from '../../../../base/records/labels';
import { MOST_RATING } from '../../../../base/records/labels';
import { language } from '../../../words/language.svelte';
import { m } from '../../../words/generated/messages.js';

export interface Choice {
  key: string;
  words: string;
  /** What it does: decides with this answer, opens the fields, or takes a class to be decided with Enter. */
  does: { answer: LabelAnswer } | { fix: true } | { take: string } | { next: true };
}

const decides = (key: string, words: string, answer: LabelAnswer): Choice => ({ key, words, does: { answer } });

/** @param turned The second of two answers stands as A */
export function labelChoices(task: LabelTask, turned: boolean): Choice[] {
  return [...ownChoices(task, turned), decides('s', m.label_skip(), { kind: 'skip' })];
}

function ownChoices({ kind, classes, several }: LabelTask, turned: boolean): Choice[] {
  const next: Choice = { key: 'Enter', words: m.label_next(), does: { next: true } };
  const takes = classes.map((words, i): Choice => ({ key: String(i + 1), words, does: { take: words } }));
  switch (kind) {
    case 'keep':
      return [
        decides('k', m.label_keep(), { kind: 'keep' }),
        { key: 'f', words: m.label_fix(), does: { fix: true } },
        decides('d', m.label_drop(), { kind: 'drop' }),
      ];
    case 'classes':
      if (several) return [...takes, next];
      return classes.map((name, i) => decides(String(i + 1), name, { kind, classes: [name] }));
    case 'rating':
      return Array.from({ length: MOST_RATING }, (_, i) =>
        decides(String(i + 1), language.format.integer(i + 1), { kind, rating: i + 1 }),
      );
    case 'better':
      return [
        decides('a', m.label_answer_a(), { kind, better: turned ? 'second' : 'first' }),
        decides('b', m.label_answer_b(), { kind, better: turned ? 'first' : 'second' }),
        decides('t', m.label_tie(), { kind, better: 'tie' }),
      ];
    case 'spans':
      return [...takes, next];
  }
}
