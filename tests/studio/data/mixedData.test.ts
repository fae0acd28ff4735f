import { beforeEach, describe, expect, test } from 'vitest';
import { sidesOf } from '../../../src/base/batch';
import type { MixedText } from '../../../src/base/records/mix';
import type { Task } from '../../../src/base/records/prepared';
import { defaultSettings, type TrainSettings } from '../../../src/base/settings/trainSettings';
import type { AtelierDb } from '../../../src/storage/db';
import { importFile } from '../../../src/studio/data/importData';
import { preflight } from '../../../src/studio/data/preflight';
import { prepare, prepareAgain } from '../../../src/studio/data/prepare';
import { openTrainingData } from '../../../src/studio/data/trainingData';
import { trainTokenizer } from '../../../src/studio/data/trainTokenizer';
import { loadTokenizer } from '../../../src/studio/models/tokenizers';
import { freshStorage } from '../../storage/storage';

const WORDS = ['fox', 'owl', 'cat'];
const COUNTS = [60, 40, 12];
const SHARES = [0.3, 0.2];
const ROWS: Record<'text' | 'chat' | 'dpo', (word: string, i: number) => object> = {
  text: (word, i) => ({ text: `The ${word} ${i} sat by the sea and looked at the ${word} of the ship.` }),
  chat: (word, i) => ({ prompt: `Who sat ${i}?`, completion: `The ${word} sat, a ${word}.` }),
  dpo: (word, i) => ({ prompt: `Who sat ${i}?`, chosen: `The ${word} sat.`, rejected: `No ${word}.` }),
};

let db: AtelierDb;
beforeEach(async () => (db = await freshStorage()));

async function made(task: keyof typeof ROWS) {
  const datasetIds: string[] = [];
  for (const [at, word] of WORDS.entries()) {
    const rows = Array.from({ length: COUNTS[at]! }, (_, i) => JSON.stringify(ROWS[task](word, i + 100 * at)));
    datasetIds.push((await importFile(db, new File([rows.join('\n')], `${word}.jsonl`))).id);
  }
  const { id: tokenizerId } = await trainTokenizer(db, { name: 't', kind: 'bpe', vocabSize: 300, datasetIds });
  const of: { task?: Task } = task === 'text' ? {} : { task };
  const request = { datasetIds, tokenizerId, seed: 1, validationShare: 0.25, ...of };
  const mix: MixedText[] = SHARES.map((share, i) => ({ datasetId: datasetIds[i + 1]!, share }));
  const settings: TrainSettings = { ...defaultSettings(), task, contextLength: 32, batchSize: 2, accumulate: 1 };
  return { request, mix, settings, tokenizerId, prepared: await prepare(db, request) };
}

describe.each(['text', 'chat', 'dpo'] as const)('a mix of %s', (task) => {
  test('has each window from one text, in the numbers that its shares ask for', async () => {
    const { prepared, mix, settings, tokenizerId } = await made(task);
    const tokenizer = await loadTokenizer(db, tokenizerId);
    const { windows } = await openTrainingData(db, prepared, settings, mix);
    const tokens = WORDS.map(() => 0);
    for (let cursor = 0; cursor < windows.count; cursor++) {
      const [batch] = windows.trainBatches(cursor);
      const side = sidesOf(batch!)[0]!;
      const whole = sidesOf(batch!).flatMap(({ inputs, targets, length }) => [
        ...[...inputs.subarray(0, length)],
        ...[...targets.subarray(0, length)].filter((target) => target >= 0),
      ]);
      const said = tokenizer.decode(whole);
      const found = WORDS.flatMap((word, i) => (said.includes(word) ? [i] : []));
      expect(found).toHaveLength(1);
      if (task !== 'dpo') expect(side.origins!.of[0]).toBe(found[0]);
      tokens[found[0]!]! += sidesOf(batch!).reduce(
        (sum, { length, starts }) =>
          sum + (starts ? [...starts.subarray(0, length)].filter((start, i) => start <= i).length : length),
        0,
      );
    }
    const total = tokens.reduce((sum, count) => sum + count, 0);
    SHARES.forEach((share, i) => expect(tokens[i + 1]! / total).toBeCloseTo(share, 1));
    for (const [i, { validationBatches }] of windows.texts!.entries()) {
      const held = [...validationBatches()].flatMap((batch) => sidesOf(batch).flatMap(({ inputs }) => [...inputs]));
      const said = tokenizer.decode(held);
      expect(WORDS.filter((word) => said.includes(word))).toEqual([WORDS[i]]);
    }
  });

  test('counts each dataset alike in preflight and in the tokens, and all of them are the whole', async () => {
    const { request, prepared } = await made(task);
    const found = await preflight(db, { ...request, contextLength: 32 });
    expect(found.parts!.map(({ rows, tokens, held }) => [rows, tokens, held])).toEqual(
      prepared.parts!.map(({ trainRows, trainTokens, validationRows }) => [trainRows, trainTokens, validationRows]),
    );
    const sum = (of: 'trainRows' | 'trainTokens' | 'validationRows' | 'validationTokens'): number =>
      prepared.parts!.reduce((all, part) => all + part[of], 0);
    for (const of of ['trainRows', 'trainTokens', 'validationRows', 'validationTokens'] as const)
      expect(sum(of)).toBe(prepared[of]);
  });
});

test('tokens that were made before texts could be mixed are made again', async () => {
  const { prepared, mix, settings } = await made('text');
  const { parts: _parts, ...old } = prepared;
  await db.put('prepared', old);
  await openTrainingData(db, old, settings);
  await expect(openTrainingData(db, old, settings, mix)).rejects.toMatchObject({ code: 'prepared-missing' });
  const again = await prepareAgain(db, old, undefined, 'r');
  expect([again.parts, again.sha256]).toEqual([prepared.parts, prepared.sha256]);
  await openTrainingData(db, again, settings, mix);
});
