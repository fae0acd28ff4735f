import { checkpointSummary, datasetRecord, later, pageOn, runRecord, tokenizerRecord } from '../fakes';
import { describe, expect, test, vi } from 'vitest';
import { sampleSource } from '../../../src/base/records/samples';
import { readFormDraft } from '../../../src/app/state/formDraft';
import { AtelierError } from '../../../src/base/errors/errors';
import type { CheckpointSummary } from '../../../src/base/records/checkpoint';
import { PRESETS } from '../../../src/base/settings/presets';
import { defaultSettings } from '../../../src/base/settings/trainSettings';
import { loraShapeOf } from '../../../src/base/settings/tuneSettings';
import type { EstimateRequest } from '../../../src/base/wire/requests';
import type { PresetFit, RunEstimate } from '../../../src/base/wire/machine';

const estimateOf = (totalSteps: number): RunEstimate => ({
  ...{ parameters: 1, trained: 1, recomputedBlocks: 0, gpuBytes: 1, checkpointBytes: 1, tokensPerStep: 1, totalSteps },
  gpuBytesParts: { weights: 1, gradients: 0, optimizer: 0, activations: 0, logits: 0 },
  largestBuffer: 1,
});

describe('what there is to choose from', () => {
  test('the sample text where there is none, else the newest', async () => {
    const listDatasets = vi.fn(() => Promise.resolve([datasetRecord('old'), datasetRecord('new', { createdAt: 2 })]));
    const empty = pageOn();
    await empty.form.load();
    expect([empty.form.datasetIds, empty.form.ready]).toEqual([[sampleSource('english-stories')], true]);
    const { form } = pageOn({ listDatasets });
    await form.load();
    expect([form.datasetIds, form.dataName]).toEqual([['new'], 'new']);
  });

  test('a text that arrives is chosen, unless texts were chosen by hand', async () => {
    const { form } = pageOn({ listDatasets: () => Promise.resolve([datasetRecord('a')]) });
    await form.load();
    form.textArrived(datasetRecord('b'));
    expect(form.datasetIds).toEqual(['b']);
    form.toggleDataset('a');
    form.textArrived(datasetRecord('c'));
    expect(form.datasetIds).toEqual(['b', 'a']);
  });

  test('a list that cannot be read leaves its error, and a form that is not stuck', async () => {
    const { form } = pageOn({ listDatasets: () => Promise.reject(new AtelierError('compute-busy', {})) });
    await form.load();
    expect([form.loadError?.code, form.loaded]).toEqual(['compute-busy', true]);
  });

  test('a tokenizer that was deleted meanwhile is no longer chosen', async () => {
    const { form } = pageOn({ listTokenizers: () => Promise.resolve([tokenizerRecord('t')]) });
    form.tokenizer = 'gone';
    await form.load();
    expect(form.tokenizer).toBe('new-bpe');
    form.tokenizer = 't';
    await form.load();
    expect([form.tokenizer, form.model?.vocabSize]).toEqual(['t', 300]);
  });
});

describe('settings', () => {
  test('a name outlives a reload while it is typed; an emptied one gives way once its field is left', async () => {
    const { form } = pageOn();
    await form.load();
    const suggested = form.name;
    form.nameTyped('half a na');
    const again = pageOn().form;
    again.restore(readFormDraft(JSON.parse(JSON.stringify(form.draft))));
    expect(again.name).toBe('half a na');
    form.nameTyped('');
    expect(form.name).toBe('');
    again.restore(form.draft);
    expect(again.draft.name).toBeUndefined();
    form.setName('');
    expect(form.name).toBe(suggested);
  });

  test('a field whose text is no number blocks the start while it counts', async () => {
    const { form } = pageOn();
    await form.load();
    form.typedIn('learningRate', 'zwei');
    expect([form.ready, form.badFields]).toEqual([false, ['learningRate']]);
    form.set('learningRate', 0.1);
    form.typedIn('loraRank', 'x');
    form.typedIn('vocabulary', 'y');
    expect([form.ready, form.badFields]).toEqual([false, ['vocabulary']]);
    form.choosePreset('0.1M');
    expect([form.ready, form.badFields]).toEqual([true, []]);
  });

  test('what was set by hand survives another preset, and goes with its reset', () => {
    const { form } = pageOn();
    form.set('learningRate', 0.5);
    form.choosePreset('0.1M');
    expect([form.settings.learningRate, form.changed]).toEqual([0.5, ['learningRate']]);
    form.reset('learningRate');
    expect([form.settings.learningRate, form.changed]).toEqual([form.defaults.learningRate, []]);
  });

  test('the vocabulary of a sample is no change by hand, and one that was typed is', async () => {
    const { form } = pageOn();
    await form.load();
    form.choosePreset(PRESETS[0]!.name);
    expect([form.sample, form.vocabSize === form.preset.vocabSize, form.vocabChanged]).toEqual([
      ...['english-stories', false, false],
    ]);
    form.setVocabSize(form.vocabSize + 1);
    expect(form.vocabChanged).toBe(true);
    form.setVocabSize(undefined);
    expect(form.vocabChanged).toBe(false);
  });

  test('an adapter is needed to learn from pairs', () => {
    const { form } = pageOn();
    form.mode = 'pretrained';
    form.overrides = { task: 'dpo', method: 'full' };
    expect(form.conflict?.code).toBe('dpo-needs-adapter');
    form.set('method', 'lora');
    expect(form.conflict).toBeUndefined();
    form.overrides = { task: 'kto', method: 'lora', batchSize: 1 };
    expect(form.conflict?.code).toBe('kto-batch-small');
    form.set('batchSize', 2);
    expect(form.conflict).toBeUndefined();
  });

  test('how a model was tuned does not count where one begins from nothing, and waits for the next tuning', () => {
    const { form } = pageOn();
    form.overrides = { task: 'chat', method: 'lora', loraRank: 4, steps: 7 };
    expect(form.settings).toMatchObject({ task: 'text', method: 'full', steps: 7 });
    expect(form.changed).toEqual(['steps']);
    form.mode = 'pretrained';
    expect(form.settings).toMatchObject({ task: 'chat', method: 'lora', loraRank: 4, steps: 7 });
  });

  test('the estimate knows that a run begins from an adapter, of which DPO keeps a copy', async () => {
    const estimate = vi.fn((_: EstimateRequest) => Promise.resolve(estimateOf(1)));
    const { form, runs } = pageOn({ listCheckpoints: () => Promise.resolve([]) }, { estimate });
    const lora = { ...loraShapeOf(defaultSettings(), runRecord('b').model), baseId: 'b', baseName: 'b' };
    runs.started(runRecord('a', { lora: { ...lora, baseSha256: '', precision: 'f16' } }));
    runs.started(runRecord('b'));
    const said: unknown[] = [];
    for (const run of ['a', 'b']) {
      await form.tuneFurther(run);
      await form.refreshEstimate();
      said.push(estimate.mock.lastCall?.[0].fromAdapter);
    }
    form.mode = 'scratch';
    await form.refreshEstimate();
    expect([...said, estimate.mock.lastCall?.[0].fromAdapter]).toEqual([true, undefined, undefined]);
  });

  test('a name that a run has gets a number', async () => {
    const { form, runs } = pageOn();
    const { name } = form;
    runs.started(runRecord('a', { name }));
    runs.started(runRecord('b', { name: `${name} 2` }));
    expect(form.name).toBe(`${name} 3`);
    form.setName('mine');
    expect(form.name).toBe('mine');
  });
});

describe('late answers', () => {
  test('an estimate of former settings does not replace the newer one', async () => {
    const [first, second] = [later<RunEstimate>(), later<RunEstimate>()];
    const estimate = vi
      .fn(() => first.answer)
      .mockReturnValueOnce(first.answer)
      .mockReturnValueOnce(second.answer);
    const { form } = pageOn({}, { estimate });
    const asked = [form.refreshEstimate(), form.refreshEstimate()];
    second.give(estimateOf(2));
    first.give(estimateOf(1));
    await Promise.all(asked);
    expect(form.estimate?.totalSteps).toBe(2);
  });

  test('sizes of a family that is no longer chosen are dropped', async () => {
    const fitsOf = { gpt2: later<PresetFit[]>(), llama: later<PresetFit[]>() };
    const { form } = pageOn({}, { fits: (family) => fitsOf[family as keyof typeof fitsOf].answer });
    const asked = [form.chooseFamily('gpt2'), form.chooseFamily('llama')];
    fitsOf.llama.give([{ preset: '0.1M', gpuBytes: 1, fits: true }]);
    fitsOf.gpt2.give([]);
    await Promise.all(asked);
    expect(form.fits).toHaveLength(1);
  });

  test('checkpoints of a run that is no longer chosen are dropped; of the chosen one the best is taken', async () => {
    const listOf: Record<string, ReturnType<typeof later<CheckpointSummary[]>>> = { a: later(), b: later() };
    const { form } = pageOn({ listCheckpoints: (id) => listOf[id]!.answer });
    const asked = [form.tuneFurther('a'), form.tuneFurther('b')];
    listOf['b']!.give([checkpointSummary('b1', { best: true }), checkpointSummary('b2', { step: 2 })]);
    listOf['a']!.give([checkpointSummary('a1')]);
    await Promise.all(asked);
    expect([form.fromCheckpointId, form.checkpoints.map(({ id }) => id)]).toEqual(['b1', ['b2', 'b1']]);
  });
});

test('a machine that was just measured tells the time of each size', async () => {
  const cpu = (matmulFlops?: number) => ({
    ...{ webgpu: { available: false, reason: 'no-api', detail: '' } as const, threads: 2 },
    cpu: matmulFlops === undefined ? {} : { matmulFlops },
  });
  let measured = false;
  const size = { preset: '0.1M', gpuBytes: 1, fits: true } as const;
  const { form } = pageOn(
    {},
    {
      machine: () => Promise.resolve(cpu()),
      measure: () => {
        measured = true;
        return Promise.resolve(cpu(1e9));
      },
      fits: () => Promise.resolve([measured ? { ...size, seconds: 21 } : size]),
    },
  );
  await form.load();
  expect(form.fits).toEqual([{ ...size, seconds: 21 }]);
});
