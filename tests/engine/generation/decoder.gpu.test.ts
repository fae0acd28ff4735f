import { beforeAll, describe, expect, test } from 'vitest';
import { Llama } from '../../../src/engine/models/llama';
import { parameterSpecs } from '../../../src/base/modelShape';
import type { LoraShape } from '../../../src/base/lora';
import { initialAdapter, uploadAdapter } from '../../../src/engine/models/adapter';
import { createGenerator, type GeneratorOptions } from '../../../src/engine/generation/decoder';
import { gpu } from '../../../src/engine/device/kernel';
import { writeRows } from '../../../src/engine/ops/matrix/matrix';
import { uploadIds } from '../../../src/engine/models/tokenInput';
import type { Engine } from '../../../src/engine/gpuEngine';
import type { Likeliest, Logits } from '../../../src/engine/generation/sample';
import { initialWeights, uploadFrozen, uploadWeights } from '../../../src/engine/models/weights';
import { golden } from '../../fixtures/goldens';
import { testEngine } from '../../gpu';
import { randomTensor, relativeError, values } from '../../tensors';
import { TINY } from '../fixture';

let engine: Engine;
beforeAll(async () => void (engine = await testEngine('quickest')));

describe.each(['odd', 'grouped'] as const)('decoder of %s', (name) => {
  const { model: shape, parameters, ints } = golden(name);
  const ids = ints('inputs').slice(0, shape.contextLength);
  const model = async () => new Llama(shape, await uploadWeights(shape, parameters('weight')));

  /** Logits of every token at once, by the path that training takes. */
  async function allAtOnce(llama: Llama): Promise<Float32Array[]> {
    const { input, dispose } = uploadIds(ids, 1, ids.length);
    const logits = llama.logits(input);
    const flat = Float32Array.from(await values(logits));
    logits.dispose();
    dispose();
    return Array.from(ids, (_, i) => flat.slice(i * shape.vocabSize, (i + 1) * shape.vocabSize));
  }

  test.each([1, 2, 7, 13])(
    'a prompt of %i tokens and then one by one gives the logits of all at once',
    async (prompt) => {
      const llama = await model();
      const expected = await allAtOnce(llama);
      const generator = createGenerator(llama);
      let logits = await generator.prefill(ids.slice(0, prompt));
      for (let i = prompt; i < ids.length; i++) {
        expect(relativeError(logits, expected[i - 1]!), `after token ${i - 1}`).toBeLessThan(1e-5);
        logits = await generator.next(ids[i]!);
      }
      expect(relativeError(logits, expected.at(-1)!)).toBeLessThan(1e-5);
      expect(generator.held).toEqual([...ids]);
      generator.dispose();
    },
  );

  test('a second prompt forgets the first', async () => {
    const llama = await model();
    const [used, fresh] = [createGenerator(llama), createGenerator(llama)];
    await used.prefill(ids.slice(4, 13));
    const again = [await used.prefill(ids.slice(0, 3)), await used.next(5)];
    expect(again).toEqual([await fresh.prefill(ids.slice(0, 3)), await fresh.next(5)]);
  });

  test('what it holds of a prompt is not read again, and the rest is read after it', async () => {
    const llama = await model();
    const expected = await allAtOnce(llama);
    const generator = createGenerator(llama);
    await generator.prefill(ids.slice(0, 4));
    await generator.next(ids[4]!);
    const wrong = (ids[5]! + 1) % shape.vocabSize;
    await generator.next(wrong); // a token that the next prompt does not have
    for (const [kept, end] of [
      [5, 9],
      [9, 10],
      [10, ids.length],
      [1, 12],
    ] as const) {
      const logits = (await generator.prefill(ids.slice(0, end), undefined, kept)) as Float32Array;
      expect(relativeError(logits, expected[end - 1]!), `${kept} kept of ${end}`).toBeLessThan(1e-5);
      expect(generator.held).toEqual([...ids.slice(0, end)]);
    }
    expect(relativeError(await generator.next(ids[12]!), expected[12]!)).toBeLessThan(1e-5);
    generator.dispose();
  });

  test('replayed tokens have the bits of eager ones, and see the weights change', async () => {
    const weights = await uploadWeights(shape, parameters('weight'));
    const llama = new Llama(shape, weights);
    const capacity = 300; // three caches, and captured steps: of 128, 256 and 300 positions
    const [replayed, eager] = (['replayed', 'eager'] as const).map((how) => createGenerator(llama, capacity, how));
    const text = Int32Array.from({ length: capacity }, (_, i) => ids[i % ids.length]!);
    for (const prompt of [3, 122, 250]) {
      const begun = await replayed!.prefill(text.slice(0, prompt));
      expect(begun).toEqual(await eager!.prefill(text.slice(0, prompt)));
      for (let i = prompt; i < prompt + 10; i++) {
        if (i === 255) writeRows(weights.get('norm')!, 0, new Float32Array(shape.hiddenSize).fill(0.5));
        expect(await replayed!.next(text[i]!), `token ${i}`).toEqual(await eager!.next(text[i]!));
      }
    }
    replayed!.dispose();
    eager!.dispose();
  });

  test('leaves no tensor behind', async () => {
    const llama = await model();
    const before = engine.tensors();
    const generator = createGenerator(llama);
    await generator.prefill(ids.slice(0, 5));
    await generator.next(1);
    generator.dispose();
    expect(engine.tensors()).toBe(before);
  });
});

test('a cache that grows keeps what it holds, also from a long prompt on', async () => {
  const llama = new Llama(TINY, await uploadWeights(TINY, initialWeights(TINY, 1)));
  const ids = Int32Array.from({ length: 270 }, (_, i) => (i * i) % TINY.vocabSize);
  const { input, dispose } = uploadIds(ids, 1, ids.length);
  const logits = llama.logits(input);
  const expected = (await values(logits)).slice(-TINY.vocabSize);
  for (const prompt of [100, 200]) {
    const generator = createGenerator(llama, 300);
    let last = await generator.prefill(ids.slice(0, prompt));
    for (const id of ids.slice(prompt)) last = await generator.next(id);
    expect(relativeError(last, expected)).toBeLessThan(1e-5);
    generator.dispose();
  }
  logits.dispose();
  dispose();
});

test('packed weights with an adapter beside them: replayed tokens have the bits of eager ones', async () => {
  const frozen = await uploadFrozen(TINY, 'q8', (name, row, rows) => {
    const { shape } = parameterSpecs(TINY).find((spec) => spec.name === name)!;
    return Promise.resolve(Float32Array.from(randomTensor(`${name} ${row}`, [rows, ...shape.slice(1)]).data));
  });
  const lora: LoraShape = { rank: 3, alpha: 6, dropout: 0.1, rankStabilized: false, targets: ['q', 'v', 'down'] };
  const adapter = await uploadAdapter(TINY, lora, initialAdapter(TINY, lora, 1));
  for (const [name, b] of adapter.weights)
    if (name.endsWith('.loraB')) gpu().write(b, Float32Array.from(randomTensor(name, b.shape).data));
  const [adapted, bare] = [new Llama(TINY, frozen, { adapter }), new Llama(TINY, frozen)];
  const last = async (model: Llama, how: GeneratorOptions): Promise<Float32Array> => {
    const generator = createGenerator(model, 16, how);
    await generator.prefill([1, 2, 3]);
    await generator.next(4);
    const logits = await generator.next(5);
    generator.dispose();
    return logits;
  };
  const replayed = await last(adapted, 'replayed');
  expect(replayed).toEqual(await last(adapted, 'eager'));
  expect(relativeError(replayed, await last(bare, 'replayed'))).toBeGreaterThan(0.01);
});

test('a prompt of no token is refused, and the generator is as it was', async () => {
  const generator = createGenerator(new Llama(TINY, await uploadWeights(TINY, initialWeights(TINY, 1))), 16);
  const before = await generator.prefill([1, 2]);
  await expect(generator.prefill([])).rejects.toThrow(RangeError);
  expect(await generator.prefill([1, 2])).toEqual(before);
  generator.dispose();
});

test('of a large vocabulary the likeliest alone are read, with the logits that all have', async () => {
  const large = { ...TINY, vocabSize: 5000 };
  const llama = new Llama(large, await uploadWeights(large, initialWeights(large, 1)));
  const [all, few] = [createGenerator(llama, 16), createGenerator(llama, 16)];
  const compare = (whole: Float32Array, most: number, logits: Logits) => {
    const { ids, logits: found } = logits as Likeliest;
    expect([...found]).toEqual(Array.from(ids, (id) => whole[id]!));
    expect(Array.from(ids).toSorted((a, b) => a - b)).toEqual([...ids]);
    const least = Math.min(...found);
    expect(whole.filter((v) => v > least).length).toBeLessThan(ids.length);
    expect(ids.length).toBeGreaterThanOrEqual(most);
  };
  compare(await all.prefill([7, 8]), 3, await few.prefill([7, 8], 3));
  compare(await all.next(9), 100, await few.next(9, 100));
  expect(await few.next(9, 600)).toEqual(await all.next(9)); // more than are looked for on the GPU
  [all, few].forEach((generator) => generator.dispose());
});
