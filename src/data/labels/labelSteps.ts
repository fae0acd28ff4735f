// The steps of a recipe that carry out the answers of a label task: changes by hand for rows that were fixed or
// dropped, labels for all else.
import type { LabelAnswer, LabelTask } from '../../base/records/labels';
import type { RecipeStep, StepSettings } from '../../base/records/recipe';
import type { RowLabel } from '../clean/labels';

/**
 * @param answers By the id of the row, without rows that were put off
 * @param labelledOnly Rows without an answer are left out
 */
export function labelSteps(
  { kind, several, columns }: Pick<LabelTask, 'kind' | 'several' | 'columns'>,
  answers: ReadonlyMap<number, LabelAnswer>,
  labelledOnly: boolean,
): RecipeStep[] {
  const edits = [...answers].flatMap(([id, answer]) => editOf(id, answer));
  const labels = [...answers].flatMap(([id, answer]) => labelOf(id, answer, several === true));
  const unlabelled = labelledOnly ? 'leave-out' : 'keep';
  const settings = {
    labels: labels.map((label) => JSON.stringify(label)),
    columns: columns ?? [],
    unlabelled,
    ties: 'leave-out',
  };
  return [
    ...(labelledOnly || kind !== 'keep' ? [step('labels', settings)] : []),
    ...(edits.length ? [step('edit', { edits })] : []),
  ];
}

const step = (kind: string, settings: StepSettings): RecipeStep => ({ id: kind, kind, on: true, settings });

function editOf(id: number, answer: LabelAnswer): string[] {
  if (answer.kind === 'drop') return [JSON.stringify({ id })];
  return answer.kind === 'fix' ? [JSON.stringify({ id, texts: answer.texts, of: answer.of })] : [];
}

/** A row that is kept or fixed is labelled without a column. */
function labelOf(id: number, answer: LabelAnswer, several: boolean): RowLabel[] {
  switch (answer.kind) {
    case 'classes': {
      const [label] = answer.classes;
      return [several ? { id, labels: answer.classes } : { id, ...(label !== undefined && { label }) }];
    }
    case 'rating':
      return [{ id, rating: answer.rating }];
    case 'better':
      return [{ id, better: answer.better }];
    case 'spans':
      return [{ id, spans: answer.spans }];
    case 'skip':
      return [];
    default:
      return [{ id }];
  }
}
