import { beforeAll, describe, expect, test } from 'vitest';
import { AtelierError } from '../../../src/base/errors/errors';
import { parameterSpecs, type ModelShape } from '../../../src/base/modelShape';
import { createGenerator } from '../../../src/engine/generation/decoder';
import type { Engine } from '../../../src/engine/gpuEngine';
import { LONG } from '../../dawn';
import { testEngine } from '../../gpu';
import { relativeError } from '../../tensors';
import { hashOf, newTrainer, SETTINGS, split, stateOf, TINY, tokens } from '../fixture';

/** For tests of many steps. */
const SHALLOW: ModelShape = { ...TINY, layers: 1 };

/** Sums of a length at which tfjs adds with atomics, in another order each time. */
const DEEP_SUMS: ModelShape = { ...SHALLOW, vocabSize: 2052, intermediateSize: 2068 };

let engine: Engine;
beforeAll(async () => void (engine = await testEngine()));

describe('step', () => {
  test('learns a rule: each token follows from the one before', async () => {
    const trainer = await newTrainer(SETTINGS, SHALLOW);
    const first = await trainer.step([tokens('a', 4)], 0.03);
    for (let i = 0; i < 30; i++) await trainer.step([tokens(`step ${i}`, 4)], 0.03);
    const last = await trainer.step([tokens('b', 4)], 0.03);
    expect(first.loss).toBeGreaterThan(Math.log(TINY.vocabSize) - 0.3);
    expect(last.loss).toBeLessThan(1);
    expect(last.accuracy).toBeGreaterThan(0.8);
    expect(first.labels).toBe(tokens('a', 4).labels);
    trainer.dispose();
  });

  test('1 × 16, 2 × 8 and 4 × 4 windows are the same step, whatever the labels of each', async () => {
    const whole = tokens('accumulate', 16);
    const states = [];
    for (const size of [16, 8, 4]) {
      const trainer = await newTrainer();
      const results = [];
      for (let i = 0; i < 3; i++) results.push(await trainer.step(split(whole, size), 1e-3));
      states.push({ state: await stateOf(trainer), results });
      trainer.dispose();
    }
    const [one, ...others] = states;
    for (const { state, results } of others) {
      results.forEach((r, i) => {
        expect(Math.abs(r.loss / one!.results[i]!.loss - 1)).toBeLessThan(1e-5);
        expect(Math.abs(r.gradNorm / one!.results[i]!.gradNorm - 1)).toBeLessThan(1e-5);
        expect(r.labels).toBe(whole.labels);
      });
      // after the first step moment1 is the clipped gradient times a constant, so this compares gradients too
      for (const [name, values] of state) expect(relativeError(values, one!.state.get(name)!), name).toBeLessThan(1e-5);
    }
  });

  test.each([
    ['', SHALLOW],
    [', with a vocabulary and a feed-forward above 2,000', DEEP_SUMS],
  ])('ten runs of the same steps give one hash of weights and moments%s', async (_, model) => {
    const hashes = new Set<string>();
    for (let run = 0; run < 10; run++) {
      const trainer = await newTrainer(SETTINGS, model);
      for (let i = 0; i < 3; i++) void trainer.step(split(tokens(`${i}`, 6, 11, model.vocabSize), 3), 1e-3);
      hashes.add(await hashOf(trainer));
      trainer.dispose();
    }
    expect(hashes.size).toBe(1);
  });

  test('evaluating and generating between steps changes no bit', async () => {
    const hashes = [];
    for (const disturbed of [false, true]) {
      const trainer = await newTrainer();
      for (let i = 0; i < 4; i++) {
        await trainer.step([tokens(`${i}`, 3)], 1e-3);
        if (!disturbed) continue;
        await trainer.evaluate([tokens('v', 5), tokens('w', 2)]);
        const generator = createGenerator(trainer.model);
        await generator.prefill([1, 2, 3]);
        await generator.next(4);
        generator.dispose();
      }
      hashes.push(await hashOf(trainer));
      trainer.dispose();
    }
    expect(hashes[1]).toBe(hashes[0]);
  });

  test('steps that are queued together give the numbers of steps that are awaited', async () => {
    const [a, b] = [await newTrainer(), await newTrainer()];
    const queued = [0, 1, 2, 3].map((i) => a.step([tokens(`${i}`, 3)], 1e-3));
    for (const [i, result] of queued.entries()) {
      expect(await result).toEqual(await b.step([tokens(`${i}`, 3)], 1e-3));
    }
    a.dispose();
    b.dispose();
  });

  test('a trainer whose state is put into a new one goes on with the same bits', async () => {
    const [whole, first, second] = [await newTrainer(), await newTrainer(), await newTrainer({ ...SETTINGS, seed: 9 })];
    for (let i = 0; i < 6; i++) await whole.step([tokens(`${i}`, 3)], 1e-3);
    for (let i = 0; i < 3; i++) await first.step([tokens(`${i}`, 3)], 1e-3);
    for (const { spec, read } of first.tensors()) second.load(spec.role, spec.name, await read());
    second.updates = first.updates;
    for (let i = 3; i < 6; i++) await second.step([tokens(`${i}`, 3)], 1e-3);
    expect(await hashOf(second)).toBe(await hashOf(whole));
    [whole, first, second].forEach((t) => t.dispose());
  });

  test.each(['adamw', 'sgd'] as const)(
    'the state of %s is listed by role, in the order of the parameters',
    async (optimizer) => {
      const trainer = await newTrainer({ ...SETTINGS, optimizer });
      const roles = optimizer === 'sgd' ? ['weight', 'moment1'] : ['weight', 'moment1', 'moment2'];
      const names = parameterSpecs(TINY).map((p) => p.name);
      expect(trainer.tensors().map(({ spec }) => `${spec.role} ${spec.name}`)).toEqual(
        roles.flatMap((role) => names.map((name) => `${role} ${name}`)),
      );
      trainer.dispose();
    },
  );

  test('weights alone decay, and norms and embeddings only when asked', async () => {
    const still = tokens('still', 2);
    const run = async (weightDecay: number, decayAll: boolean) => {
      const trainer = await newTrainer({ ...SETTINGS, weightDecay, decayAll });
      await trainer.step([still], 0.1);
      const state = await stateOf(trainer);
      trainer.dispose();
      return state;
    };
    const [none, some, all] = [await run(0, false), await run(1, false), await run(1, true)];
    const moved = (state: Map<string, Float32Array>, name: string) =>
      relativeError(state.get(`weight ${name}`)!, none.get(`weight ${name}`)!) > 1e-6;
    const changed = (state: Map<string, Float32Array>) => parameterSpecs(TINY).filter((p) => moved(state, p.name));
    expect(changed(some).every((p) => p.kind === 'matrix')).toBe(true);
    expect(changed(some)).toHaveLength(4 * TINY.layers);
    expect(changed(all)).toHaveLength(parameterSpecs(TINY).length);
  });

  test('a step without labels is refused and changes nothing', async () => {
    const trainer = await newTrainer();
    const before = await hashOf(trainer);
    const blank = { ...tokens('x', 2), targets: new Int32Array(22).fill(-1), labels: 0 };
    await expect((async () => trainer.step([blank], 1e-3))()).rejects.toThrow(AtelierError);
    expect(await hashOf(trainer)).toBe(before);
    expect(trainer.updates).toBe(0);
    trainer.dispose();
  });

  test('a tensor that does not fit is refused', async () => {
    const trainer = await newTrainer();
    const load = (name: string, bytes: number) => () => trainer.load('moment2', name, new Uint8Array(bytes));
    expect(load('norm', 100)).toThrow('"found":100,"expected":96');
    expect(load('layers.2.qkv', 4)).toThrow('weights-missing {"name":"moment2 layers.2.qkv"}');
    trainer.dispose();
  });
});

describe('evaluate', () => {
  test('is the mean over the labels of all batches, as steps count them', async () => {
    const trainer = await newTrainer();
    const whole = tokens('evaluate', 12);
    const [one, parts] = [await trainer.evaluate([whole]), await trainer.evaluate(split(whole, 1))];
    expect(one.labels).toBe(whole.labels);
    expect(parts.labels).toBe(whole.labels);
    expect(Math.abs(parts.loss / one.loss - 1)).toBeLessThan(1e-6);
    expect(parts.accuracy).toBe(one.accuracy);
    expect(Math.abs((await trainer.step([whole], 1e-3)).loss / one.loss - 1)).toBeLessThan(1e-6);
    trainer.dispose();
  });
});

describe('memory', () => {
  test('tensors and GPU bytes are flat over 1,000 steps, and all is given back', LONG, async () => {
    const smallest = { ...SHALLOW, hiddenSize: 8, heads: 1, headDim: 8, intermediateSize: 8 };
    const before = engine.tensors();
    const trainer = await newTrainer(SETTINGS, smallest);
    const seen = new Set<string>();
    let earlier: Promise<unknown> = Promise.resolve();
    for (let i = 0; i < 1000; i++) {
      const windows = tokens(`${i}`, 2, 5);
      const step = trainer.step(i % 10 ? [windows] : split(windows, 1), 1e-3);
      // two steps under way, so that the staging buffers in use are always as many
      await earlier;
      earlier = step;
      if (i > 10) seen.add(`${engine.tensors()} tensors, ${engine.gpuBytes()} bytes`);
    }
    await trainer.step([tokens('last', 2, 5)], 1e-3);
    trainer.dispose();
    expect([...seen]).toHaveLength(1);
    expect(engine.tensors()).toBe(before);
  });
});
