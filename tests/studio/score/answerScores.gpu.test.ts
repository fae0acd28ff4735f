// Answers of label tasks under a loaded model: against transformers (tests/fixtures/row_losses.py), and as the desk
// shows them.
import { beforeAll, describe, expect, test } from 'vitest';
import type { LabelAnswer, LabelTask } from '../../../src/base/records/labels';
import type { AnswersRequest } from '../../../src/base/wire/scoring';
import { keepLabelTask, labelDecisions } from '../../../src/storage/labels';
import { allScores } from '../../../src/storage/scores';
import { ComputeStudio } from '../../../src/studio/computeStudio';
import { LabelDesk } from '../../../src/studio/data/labelDesk';
import { dawn } from '../../dawn';
import { labelTask } from '../../data/labels/tasks';
import { freshStorage } from '../../storage/storage';
import { letterModel, lettersGolden, storedLetters } from './families';

beforeAll(() => void dawn());

const { prompts, answers, found } = lettersGolden();
const classes = (name: string): LabelAnswer => ({ kind: 'classes', classes: [name] });
const requestOf = (datasetId: string, weightsId: string, patch: Partial<AnswersRequest> = {}): AnswersRequest => ({
  ...{ datasetId, weightsId, model: 'tiny', taskId: 't', prompt: '{text}', conversational: false },
  ...{ answers: answers.map((word) => ({ answer: classes(word), word })), places: prompts.map((_, i) => i) },
  ...patch,
});
const asked = (studio: ComputeStudio, request: AnswersRequest) =>
  studio.suggestAnswers(request, () => undefined, new AbortController().signal);

describe('answers of a label task', () => {
  test.each(['gpt2', 'llama'] as const)('are as likely as transformers finds them under %s', async (name) => {
    const db = await freshStorage();
    const model = await letterModel(db, name);
    const { id } = await storedLetters(db, prompts);
    const scored = await asked(new ComputeStudio(db), requestOf(id, model.id));
    expect(scored).toEqual({ rows: prompts.length, cut: 0, refused: 0 });
    const [scores] = await allScores(db, id, prompts.length);
    found[name].answers.flat().forEach((probability, i) => expect(scores!.values[i]).toBeCloseTo(probability, 4));
  });

  test('are suggested row by row, asked where the model is least sure, and what was taken is told apart', async () => {
    const db = await freshStorage();
    const model = await letterModel(db, 'llama');
    const { id } = await storedLetters(db, prompts);
    const task: LabelTask = labelTask({ id: 't', kind: 'classes', classes: answers, order: 'uncertain', rootId: id });
    await keepLabelTask(db, task);
    const [desk, place] = [new LabelDesk(db), { taskId: task.id, datasetId: id }];
    expect((await desk.view(place)).item!.suggested).toBeUndefined();
    expect(await desk.openPlaces(place, 3)).toEqual([0, 1, 2]);
    await asked(new ComputeStudio(db), requestOf(id, model.id, { taskId: task.id }));

    const margins = found.llama.answers.map((each, row) => {
      const [first, second] = each.toSorted((a, b) => b - a);
      return [first! - second!, row] as const;
    });
    const order = margins.sort(([a], [b]) => a - b).map(([, row]) => row);
    expect(await desk.openPlaces(place, 3)).toEqual(order.slice(0, 3));
    const view = await desk.view(place);
    expect(view.by).toEqual({ model: 'tiny', rows: prompts.length, cut: 0, refused: 0 });
    const likeliest = found.llama.answers[order[0]!]!;
    const best = likeliest.indexOf(Math.max(...likeliest));
    expect(view.item!.id).toBe(order[0]);
    expect(view.item!.suggested).toMatchObject({ model: 'tiny', answer: classes(answers[best]!) });
    expect(view.item!.suggested!.probability).toBeCloseTo(likeliest[best]!, 4);

    const other = answers[(best + 1) % 3]!;
    const next = await desk.decide(place, { rowId: order[0]!, answer: view.item!.suggested!.answer, at: 1 });
    await desk.decide(place, { rowId: next.item!.id, answer: { kind: 'skip' }, at: 2 });
    const third = (await desk.view(place)).item!;
    const own =
      third.suggested!.answer.kind === 'classes' && third.suggested!.answer.classes[0] === other
        ? answers[(best + 2) % 3]!
        : other;
    const last = await desk.decide(place, { rowId: third.id, answer: classes(own), at: 3 });
    expect((await labelDecisions(db, task.id)).map(({ origin, by }) => [origin, by])).toEqual([
      ['suggested', 'tiny'],
      [undefined, undefined],
      ['own', 'tiny'],
    ]);
    expect(last.progress.suggested).toEqual({ shown: 2, taken: 1 });
  });

  test('a row that is too long is read from its beginning, and two answers are compared by their means', async () => {
    const db = await freshStorage();
    const model = await letterModel(db, 'gpt2');
    const { id } = await storedLetters(db, ['丁'.repeat(200), '七']);
    const studio = new ComputeStudio(db);
    const prompt = '且{text}丑：';
    const few = { prompt, places: [0, 1] };
    expect(await asked(studio, requestOf(id, model.id, few))).toEqual({ rows: 2, cut: 1, refused: 0 });

    const pair = (chosen: string, rejected: string): string =>
      JSON.stringify({
        ...{ prompt: [{ role: 'user', content: '且' }] },
        ...{ chosen: [{ role: 'assistant', content: chosen }], rejected: [{ role: 'assistant', content: rejected }] },
      });
    const pairs = await storedLetters(db, [pair('丁', '丁七丑'), pair('丁七丑', '丁')], { content: 'preference' });
    const better = (['first', 'second'] as const).map((side) => ({
      answer: { kind: 'better' as const, better: side },
      word: '',
    }));
    await asked(studio, requestOf(pairs.id, model.id, { ...{ answers: better, compares: 'pair', places: [0, 1] } }));
    const [scores] = await allScores(db, pairs.id, 2);
    const [a, b, c, d] = scores!.values;
    expect(a! + b!).toBeCloseTo(1, 5);
    expect([a, b]).toEqual([d, c]); // the same two answers, the other way round
  });
});
