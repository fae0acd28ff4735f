// What samples of conversations start with, where a template is strict and where nothing is held out.
import { expect, test } from 'vitest';
import { defaultSettings } from '../../../src/base/settings/trainSettings';
import { OwnTokenizer } from '../../../src/data/tokens/ownTokenizer';
import { trainCharacters } from '../../../src/data/tokens/trainCharacters';
import { addModel } from '../../../src/storage/models';
import { samplePrompt } from '../../../src/studio/train/samplePrompt';
import { freshStorage, MODEL, runOf } from '../../storage/storage';

const STRICT = `{% if messages[0].role != 'system' %}{{ raise_exception('a system message first') }}{% endif %}
{% for m in messages %}{{ m.content }}{{ eos_token }}{% endfor %}`;

async function sampled(shown: string, question: Uint32Array | undefined) {
  const db = await freshStorage();
  const tokenizer = new OwnTokenizer(await trainCharacters(['abc']));
  const facts = { name: 'm', source: 'm', model: MODEL, tokenizerId: 't', endTokenIds: [], parameters: 0 };
  const { id } = await addModel(db, { ...facts, chatTemplate: STRICT }, []);
  const settings = { ...defaultSettings(), task: 'chat' as const, samplePrompt: shown };
  const run = { ...runOf('r'), origin: { kind: 'model' as const, modelId: id, name: 'm' }, settings };
  return samplePrompt(db, run, tokenizer, question);
}

test('a template that demands a system message is asked the question of a row, whatever the settings ask', async () => {
  const question = Uint32Array.of(1, 2);
  for (const shown of ['', 'abc']) expect((await sampled(shown, question))?.ids).toBe(question);
});

test('where there is no question there is no sample, never one from nothing', async () => {
  expect(await sampled('', undefined)).toBeUndefined();
});
