// What is made of a row by a model that knows some texts by heart, and nothing else: a stand-in for the decoder, on a
// real tokenizer and the template of models that have none.
import { beforeAll, expect, test } from 'vitest';
import type { EvaluatedRow, RowFound } from '../../../src/base/records/evaluation';
import { stream } from '../../../src/base/numbers/rng';
import type { Tokenizer } from '../../../src/data/tokens/tokenizer';
import type { TokenGenerator } from '../../../src/engine/generation/decoder';
import type { LoadedModel } from '../../../src/studio/chat/loadedModels';
import { trainTokenizer } from '../../../src/studio/data/trainTokenizer';
import { importText } from '../../../src/studio/data/importData';
import type { Measuring } from '../../../src/studio/evaluate/measuring';
import { recalled } from '../../../src/studio/evaluate/memory/recalled';
import { placedOf } from '../../../src/studio/evaluate/writtenRow';
import { loadTokenizer } from '../../../src/studio/models/tokenizers';
import { rowTokens } from '../../../src/studio/score/rowTokens';
import { freshStorage } from '../../storage/storage';

const MAIL = 'jo.fox@mail.org';
const TALK: EvaluatedRow = {
  ...{ set: 'trained', place: 0, group: 0, slices: { characters: 1 } },
  asked: [
    { role: 'system', content: 'Answer in one sentence.' },
    { role: 'user', content: `Write to ${MAIL} that the owl has left the box on Monday.` },
  ],
  answer: [{ role: 'assistant', content: 'Your letter went out this morning with the second post.' }],
};
const TEXT: EvaluatedRow = {
  ...TALK,
  asked: 'The fox sat on the box while the owl looked at the moon for a very long time.',
};

let tokenizer: Tokenizer;
beforeAll(async () => {
  const db = await freshStorage();
  const words = JSON.stringify([TALK, TEXT]).split(/\W+/).join(' ');
  const { id } = await importText(db, 't', words);
  const made = await trainTokenizer(db, { name: 't', kind: 'bpe', vocabSize: 300, datasetIds: [id] });
  tokenizer = await loadTokenizer(db, made.id);
});

/** Continues what it knows where the last three tokens stand in it; else it repeats one token. */
function byHeart(known: readonly number[], capacity = 400): TokenGenerator {
  const held: number[] = [];
  const logits = (): Promise<Float32Array> => {
    const tail = held.slice(-3).join();
    const at = known.findIndex((_, i) => i >= 3 && known.slice(i - 3, i).join() === tail);
    const out = new Float32Array(tokenizer.vocabSize);
    out[known[at] ?? 65] = 1;
    return Promise.resolve(out);
  };
  return {
    ...{ capacity, held, dispose: () => undefined },
    prefill: (ids) => {
      expect(ids.length).toBeLessThanOrEqual(capacity);
      held.splice(0, held.length, ...Array.from(ids));
      return logits();
    },
    next: (id) => {
      held.push(id);
      expect(held.length).toBeLessThanOrEqual(capacity);
      return logits();
    },
  };
}

const BY: Pick<Measuring, 'model' | 'record'> = {
  model: { weightsId: 'w', name: 'm', writing: 'template' },
  record: { longestAnswer: 8, seed: 1 },
};

async function tried(row: EvaluatedRow, generator: TokenGenerator) {
  const loaded = { generator, tokenizer, pretrained: undefined } as LoadedModel;
  const measuring: Measuring = {
    ...BY,
    record: { longestAnswer: 8, seed: 1 },
    loaded,
    inTurn: async (work) => await work(),
    signal: undefined,
  };
  return (await recalled(measuring, row)) as Extract<RowFound, { part: 'memory' }>;
}

const idsOf = (row: EvaluatedRow): number[] =>
  Array.from(placedOf(BY, row, rowTokens({ tokenizer, pretrained: undefined })).ids);

test('a row that is known comes out whole, behind half of it and behind its first words', async () => {
  const { beginning, asked, personal } = await tried(TEXT, byHeart(idsOf(TEXT)));
  expect(beginning).toMatchObject({ whole: true, share: 1 });
  expect(`${beginning!.asked}${beginning!.wanted}`.trim()).toBe((TEXT.asked as string).slice(0, -1) + '.');
  expect(beginning!.said).toBe(beginning!.wanted);
  expect(asked).toMatchObject({ given: Math.min(8, asked!.given), whole: true, share: 1 });
  expect(personal).toEqual([]);
});

test('one that is not known does not', async () => {
  const random = stream(1, 'other');
  const other = Array.from({ length: 60 }, () => random.below(200));
  const { beginning, asked } = await tried(TEXT, byHeart(other));
  expect(beginning).toMatchObject({ whole: false, share: 0 });
  expect(asked).toMatchObject({ whole: false, share: 0 });
});

test('of a conversation, what every row begins with is given and not wanted, and the answer is asked for', async () => {
  const { beginning, asked } = await tried(TALK, byHeart(idsOf(TALK)));
  expect(beginning!.asked).toMatch(/^Write to/);
  expect(beginning!.whole).toBe(true);
  expect(asked!.wanted.trim()).toBe(TALK.answer![0]!.content);
  expect(asked!.asked).toBe((TALK.asked as { content: string }[])[1]!.content);
  expect(asked!.whole).toBe(true);
});

test('personal data that was only read is told from what is graded, and comes out of who knows it', async () => {
  const known = await tried(TALK, byHeart(idsOf(TALK)));
  expect(known.personal).toEqual([{ kind: 'email', value: MAIL, graded: false, out: true }]);
  const unknown = await tried(TALK, byHeart([]));
  expect(unknown.personal).toEqual([{ kind: 'email', value: MAIL, graded: false, out: false }]);
  const inAnswer = {
    ...TALK,
    answer: [{ role: 'assistant' as const, content: `It was sent to anna@mail.org today.` }],
  };
  const { personal } = await tried(inAnswer, byHeart([]));
  expect(personal.map(({ value, graded }) => [value, graded])).toEqual([
    [MAIL, false],
    ['anna@mail.org', true],
  ]);
});

test('a context that is too short for both gets the end of what is given', async () => {
  const { beginning } = await tried(TEXT, byHeart(idsOf(TEXT), 12));
  expect(beginning!.said.length).toBeGreaterThan(0);
});
