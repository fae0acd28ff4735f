import { beforeEach, describe, expect, test } from 'vitest';
import { AtelierError, ERRORS } from '../../../src/base/errors/errors';
import { errorWords } from '../../../src/app/words/errorWords';
import type { KernelChoices } from '../../../src/base/wire/machine';
import { KERNELS_VERSION } from '../../../src/engine/tuneKernels/autotune';
import { chooseVariantsFor, kernelVariants, PART_BYTES } from '../../../src/engine/device/variants';
import type { AtelierDb } from '../../../src/storage/db';
import { keepMeasured, readMeasured } from '../../../src/storage/settings';
import { replacedNotice } from '../../../src/studio/train/notices';
import { storedChoices, measureKernels, measuredVariants } from '../../../src/studio/train/kernelChoice';
import { freshStorage } from '../../storage/storage';
import { testEngine } from '../../gpu';

let db: AtelierDb;
beforeEach(async () => {
  db = await freshStorage();
  chooseVariantsFor('software');
});

/** An adapter that is measured as the test says, and a count of how often it was. */
async function adapter(chosen: string) {
  const { facts } = await testEngine();
  const asked: boolean[] = [];
  const tune = async (software: boolean): Promise<KernelChoices> => {
    asked.push(software);
    const one = { form: 'NT', size: 'large', chosen, trials: [{ variant: chosen, flops: 3e9 }] } as const;
    return { version: KERNELS_VERSION, at: 7, classes: [{ ...one, trials: [...one.trials] }] };
  };
  return { asked, tune, engine: { facts: { ...facts, isFallback: false }, measureMatmul: async () => 5e9 } };
}
const CHOICE = { 'matmul NT large': 'workgroup32' };

describe('the measured variants of an adapter', () => {
  test('are measured once, kept with the rate, and read after that', async () => {
    const { engine, asked, tune } = await adapter('workgroup32');
    expect(await measuredVariants(db, engine, 'card', tune)).toEqual(CHOICE);
    expect(await measuredVariants(db, engine, 'card', tune)).toEqual(CHOICE);
    expect(asked).toEqual([false]);
    expect(await readMeasured(db, 'matmulFlops', 'card')).toBe(5e9);
    expect(kernelVariants()).toMatchObject(CHOICE);
  });

  test('belong to that adapter', async () => {
    const { engine, asked, tune } = await adapter('workgroup32');
    await measuredVariants(db, engine, 'card', tune);
    await measuredVariants(db, engine, 'other card', tune);
    expect(asked).toHaveLength(2);
  });

  test('are measured again on demand, and for other kernels', async () => {
    const { engine, asked, tune } = await adapter('workgroup32');
    await measureKernels(db, engine, 'card', tune);
    await measureKernels(db, engine, 'card', tune);
    const kept = await storedChoices(db, 'card');
    await keepMeasured(db, 'kernelChoices', 'card', { ...kept!, version: KERNELS_VERSION - 1 });
    expect(await storedChoices(db, 'card')).toBeUndefined();
    expect(await measuredVariants(db, engine, 'card', tune)).toEqual(CHOICE);
    expect(asked).toHaveLength(3);
  });
});

test('a run whose kernel was replaced, or its matrices cut, says so in both languages', () => {
  const parts = { op: PART_BYTES, variant: '4000' };
  const replaced = [{ op: 'matmul NN small', variant: 'gone' }, { op: 'matmul NT small', variant: 'gone' }, parts];
  const { notice } = replacedNotice(replaced, 40);
  expect(notice?.facts).toEqual({
    op: 'matmul NN small, matmul NT small',
    variant: 'gone',
    step: 40,
  });
  const said = new AtelierError('kernel-variant', notice!.facts);
  for (const sentence of [errorWords(said, 'en'), errorWords(said, 'zh')]) {
    for (const fact of ['gone', '40', 'matmul NT small']) expect(sentence).toContain(fact);
  }
  expect(notice!.code in ERRORS).toBe(true);

  expect(replacedNotice([parts], 40)).toEqual({ notice: { code: 'matrix-parts', facts: { step: 40 } } });
  const cut = new AtelierError('matrix-parts', { step: 40 });
  for (const sentence of [errorWords(cut, 'en'), errorWords(cut, 'zh')]) expect(sentence).toContain('40');
  expect(replacedNotice([], 40)).toEqual({});
});
