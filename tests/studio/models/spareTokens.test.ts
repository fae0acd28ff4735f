// Gemma 3 of 270M and 1B are published with a token for pictures, of the number that their embedding has rows: it is
// none of theirs.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { fromBlob } from '../../../src/base/numbers/asyncBuffer';
import { ggufTokenizer } from '../../../src/formats/gguf/ggufTokenizer';
import { readGguf } from '../../../src/formats/gguf/ggufReading';
import type { AtelierDb } from '../../../src/storage/db';
import { getTokenizer } from '../../../src/storage/tokenizers';
import { exportModel } from '../../../src/studio/export/exportModel';
import { folderOf } from '../../../src/studio/models/modelFolder';
import { keepModel } from '../../../src/studio/models/openModel';
import { loadTokenizer } from '../../../src/studio/models/tokenizers';
import { freshStorage } from '../../storage/storage';
import { ROOT } from './publishedModels';

const SPARE = '<image_soft_token>';
const FOLDER = join(ROOT, 'gemma3');
const read = (file: string): string => readFileSync(join(FOLDER, file), 'utf8');
const ROWS = (JSON.parse(read('config.json')) as { vocab_size: number }).vocab_size;

interface Json {
  added_tokens: object[];
  model: { vocab: Record<string, number> };
}
const added = (id: number, content: string, special: boolean): object => ({
  id,
  content,
  special,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
});
function tokenizerJson(token: object, vocab = {}): string {
  const json = JSON.parse(read('tokenizer.json')) as Json;
  const model = { ...json.model, vocab: { ...json.model.vocab, ...vocab } };
  return JSON.stringify({ ...json, added_tokens: [...json.added_tokens, token], model });
}
const gemma = (template: string, vocab = {}): File[] => [
  new File([read('config.json')], 'config.json'),
  new File([readFileSync(join(FOLDER, 'model.safetensors'))], 'model.safetensors'),
  new File([tokenizerJson(added(ROWS, SPARE, true), vocab)], 'tokenizer.json'),
  new File([template], 'chat_template.jinja'),
];

let db: AtelierDb;
beforeEach(async () => {
  db = await freshStorage();
});

test.each([
  ['alone', {}],
  ['in the vocabulary too', { [SPARE]: ROWS }],
])(
  'an added token beyond the rows of the embedding, %s, is text to this model, and stands in no GGUF',
  async (_, vocab) => {
    const { id, tokenizerId, model } = await keepModel(db, await folderOf(gemma('{{ messages[0].content }}', vocab)));
    expect((await getTokenizer(db, tokenizerId)).vocabSize).toBeLessThanOrEqual(model.vocabSize);
    const tokenizer = await loadTokenizer(db, tokenizerId);
    const ids = tokenizer.encode(`a ${SPARE} b`);
    expect(Math.max(...ids)).toBeLessThan(model.vocabSize);
    expect(tokenizer.decode(ids)).toBe(`a ${SPARE} b`);
    const { blob } = await exportModel(db, id, 'gguf-f16');
    const tokens = (await readGguf(fromBlob(blob!), 'm')).metadata.get('tokenizer.ggml.tokens');
    expect(tokens).toHaveLength(model.vocabSize);
    expect(tokens).not.toContain(SPARE);
  },
);

test('a template that writes such a token is refused, and nothing stays', async () => {
  await expect(keepModel(db, await folderOf(gemma(`{{ '${SPARE}' }}`)))).rejects.toMatchObject({
    code: 'vocabulary-mismatch',
    facts: { tokens: ROWS + 1, rows: ROWS },
  });
  expect(await db.count('tokenizers')).toBe(0);
});

test('runs of blanks that are tokens by themselves are blanks for llama.cpp, which writes such tokens as they stand', () => {
  const json = tokenizerJson(added(ROWS - 1, '▁▁▁', false));
  const entries = ggufTokenizer(json, ROWS, { eosId: 1 }, 'tokenizer.json');
  const list = (key: string): unknown => entries.find(([name]) => name === `tokenizer.ggml.${key}`)![2];
  expect((list('tokens') as string[])[ROWS - 1]).toBe('   ');
  expect((list('token_type') as number[])[ROWS - 1]).toBe(4);
});
