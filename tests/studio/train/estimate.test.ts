import { describe, expect, test } from 'vitest';
import { defaultSettings } from '../../../src/base/settings/trainSettings';
import type { MachineFacts } from '../../../src/base/wire/machine';
import { modelOf, PRESETS, presetNamed } from '../../../src/base/settings/presets';
import { parameterCount, type ModelShape } from '../../../src/base/modelShape';
import { MixedWindows } from '../../../src/data/batches/mixedWindows';
import { textWindows } from '../../../src/data/batches/textWindows';
import { estimate, flopsPerToken, presetFits, totalSteps } from '../../../src/studio/train/estimate';

const GIB = 2 ** 30;
const machine = (patch: { deviceMemory?: number; buffer?: number; matmulFlops?: number } = {}): MachineFacts => ({
  threads: 8,
  deviceMemory: patch.deviceMemory ?? 8,
  webgpu: {
    available: true,
    vendor: 'v',
    architecture: 'a',
    description: 'd',
    isFallback: false,
    features: [],
    limits: {
      maxBufferSize: patch.buffer ?? GIB,
      maxStorageBufferBindingSize: patch.buffer ?? GIB,
      maxComputeWorkgroupStorageSize: 32768,
    },
    ...(patch.matmulFlops && { matmulFlops: patch.matmulFlops }),
  },
});
const small = modelOf(presetNamed('0.1M'), 256, 64);

describe('estimates', () => {
  test('every preset has about the parameters of its name', () => {
    for (const preset of PRESETS) {
      const named = Number(preset.name.slice(0, -1)) * 1e6;
      const counted = parameterCount(modelOf(preset, preset.vocabSize, 64));
      expect(counted / named).toBeGreaterThan(0.85);
      expect(counted / named).toBeLessThan(1.25);
    }
  });

  test('an epoch is every window once', () => {
    const settings = {
      ...defaultSettings(),
      durationUnit: 'epochs' as const,
      epochs: 2,
      contextLength: 10,
      batchSize: 3,
      accumulate: 2,
    };
    expect(totalSteps(settings, 10)).toBe(4); // 10 windows twice, 6 a step
    expect(totalSteps(settings, 1)).toBe(1);
  });

  test('time follows from the measured rate, and is absent without one', () => {
    const settings = { ...defaultSettings(), steps: 100 };
    expect(estimate(small, settings, machine(), undefined, undefined).seconds).toBeUndefined();
    const { seconds } = estimate(small, settings, machine({ matmulFlops: 1e9 }), undefined, 0.5);
    expect(seconds).toBeCloseTo((100 * 512 * flopsPerToken(small, 64)) / 0.5e9, 6);
  });

  test('the work of a token is close to six times the weights', () => {
    expect(flopsPerToken(small, 64) / (6 * parameterCount(small))).toBeCloseTo(1.07, 1);
  });

  test('refuses what cannot fit, with the number', () => {
    const settings = { ...defaultSettings(), batchSize: 256, contextLength: 4096 };
    const large = modelOf(presetNamed('30M'), 8192, 4096);
    const tooMuch = estimate(large, settings, machine({ buffer: 1e12 }), undefined, undefined);
    expect(tooMuch.refusal).toMatchObject({ code: 'memory-too-small', facts: { budget: 4096 } });
    const tooLarge = estimate(large, settings, machine({ buffer: 2 ** 28 }), undefined, undefined);
    expect(tooLarge.refusal).toMatchObject({ code: 'buffer-too-large', facts: { allowed: 256 } });
    const without: MachineFacts = { threads: 1, webgpu: { available: false, reason: 'no-api', detail: 'x' } };
    expect(estimate(small, settings, without, undefined, undefined).refusal?.code).toBe('webgpu-needed');
  });

  test('an embedding larger than a buffer may be is split; what a batch makes of it is not', () => {
    const wide: ModelShape = {
      ...{ ...small, vocabSize: 151_936, hiddenSize: 896, intermediateSize: 4864, layers: 1 },
      ...{ heads: 14, kvHeads: 2, headDim: 64, contextLength: 4096 },
    };
    const settings = { ...defaultSettings(), batchSize: 1, contextLength: 64 };
    const guaranteed = machine({ buffer: 2 ** 27 });
    expect(estimate(wide, settings, guaranteed, undefined, undefined).refusal).toBeUndefined();
    const long = estimate(wide, { ...settings, contextLength: 4096 }, guaranteed, undefined, undefined);
    expect(long.refusal).toMatchObject({ code: 'buffer-too-large', facts: { needed: 152, allowed: 128 } });
  });

  test('the small presets fit where little is allowed, the large do not', () => {
    const fits = presetFits(machine({ deviceMemory: 0.5 }));
    expect(fits.map((f) => f.fits)).toEqual([true, true, true, true, false, false]);
  });

  test('each preset says how long its run takes, as fast as such models were here', () => {
    const rated: MachineFacts = { ...machine({}), cpu: { matmulFlops: 1e9 } };
    const times = presetFits(rated).map(({ seconds }) => seconds!);
    expect(times.every((seconds, i) => seconds > (times[i - 1] ?? 0))).toBe(true);
    const slow = presetFits(rated, 'llama', ({ hiddenSize }) => (hiddenSize < 100 ? 0.1 : undefined));
    expect(slow[0]!.seconds! / times[0]!).toBeCloseTo(3);
    expect(presetFits(machine({}))[0]!.seconds).toBeUndefined();
  });
});

describe('an estimate of a run that mixes texts', () => {
  const settings = { ...defaultSettings(), durationUnit: 'epochs' as const, epochs: 1 };
  const { batchSize, accumulate, contextLength } = settings;
  const tokensOf = (windows: number): number => windows * contextLength + 1;

  test('counts an epoch as the run does: the main text once, the others to their shares', () => {
    const mix = [
      { trainTokens: tokensOf(400), share: 0.8 },
      { trainTokens: tokensOf(20), share: 0.2 },
    ];
    const found = estimate(small, settings, machine(), { trainTokens: tokensOf(420) }, undefined, mix);
    expect(found.totalSteps).toBe(Math.ceil(500 / (batchSize * accumulate)));
    expect(found.epoch!.map(({ passes }) => passes)).toEqual([1, 5]);
    expect(found.epoch![1]!.tokens).toBe(5 * tokensOf(20));
    expect(estimate(small, settings, machine(), { trainTokens: tokensOf(420) }, undefined).epoch).toBeUndefined();
  });

  test('counts small texts as the run does, which reads what fills windows', () => {
    const lengths = [contextLength * 2 - 1, contextLength * 9 + 1];
    const shares = [0.2, 0.8];
    const order = { seed: 1, batch: 1, length: contextLength, accumulate: 1, validationBatches: 1 };
    const texts = lengths.map((length, i) => ({
      windows: textWindows(new Uint16Array(length), new Uint16Array(), order),
      share: shares[i]!,
    }));
    const mix = lengths.map((trainTokens, i) => ({ trainTokens, share: shares[i]! }));
    const one = { ...settings, batchSize: 1, accumulate: 1 };
    const found = estimate(small, one, machine(), { trainTokens: lengths[0]! + lengths[1]! }, undefined, mix);
    expect(found.totalSteps).toBe(new MixedWindows(texts, order).count);
  });

  test('counts conversations by the windows that they were packed into', () => {
    const mix = [
      { trainTokens: 9000, trainRows: 300, packed: 100, share: 0.5 },
      { trainTokens: 4500, trainRows: 150, packed: 50, share: 0.5 },
    ];
    const talks = { ...settings, task: 'chat' as const, packing: true };
    const found = estimate(small, talks, machine(), { trainTokens: 13_500 }, undefined, mix);
    expect(found.epoch).toEqual([
      { tokens: 9000, passes: 1 },
      { tokens: 9000, passes: 2 },
    ]);
    expect(found.totalSteps).toBe(Math.ceil(200 / (batchSize * accumulate)));
  });
});
