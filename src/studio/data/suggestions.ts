// What a model found of the answers to a label task, as the desk reads it: suggestions, the order that follows from
// them, and the labels beside the rows that it doubts. It asks no model.
import type { DatasetRecord } from '../../base/records/dataset';
import type { LabelAnswer, LabelDecision, LabelTask } from '../../base/records/labels';
import type { RowFacts } from '../../base/records/recipe';
import type { AnswerScores, RowScores } from '../../base/records/scores';
import type { LabelItem, SuggestedBy, Suggestion } from '../../base/wire/labels';
import { answerKey } from '../../data/labels/answers';
import { doubtsOf, uncertainFirst } from '../../data/labels/doubts';
import { guessesOf, probabilitiesAt, suggestionAt } from '../../data/labels/guesses';
import type { AtelierDb } from '../../storage/db';
import { allScores, scoreNumbers } from '../../storage/scores';
import { DatasetPasses } from './datasetPasses';

export interface Suggestions {
  /** The numbers that finds beside the rows were stored by when these were read. */
  numbers: string;
  at(place: number): Suggestion | undefined;
  /** The label beside a row, in the order by doubt. */
  givenAt(place: number): LabelItem['given'];
  by?: SuggestedBy;
  /** Absent: that of the task. */
  order?: Uint32Array;
}

/** The column beside the rows that says what a row is. */
const GIVEN: Partial<Record<LabelTask['kind'], string>> = { classes: 'label', rating: 'rating' };

/** @throws dataset-damaged */
export async function openSuggestions(db: AtelierDb, task: LabelTask, dataset: DatasetRecord): Promise<Suggestions> {
  const numbers = String(await scoreNumbers(db, dataset.id));
  const scores = (await allScores(db, dataset.id, dataset.rows)).find(isOf(task));
  if (!scores) return { numbers, at: () => undefined, givenAt: () => undefined };
  const guesses = guessesOf(scores);
  const given = task.order === 'doubtful' ? await givenLabels(db, task, dataset, scores.about) : undefined;
  const doubts = given && doubtsOf(guesses, given.classes);
  const order = doubts?.order ?? (task.order === 'uncertain' ? uncertainFirst(guesses, dataset.rows) : undefined);
  const { model, cut, refused } = scores.about;
  const rows = scores.values.filter((value, i) => i % guesses.each === 0 && value >= 0).length;
  return {
    numbers,
    at: (place) => suggestionAt(scores, place),
    givenAt: (place) => {
      const label = given?.classes[place] ?? -1;
      const found = label >= 0 ? probabilitiesAt(guesses, place) : undefined;
      return found && { label: given!.names[label]!, probability: found[label]! };
    },
    by: { model, rows, cut, refused, ...(doubts && { doubted: doubts.doubted }) },
    ...(order && { order }),
  };
}

/** Those of the classes that the task has now: a class that came later was not asked about. */
const isOf =
  (task: LabelTask) =>
  (scores: RowScores): scores is RowScores<AnswerScores> => {
    if (scores.about.kind !== 'answers' || scores.about.taskId !== task.id) return false;
    return task.kind !== 'classes' || String(scores.about.answers.map(nameOf)) === String(task.classes);
  };

/** Which answer the column beside each row names. */
async function givenLabels(db: AtelierDb, { kind }: LabelTask, dataset: DatasetRecord, { answers }: AnswerScores) {
  const names = answers.map(nameOf);
  const classes = new Int32Array(dataset.rows).fill(-1);
  const column = GIVEN[kind];
  const labelIn = (facts: RowFacts): number => (column === undefined ? -1 : names.indexOf(String(facts[column] ?? '')));
  await new DatasetPasses(db, dataset, 'checking', {}).each(({ facts }, place) => (classes[place] = labelIn(facts)));
  return { names, classes };
}

function nameOf(answer: LabelAnswer): string {
  if (answer.kind === 'classes') return answer.classes[0] ?? '';
  return answer.kind === 'rating' ? String(answer.rating) : '';
}

/** Whether a person took what was suggested. */
export const suggestionOrigin = (
  answer: LabelAnswer,
  { answer: likeliest, model }: Suggestion,
): Pick<LabelDecision, 'origin' | 'by'> => ({
  origin: answer.kind === likeliest.kind && answerKey(answer) === answerKey(likeliest) ? 'suggested' : 'own',
  by: model,
});
