import { describe, expect, test } from 'vitest';
import { isBalanced, thumbBalance } from '../../../src/base/settings/thumbWeights';
import { parameterCount, type ModelShape } from '../../../src/base/modelShape';
import { modelOf, presetNamed } from '../../../src/base/settings/presets';
import { defaultsOfTuning, tuningDefaults, type Tuned } from '../../../src/studio/train/tuningDefaults';

const SMOL: Tuned = { parameters: 135e6, contextLength: 8192, method: 'lora', task: 'text' };

describe('defaults of a tuning', () => {
  test('a small model bears a higher rate than a large one, an adapter a higher one than all weights', () => {
    expect(tuningDefaults(SMOL).learningRate).toBe(2e-4);
    expect(tuningDefaults({ ...SMOL, parameters: 600e6 }).learningRate).toBe(1e-4);
    expect(tuningDefaults({ ...SMOL, method: 'full' }).learningRate).toBe(2e-5);
    expect(tuningDefaults({ ...SMOL, task: 'dpo' }).learningRate).toBe(2e-5);
  });

  test('an adapter of the smallest models bears 25 times the rate, and the rate falls with the size', () => {
    expect(tuningDefaults({ ...SMOL, parameters: 38e3 }).learningRate).toBe(5e-3);
    expect(tuningDefaults({ ...SMOL, parameters: 1.27e6, method: 'full' }).learningRate).toBe(5e-4);
    const rates = [1e6, 10e6, 30e6, 135e6, 360e6].map(
      (parameters) => tuningDefaults({ ...SMOL, parameters }).learningRate,
    );
    expect(rates).toEqual(rates.toSorted((a, b) => b! - a!));
  });

  test.each([
    ['chat', { tokens: 60 * 29, rows: 54, rowTokens: 30 }, 5, 1],
    ['chat', { tokens: 200 * 512, rows: 900, rowTokens: 500 }, 3, 4],
    ['chat', { tokens: 100, rows: 4, rowTokens: 25 }, 10, 1],
    ['dpo', { tokens: 9000, rows: 100, rowTokens: 40 }, 3, 2],
  ] as const)('%s of %o: %i epochs of updates of 2 × %i windows', (task, data, epochs, accumulate) => {
    const found = tuningDefaults({ ...SMOL, task, ...data });
    expect(found).toMatchObject({ epochs, accumulate });
  });

  test('an update has eight windows, fewer at a time where the model is large', () => {
    expect(tuningDefaults(SMOL)).toMatchObject({ batchSize: 2, accumulate: 4, epochs: 3, durationUnit: 'epochs' });
    expect(tuningDefaults({ ...SMOL, parameters: 600e6 })).toMatchObject({ batchSize: 1, accumulate: 8 });
  });

  test.each([
    [undefined, 512],
    [3, 64],
    [200, 224],
    [5000, 1024],
  ])('rows of %s tokens ask for a context of %i', (rowTokens, context) =>
    expect(tuningDefaults({ ...SMOL, ...(rowTokens && { rowTokens }) }).contextLength).toBe(context),
  );

  test('no context is longer than the model’s', () =>
    expect(tuningDefaults({ ...SMOL, contextLength: 128, rowTokens: 700 }).contextLength).toBe(128));
});

describe('what the page is told of a tuning', () => {
  const model: ModelShape = modelOf(presetNamed('0.8M'), 512, 128);
  const texts = { contents: ['chat' as const], rows: 54, rowTokens: 30, meanTokens: 29 };
  const pretrained = { from: 'model' as const, weights: { parameters: parameterCount(model), model } };

  test('conversations are learned as such, by an adapter, unless something else was chosen', () => {
    expect(defaultsOfTuning({ tuned: pretrained, texts, chosen: {} })).toMatchObject({
      preset: '0.8M',
      settings: { method: 'lora', task: 'chat' },
      fixed: {},
    });
    const mixed = { ...texts, contents: ['chat' as const, 'text' as const] };
    expect(defaultsOfTuning({ tuned: pretrained, texts: mixed, chosen: {} }).settings.task).toBe('text');
    const pairs = { tuned: pretrained, texts: { ...texts, contents: ['preference' as const] } };
    expect(defaultsOfTuning({ ...pairs, chosen: {} }).settings.task).toBe('dpo');
    expect(defaultsOfTuning({ ...pairs, chosen: { method: 'full' } }).settings.task).toBe('orpo');
  });

  test('marked answers are learned by KTO beside a base, with weights that balance them; else as conversations', () => {
    const marked = { tuned: pretrained, texts: { ...texts, marks: { good: 40, bad: 14 } } };
    const { settings } = defaultsOfTuning({ ...marked, chosen: {} });
    expect(settings).toMatchObject({ task: 'kto', batchSize: 2, goodWeight: 1 });
    expect(
      isBalanced(thumbBalance(marked.texts.marks, { ...settings, goodWeight: 1, badWeight: settings.badWeight! })!),
    ).toBe(true);
    expect(defaultsOfTuning({ ...marked, chosen: { method: 'full' } }).settings.task).toBe('chat');
    const alone = { ...marked.texts, marks: { good: 54, bad: 0 } };
    expect(defaultsOfTuning({ ...marked, texts: alone, chosen: {} }).settings.task).toBe('chat');
    expect(tuningDefaults({ ...SMOL, parameters: 6e8, task: 'kto' }).batchSize).toBe(2);
  });

  test('weights that a run made here are tuned further gently, and no adapter is laid beside them', () => {
    const tuned = { from: 'run' as const, weights: { model, origin: { kind: 'scratch' as const } } };
    const { settings, fixed } = defaultsOfTuning({ tuned, texts, chosen: {} });
    expect(settings.learningRate).toBeCloseTo(0.1 * presetNamed('0.8M').settings.learningRate, 10);
    expect(fixed).toEqual({ method: 'full' });
  });
});
