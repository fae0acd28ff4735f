// What a model is asked about the rows of a label task: the prompt, and the words by which it answers.
import type { DatasetRecord } from '../../../../base/records/dataset';
import {
  LABEL_ORDERS,
  MOST_RATING,
  type LabelKind,
  type LabelOrder,
  type LabelTask,
} from '../../../../base/records/labels';
import { ROW_SLOT, type AnswersRequest } from '../../../../base/wire/scoring';
import { m } from '../../../words/generated/messages.js';

export const ORDER_WORDS: Record<LabelOrder, () => string> = {
  shuffled: m.label_order_shuffled,
  rows: m.label_order_rows,
  uncertain: m.label_order_uncertain,
  doubtful: m.label_order_doubtful,
};

/** The orders by what a model said, with the tasks whose questions it answers, or whose labels it can doubt. */
const BY_MODEL: Partial<Record<LabelOrder, readonly LabelKind[]>> = {
  uncertain: ['keep', 'classes', 'rating', 'better'],
  doubtful: ['classes', 'rating'],
};

export const isByModel = (order: LabelOrder): boolean => order in BY_MODEL;

/**
 * The orders in which rows of a task can be asked.
 * @param now the one that a task has already
 */
export const ordersFor = (kind: LabelKind, now?: LabelOrder): LabelOrder[] =>
  LABEL_ORDERS.filter((order) => order === now || (BY_MODEL[order]?.includes(kind) ?? true));

/** Two answers are told by their texts, every other answer by a word. */
export function answersAsked({ kind, classes }: LabelTask): Pick<AnswersRequest, 'answers'> {
  switch (kind) {
    case 'keep':
      return {
        answers: [
          { answer: { kind: 'keep' }, word: m.label_keep().toLowerCase() },
          { answer: { kind: 'drop' }, word: m.label_drop().toLowerCase() },
        ],
      };
    case 'classes':
      return { answers: classes.map((word) => ({ answer: { kind, classes: [word] }, word })) };
    case 'rating':
      return {
        answers: Array.from({ length: MOST_RATING }, (_, i) => {
          const rating = i + 1;
          return { answer: { kind, rating }, word: String(rating) };
        }),
      };
    case 'better':
      return { answers: (['first', 'second'] as const).map((better) => ({ answer: { kind, better }, word: '' })) };
    case 'spans':
      return { answers: [] };
  }
}

/** Where the two answers of a row stand; undefined where words are asked for. */
export function comparesIn(
  { kind, columns }: LabelTask,
  { content }: Pick<DatasetRecord, 'content'>,
): AnswersRequest['compares'] {
  if (kind !== 'better') return undefined;
  return columns ?? (content === 'preference' ? 'pair' : undefined);
}

/** With the guidelines before it, as a person reads them. */
export function usualPrompt(task: LabelTask): string {
  const answers = answersAsked(task)
    .answers.map(({ word }) => word)
    .join(', ');
  const text = ROW_SLOT;
  const asked =
    task.kind === 'classes'
      ? m.label_suggest_prompt_classes({ text, answers })
      : task.kind === 'rating'
        ? m.label_suggest_prompt_rating({ text })
        : m.label_suggest_prompt_keep({ text, answers });
  return task.guidelines === '' ? asked : `${task.guidelines}\n\n${asked}`;
}
