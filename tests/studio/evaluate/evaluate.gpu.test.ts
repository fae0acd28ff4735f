// Two models on the same rows, as the studio measures, keeps and reports them: losses against transformers
// (tests/fixtures/row_losses.py), cut short and resumed, conversations with answers.
import { beforeAll, describe, expect, test } from 'vitest';
import type { EvaluationRequest } from '../../../src/base/wire/evaluation';
import { evaluationChunks, getEvaluation } from '../../../src/storage/evaluations';
import { listCheckpoints } from '../../../src/storage/checkpoints';
import { ComputeStudio } from '../../../src/studio/computeStudio';
import { evaluationFile } from '../../../src/studio/evaluate/evaluationFile';
import { evaluatedRowView, evaluationReport } from '../../../src/studio/evaluate/report';
import { dawn } from '../../dawn';
import { freshStorage } from '../../storage/storage';
import { publishedModel } from '../models/publishedModels';
import { TuningOnGpu } from '../tuningOnGpu';
import { letterModel, lettersGolden, storedLetters } from '../score/families';

beforeAll(() => void dawn());

const never = (): AbortSignal => new AbortController().signal;
const unheard = (): void => undefined;

const requestOf = (
  datasetId: string,
  models: EvaluationRequest['models'],
  patch: Partial<EvaluationRequest> = {},
): EvaluationRequest => ({
  ...{ name: 'better?', from: { kind: 'dataset', datasetId, name: 'rows' }, models },
  ...{ mostRows: 100, longestAnswer: 4, seed: 1, general: false },
  ...patch,
});

async function twoModels() {
  const db = await freshStorage();
  const { texts, found, context } = lettersGolden();
  const [first, second] = [await letterModel(db, 'gpt2'), await letterModel(db, 'llama')];
  const { id: datasetId } = await storedLetters(db, texts);
  const models = [first, second].map(({ id, name }) => ({ weightsId: id, name, writing: 'plain' as const }));
  return { db, texts, found, context, studio: new ComputeStudio(db), request: requestOf(datasetId, models) };
}

describe('an evaluation', () => {
  test('has the losses that transformers gives, by row and in all', async () => {
    const { db, texts, found, context, studio, request } = await twoModels();
    const { id, parts, total } = await studio.evaluations.begin(request, never());
    expect({ parts, total }).toEqual({ parts: ['language'], total: 2 * texts.length });
    await studio.evaluations.measure(id, unheard, never());
    const report = await evaluationReport(db, id);
    const tokens = texts.map((text) => Math.min(text.length, context));
    const all = tokens.reduce((sum, count) => sum + count, 0);
    const meanOf = (losses: readonly number[]): number =>
      losses.reduce((sum, loss, row) => sum + loss * tokens[row]!, 0) / all;
    const loss = report.main[0]!;
    expect(loss).toMatchObject({ key: 'loss', direction: 'down' });
    expect(loss.values[0]).toBeCloseTo(meanOf(found.gpt2.unended), 4);
    expect(loss.values[1]).toBeCloseTo(meanOf(found.llama.unended), 4);
    expect(loss.comparisons[0]).toMatchObject({ model: 1, to: 0, rows: texts.length, notScored: 0 });
    expect(loss.comparisons[0]!.difference).toBeCloseTo(loss.values[1]! - loss.values[0]!, 6);
    const bits = report.metrics.find(({ key }) => key === 'bitsPerByte')!;
    expect(bits.values[0]).toBeGreaterThan(0);
    const { found: one } = await evaluatedRowView(db, id, 0);
    expect(one[0]!.language).toMatchObject({ part: 'language', tokens: tokens[0] });
    const { pieces, losses } = await studio.evaluations.tokenLosses(id, 0, 0, never());
    expect(losses[0]).toBeNull();
    const graded = losses.filter((value) => value !== null);
    expect(graded.reduce((sum, value) => sum + value, 0) / graded.length).toBeCloseTo(found.gpt2.unended[0]!, 4);
    expect(pieces).toHaveLength(losses.length);
    const { blob, fileName } = await evaluationFile(db, id, 'csv');
    expect((await blob.text()).trim().split('\r\n')).toHaveLength(1 + 2 * texts.length);
    expect(fileName).toBe('better.csv');
  });

  test('that was cut short keeps what was measured, and measures the rest alone', async () => {
    const { db, texts, studio, request } = await twoModels();
    const { id } = await studio.evaluations.begin(request, never());
    const stop = new AbortController();
    const first = studio.evaluations.measure(id, () => stop.abort(), stop.signal);
    await expect(first).rejects.toMatchObject({ code: 'cancelled' });
    const { done } = await getEvaluation(db, id);
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(2 * texts.length);
    // another visit
    const progress: number[] = [];
    await new ComputeStudio(db).evaluations.measure(id, ({ allDone }) => progress.push(allDone), never());
    expect(progress[0]).toBeGreaterThan(done);
    const results = (await evaluationChunks(db, id)).flatMap((chunk) =>
      chunk.kind === 'results' ? chunk.results.map(({ row }) => `${chunk.model} ${row}`) : [],
    );
    expect(new Set(results).size).toBe(results.length);
    expect(results).toHaveLength(2 * texts.length);
  });

  test('asks conversations for answers, general ones too, and a row that cannot be graded is not scored', async () => {
    const db = await freshStorage();
    const { id: weightsId } = await publishedModel(db);
    const talk = (weight: number, ...contents: string[]): string =>
      JSON.stringify({
        messages: contents.map((content, i) => ({
          role: i % 2 ? 'assistant' : 'user',
          content,
          ...(i % 2 && { weight }),
        })),
      });
    const rows = [talk(1, 'The fox', 'sat.'), talk(0, 'The owl', 'sat.'), talk(1, 'The owl sat on a box', 'It did.')];
    const { id: datasetId } = await storedLetters(db, rows, { content: 'chat' });
    const studio = new ComputeStudio(db);
    const models = (['template', 'plain'] as const).map((writing) => ({ weightsId, name: 'm', writing }));
    const record = await studio.evaluations.begin(requestOf(datasetId, models, { general: true }), never());
    expect(record.parts).toEqual(['language', 'generation']);
    expect(record.models[0]!.template).toMatch(/^[0-9a-f]{64}$/);
    expect(record.models[1]!.template).toBeUndefined();
    await studio.evaluations.measure(record.id, unheard, never());
    const report = await evaluationReport(db, record.id);
    expect(report).toMatchObject({ rows: 3, generalRows: 24 });
    // with and without the template are two results, compared with nothing of the other kind
    expect(report.main.map(({ comparisons }) => comparisons)).toEqual([[], []]);
    expect(report.findings).toContainEqual({
      ...{ code: 'not-scored', model: 0, part: 'language', error: 'rows-ungraded', rows: 1 },
    });
    const { found } = await evaluatedRowView(db, record.id, 1);
    expect(found[0]!.language).toEqual({ part: 'failed', code: 'rows-ungraded' });
    expect(found[0]!.generation).toMatchObject({ part: 'generation', tokens: expect.any(Number) as number });
  });
});

test('an adapter is judged against its base on the rows that its run held out, and the loss is that of its validation', async () => {
  const rows = Array.from({ length: 30 }, (_, i) => ({
    messages: [
      { role: 'user', content: `box ${i}?` },
      { role: 'assistant', content: i % 2 ? 'a fox' : 'an owl' },
    ],
  }));
  const settings = {
    task: 'chat',
    method: 'lora',
    steps: 30,
    learningRate: 2e-2,
    contextLength: 32,
    batchSize: 4,
  } as const;
  const every = { validationEvery: 20, saveEverySteps: 20, sampleEvery: 0, packing: false };
  const at = await TuningOnGpu.open(rows, 280, { ...settings, ...every });
  const run = await at.studio.start(await at.requestOf());
  await at.ended();
  const [checkpoint] = await listCheckpoints(at.db, run.id);
  const tuned = { weightsId: checkpoint!.id, name: 'tuned', writing: 'template' as const };
  const record = await at.studio.evaluations.begin(
    {
      ...{ name: 'e', mostRows: 100, longestAnswer: 2, seed: 1, general: false, parts: ['language'] },
      from: { kind: 'held-out', weightsId: tuned.weightsId, runName: 'tuned' },
      models: [{ ...tuned, bare: true }, tuned],
    },
    never(),
  );
  await at.studio.evaluations.measure(record.id, unheard, never());
  const { main, rows: asked } = await evaluationReport(at.db, record.id);
  expect(asked).toBe(6);
  const [base, now] = main[0]!.values;
  expect(now).toBeLessThan(base! - 0.1);
  expect(now).toBeCloseTo(checkpoint!.validationLoss!, 3);
});
