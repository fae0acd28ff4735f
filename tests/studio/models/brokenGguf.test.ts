// GGUF files whose header reads well and whose content is none of a model that we run: each is refused in words, and
// nothing of it is stored. Headers that are damaged themselves: tests/formats/hostile.test.ts.
import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import { errorWords } from '../../../src/app/words/errorWords';
import { AtelierError } from '../../../src/base/errors/errors';
import type { GgufValue } from '../../../src/formats/gguf/ggufReading';
import type { AtelierDb } from '../../../src/storage/db';
import { openFiles } from '../../../src/studio/models/openFiles';
import { contentOf, ggufBytes, type GgufContent } from '../../formats/gguf/ggufContent';
import { freshStorage } from '../../storage/storage';

const bytesOf = (name: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(new URL(`../../fixtures/gguf/${name}.gguf`, import.meta.url)));

let db: AtelierDb;
beforeEach(async () => void (db = await freshStorage()));

async function refusal(files: File[]): Promise<AtelierError> {
  const error: unknown = await openFiles(db, files, {}).then(
    () => 'opened',
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(AtelierError);
  const found = error as AtelierError;
  expect(errorWords(found, 'en') + errorWords(found, 'zh')).not.toMatch(/\{\w+\}/);
  for (const store of ['models', 'modelChunks', 'tokenizers'] as const) expect(await db.count(store)).toBe(0);
  return found;
}

type Change = (content: GgufContent) => void;
const key =
  (name: string, value: GgufValue | undefined): Change =>
  ({ keys }) =>
    void (value === undefined ? keys.delete(name) : keys.set(name, value));
const tensor =
  (name: string, change: (t: GgufContent['tensors'][number], all: GgufContent['tensors']) => void): Change =>
  ({ tensors }) =>
    change(
      tensors.find((t) => t.name === name)!,
      tensors,
    );
const listed =
  (name: string, change: (list: GgufValue[]) => GgufValue[]): Change =>
  (content) =>
    void content.keys.set(name, change([...(content.keys.get(name) as GgufValue[])]));
const without = (name: string): Change => tensor(name, (t, all) => void all.splice(all.indexOf(t), 1));

const BROKEN: [what: string, change: Change, code: string][] = [
  ['another architecture', key('general.architecture', 'mamba'), 'gguf-unsupported'],
  ['no architecture', key('general.architecture', undefined), 'gguf-unsupported'],
  ['an adapter', key('general.type', 'adapter'), 'gguf-adapter'],
  ['no number of layers', key('llama.block_count', undefined), 'gguf-unsupported'],
  ['more layers than tensors', key('llama.block_count', 3), 'tensor-missing'],
  ['fewer layers than tensors', key('llama.block_count', 1), 'tensor-unknown'],
  ['layers beyond all sense', key('llama.block_count', 2 ** 31), 'gguf-unsupported'],
  ['a text for a number', key('llama.embedding_length', '32'), 'gguf-unsupported'],
  ['heads that do not divide', key('llama.attention.head_count_kv', 3), 'gguf-unsupported'],
  ['heads that differ by layer', key('llama.attention.head_count_kv', [1, 2]), 'gguf-unsupported'],
  ['an odd width of heads', key('llama.attention.key_length', 7), 'gguf-unsupported'],
  ['values of another width', key('llama.attention.value_length', 4), 'gguf-unsupported'],
  ['angles on a part of a head', key('llama.rope.dimension_count', 4), 'gguf-unsupported'],
  ['a negative base of angles', key('llama.rope.freq_base', -1.5), 'gguf-unsupported'],
  ['YaRN', key('llama.rope.scaling.type', 'yarn'), 'gguf-unsupported'],
  ['experts', key('llama.expert_count', 8), 'gguf-unsupported'],
  ['a key that nobody knows', key('llama.attention.new_kind', 2), 'gguf-unsupported'],
  ['an epsilon of zero', key('llama.attention.layer_norm_rms_epsilon', 0), 'gguf-unsupported'],
  ['no embedding', without('token_embd.weight'), 'gguf-unsupported'],
  ['no last norm', without('output_norm.weight'), 'tensor-missing'],
  [
    'a bias that the family has not',
    tensor('output_norm.weight', (t, all) => void all.push({ ...t, name: 'blk.1.attn_q.bias' })),
    'tensor-unknown',
  ],
  ['a tensor in another shape', tensor('blk.0.ffn_up.weight', (t) => void (t.shape = [32, 64])), 'tensor-shape'],
  [
    'a head of fewer rows',
    tensor(
      'token_embd.weight',
      (t, all) => void all.push({ ...t, name: 'output.weight', shape: [2, 32], values: t.values.slice(0, 64) }),
    ),
    'tensor-shape',
  ],
  [
    'factors of angles by no rule',
    tensor(
      'output_norm.weight',
      (t, all) => void all.push({ ...t, name: 'rope_freqs.weight', shape: [4], values: Float32Array.of(1, 3, 2, 8) }),
    ),
    'gguf-unsupported',
  ],
  [
    'more factors of angles than a head has room for',
    tensor(
      'output_norm.weight',
      (t, all) =>
        void all.push({ ...t, name: 'rope_freqs.weight', shape: [65_536], values: new Float32Array(65_536).fill(1) }),
    ),
    'gguf-unsupported',
  ],
  ['no kind of tokenizer', key('tokenizer.ggml.model', undefined), 'gguf-unsupported'],
  ['a tokenizer of another kind', key('tokenizer.ggml.model', 'bert'), 'gguf-unsupported'],
  ['a cut of texts that nobody knows', key('tokenizer.ggml.pre', 'of-tomorrow'), 'gguf-pre'],
  ['no tokens', key('tokenizer.ggml.tokens', undefined), 'gguf-unsupported'],
  ['numbers for tokens', key('tokenizer.ggml.tokens', [1, 2, 3]), 'gguf-unsupported'],
  ['a token twice', listed('tokenizer.ggml.tokens', ([a, , ...rest]) => [a!, a!, ...rest]), 'gguf-broken'],
  ['more tokens than rows', listed('tokenizer.ggml.tokens', (list) => [...list, 'x y']), 'gguf-unsupported'],
  ['fewer kinds than tokens', listed('tokenizer.ggml.token_type', (list) => list.slice(1)), 'gguf-unsupported'],
  [
    'a merge of tokens that are not there',
    listed('tokenizer.ggml.merges', (list) => [...list, 'qq qqq']),
    'tokenizer-broken',
  ],
  ['a merge without a blank', listed('tokenizer.ggml.merges', (list) => [...list, 'qqqq']), 'tokenizer-broken'],
  ['scores for merges', key('tokenizer.ggml.model', 'llama'), 'gguf-unsupported'],
  ['an end token beyond the tokens', key('tokenizer.ggml.eos_token_id', 5000), 'gguf-unsupported'],
];

test('thirty-seven ways, no two alike', () => {
  expect(new Set(BROKEN.map(([what]) => what)).size).toBe(37);
});

test.each(BROKEN)('%s is refused', async (_what, change, code) => {
  const content = await contentOf(bytesOf('smol'));
  change(content);
  expect((await refusal([new File([await ggufBytes(content)], 'm.gguf')])).code).toBe(code);
});

test('a type that is not read is named with its tensor', async () => {
  const bytes = bytesOf('smol').slice();
  const name = 'blk.0.ffn_up.weight';
  const at = Buffer.from(bytes).indexOf(name) + name.length;
  new DataView(bytes.buffer).setUint32(at + 4 + 16, 10, true);
  const { code, facts } = await refusal([new File([bytes], 'm.gguf')]);
  expect([code, facts['tensor'], facts['found']]).toEqual(['gguf-type', name, 'Q2_K']);
});

describe('splits', () => {
  /** The tensors of a model on several files, as llama.cpp's gguf-split writes them. */
  async function parts(count: number, change: (index: number, content: GgufContent) => void = () => undefined) {
    const whole = await contentOf(bytesOf('smol'));
    const share = Math.ceil(whole.tensors.length / count);
    return Promise.all(
      Array.from({ length: count }, async (_, index) => {
        const keys = new Map<string, GgufValue>(index === 0 ? whole.keys : []);
        keys.set('split.no', index).set('split.count', count).set('split.tensors.count', whole.tensors.length);
        const content = { keys, tensors: whole.tensors.slice(index * share, (index + 1) * share) };
        change(index, content);
        return new File([await ggufBytes(content)], `m-0000${index + 1}-of-0000${count}.gguf`);
      }),
    );
  }

  test('open as the one file, in any order', async () => {
    const whole = await openFiles(db, [new File([await ggufBytes(await contentOf(bytesOf('smol')))], 'm.gguf')], {});
    const [a, b, c] = await parts(3);
    const split = await openFiles(db, [c!, a!, b!], {});
    expect(split.sha256).toBe(whole.sha256);
  });

  test('a part that was not chosen is named', async () => {
    const [a, , c] = await parts(3);
    const { code, facts } = await refusal([a!, c!]);
    expect([code, facts['missing']]).toEqual(['gguf-part-missing', 'm-00002-of-00003.gguf']);
  });

  test('the last part alone says so too', async () => {
    const [, , c] = await parts(3);
    expect((await refusal([c!])).facts['missing']).toBe('m-00001-of-00003.gguf');
  });

  test('parts of two models, a part twice, two models: none of them opens', async () => {
    const [a, b] = await parts(2);
    const [, other] = await parts(3);
    expect((await refusal([a!, other!])).code).toBe('gguf-parts-differ');
    expect((await refusal([a!, b!, new File([b!], 'again.gguf')])).code).toBe('gguf-several');
    expect((await refusal([new File([bytesOf('smol')], 'a'), new File([bytesOf('gpt2')], 'b')])).code).toBe(
      'gguf-several',
    );
  });

  test('a tensor in two parts, or in none, is told', async () => {
    const twice = await parts(
      2,
      (index, { tensors }) =>
        void (index === 1 && tensors.push({ name: 'token_embd.weight', shape: [1], values: Float32Array.of(1) })),
    );
    expect((await refusal(twice)).code).toBe('gguf-broken');
    const fewer = await parts(2, (index, { tensors }) => void (index === 1 && tensors.pop()));
    expect((await refusal(fewer)).code).toBe('gguf-parts-differ');
  });
});
