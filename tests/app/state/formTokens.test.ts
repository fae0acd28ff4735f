import { expect, test } from 'vitest';
import { FormTokens } from '../../../src/app/state/formTokens.svelte';
import { AtelierError } from '../../../src/base/errors/errors';
import type { NewTokens } from '../../../src/base/lora';
import type { TokenizerRecord } from '../../../src/base/records/tokenizer';
import type { NewTokensRequest } from '../../../src/base/wire/requests';
import { MODEL } from '../../storage/storage';

type Form = ConstructorParameters<typeof FormTokens>[0];

const TOKENS: NewTokens = { texts: ['<a>', '<b>'], first: 11, count: 2, baseRows: 11 };
const known = { extended: { ...TOKENS, from: 'base' } } as TokenizerRecord;
const formOf = (newTokens: string, patch: Partial<Form> = {}): Form => ({
  ...{ mode: 'pretrained', overrides: { newTokens }, tuned: { tokenizerId: 'base', model: MODEL } },
  ...{ tokenizers: [], ...patch },
});
const answering = (answer: (request: NewTokensRequest) => Promise<NewTokens>) => ({ newTokens: answer });
const silent = answering(() => Promise.reject(new Error('not asked for')));

test('the tokenizer is asked once the list is sound, and the model grows by its answer', async () => {
  const asked: NewTokensRequest[] = [];
  const tokens = new FormTokens(
    formOf('<a>\n<b>\n'),
    answering((request) => Promise.resolve((asked.push(request), TOKENS))),
  );
  expect([tokens.texts, tokens.waiting, tokens.grown(MODEL)]).toEqual([['<a>', '<b>'], true, MODEL]);
  await tokens.refresh();
  expect(asked).toEqual([{ tokenizerId: 'base', texts: ['<a>', '<b>'], baseRows: MODEL.vocabSize }]);
  expect([tokens.waiting, tokens.found, tokens.grown(MODEL).vocabSize]).toEqual([false, TOKENS, 13]);
});

test('a fault of the list is told without asking; what the tokenizer refuses is told as it says', async () => {
  const twice = new FormTokens(formOf('<a>\n<a>'), silent);
  await twice.refresh();
  expect([twice.request, twice.fault?.code, twice.waiting]).toEqual([undefined, 'new-token-twice', false]);
  const refusal = new AtelierError('new-token-known', { line: 1, token: '<a>', id: 3 });
  const refused = new FormTokens(
    formOf('<a>'),
    answering(() => Promise.reject(refusal)),
  );
  await refused.refresh();
  expect([refused.fault, refused.found, refused.waiting]).toEqual([refusal, undefined, false]);
});

test('a run of all weights, from nothing or on an adapter has none', () => {
  const full = { overrides: { newTokens: '<a>', method: 'full' as const } };
  for (const patch of [full, { mode: 'scratch' as const }]) {
    const tokens = new FormTokens(formOf('<a>', patch), silent);
    expect([tokens.texts, tokens.request, tokens.waiting]).toEqual([[], undefined, false]);
  }
});

test('the tokenizer that was made for the same tokens of the same base is found', () => {
  const texts = '<a>\n<b>';
  const found = (patch: Partial<Form>, list = texts) => new FormTokens(formOf(list, patch), silent).tokenizer;
  expect(found({ tokenizers: [known] })).toBe(known);
  expect(found({ tokenizers: [known] }, '<b>\n<a>')).toBeUndefined();
  const tuned = { tokenizerId: 'another', model: MODEL };
  expect(found({ tokenizers: [known], tuned })).toBeUndefined();
});
