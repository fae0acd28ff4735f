// Files of models as somebody may have damaged or prepared them: each is refused with its words and leaves nothing, or
// opens as it was.
import { beforeAll, expect, test } from 'vitest';
import { stream } from '../../../src/base/numbers/rng';
import { AtelierError } from '../../../src/base/errors/errors';
import { errorWords } from '../../../src/app/words/errorWords';
import { folderOf } from '../../../src/studio/models/modelFolder';
import { keepModel } from '../../../src/studio/models/openModel';
import { freshStorage } from '../../storage/storage';
import {
  cut,
  gemma,
  joined,
  ODD_NUMBERS,
  patched,
  pick,
  put,
  safetensors,
  sharded,
  spoiled,
  textOf,
  whole,
  withHeader,
  type Files,
  type Header,
  type Mutation,
} from './hostile';

const WEIGHTS = 'model.safetensors';
const CONFIG = 'config.json';
const TOKENIZER = 'tokenizer.json';
const INDEX = 'model.safetensors.index.json';
const random = stream(11, 'hostile models');
const NAMES = 1 + random.below(5); // which tensors are hit first; the same in every run

const changed = (make: () => Files, file: string, change: (bytes: Uint8Array) => Uint8Array | string): Files => {
  const files = make();
  return put(files, file, change(files.get(file)!));
};

function* weights(): Generator<Mutation> {
  const header = (
    name: string,
    codes: string[] | undefined,
    ...rest: [Parameters<typeof withHeader>[1], Parameters<typeof withHeader>[2]?]
  ) => ({
    name: `weights: ${name}`,
    ...(codes && { codes: codes.map((code) => `${code.includes('-') ? '' : 'safetensors-'}${code}`) }),
    files: changed(whole, WEIGHTS, (bytes) => withHeader(bytes, ...rest)),
  });
  const bytes = whole().get(WEIGHTS)!;
  const size = bytes.length;
  for (const length of [
    0,
    7,
    9,
    100,
    2000,
    size >> 1,
    size - 1,
    ...Array.from({ length: 6 }, () => random.below(size)),
  ])
    yield {
      name: `weights cut to ${length}`,
      codes: ['safetensors-short', 'safetensors-header-size', 'safetensors-end'],
      files: put(whole(), WEIGHTS, cut(bytes, length)),
    };
  for (const more of [1, 8, 4096])
    yield {
      name: `${more} bytes more`,
      codes: ['safetensors-end'],
      files: put(whole(), WEIGHTS, joined(bytes, new Uint8Array(more))),
    };
  for (const says of [0, 1, 2, 1000, size, 2 ** 31, 2 ** 40, 2 ** 53])
    yield {
      name: `a header that says ${says} bytes`,
      codes: ['safetensors-header-size', 'safetensors-header'],
      files: put(whole(), WEIGHTS, safetensors(bytes.slice(8), new Uint8Array(0), says)),
    };
  for (let i = NAMES; i < NAMES + 5; i++) {
    const shift = (h: Header, names: string[], by: number, from: number, to = names.length): void =>
      names
        .slice(from, to)
        .forEach((n) => (h[n]!.data_offsets = h[n]!.data_offsets.map((o) => o + by) as [number, number]));
    yield header(`tensor ${i} lies over the one before`, ['overlap'], (h, names) => shift(h, names, -2 * i, i, i + 1));
    yield header(
      `a hole before tensor ${i}`,
      ['hole'],
      (h, names) => shift(h, names, 64 * i, i),
      (data) => joined(data, new Uint8Array(64 * i)),
    );
    yield header(`tensor ${i} has a row more`, ['size'], (h, names) => void h[names[i]!]!.shape[0]!++);
    yield header(`tensor ${i} ends later`, ['size'], (h, names) => void (h[names[i]!]!.data_offsets[1] += 2));
    yield header(`tensor ${i} begins after its end`, ['size'], (h, names) => void h[names[i]!]!.data_offsets.reverse());
    yield header(`tensor ${i} has another name`, ['tensor-missing', 'tensor-unknown'], (h, names) => {
      h[`x${i}`] = h[names[i]!]!;
      Reflect.deleteProperty(h, names[i]!);
    });
    yield header(
      `tensor ${i} flat`,
      ['tensor-shape'],
      (h, names) => void (h[names[i]!]!.shape = [h[names[i]!]!.shape.reduce((a, b) => a * b), 1]),
    );
    yield header(`tensor ${i} of whole numbers`, ['tensor-dtype'], (h, names) => void (h[names[i]!]!.dtype = 'I16'));
    yield header(
      `tensor ${i} of unknown numbers`,
      ['dtype'],
      (h, names) => void (h[names[i]!]!.dtype = pick(random, ['F8_E4M3', 'BF8', 'f32', ''])),
    );
    yield header(
      `tensor ${i} with odd sizes`,
      ['entry', 'size'],
      (h, names) => void (h[names[i]!]!.shape = pick(random, [[-1, 2], [0.5], [2 ** 53], [2 ** 32, 2 ** 32]])),
    );
    yield header(`tensor ${i} twice`, ['duplicate'], (h, names) =>
      JSON.stringify(h).replace(/\}$/, `,${JSON.stringify(names[i])}:${JSON.stringify(h[names[i]!])}}`),
    );
  }
  for (const depth of [70, 100_000])
    yield header(`metadata ${depth} deep`, ['header'], (h) =>
      JSON.stringify(h).replace(/\}$/, `,"x":${'['.repeat(depth)}${']'.repeat(depth)}}`),
    );
  yield header('metadata of numbers', ['metadata'], (h) => JSON.stringify({ ...h, __metadata__: { a: 1 } }));
  yield header('a field more', ['entry'], (h, names) => void Object.assign(h[names[1]!]!, { more: 1 }));
  yield header('a prototype', ['entry'], (h) => JSON.stringify(h).replace(/\}$/, ',"__proto__":{"dtype":"F32"}}'));
  for (let i = 0; i < 3; i++)
    yield {
      name: `no UTF-8 in the header ${i}`,
      codes: ['safetensors-header'],
      files: changed(whole, WEIGHTS, (b) => {
        const length = Number(new DataView(b.buffer, b.byteOffset).getBigUint64(0, true));
        return joined(
          b.slice(0, 8),
          spoiled(Buffer.from(b.slice(8, 8 + length)).toString(), random),
          b.slice(8 + length),
        );
      }),
    };
  yield header('harmless: blanks behind the header', undefined, (h) => JSON.stringify(h) + ' '.repeat(77));
  yield header('harmless: entries in another order', undefined, (h) =>
    JSON.stringify(Object.fromEntries(Object.entries(h).reverse())),
  );
  yield header('harmless: other metadata', undefined, (h) =>
    JSON.stringify({ ...h, __metadata__: { by: 'somebody' } }),
  );
}

function* configs(): Generator<Mutation> {
  const text = textOf(whole(), CONFIG);
  for (let i = 0; i < 5; i++)
    yield {
      name: `configuration cut ${i}`,
      codes: ['json-syntax'],
      files: put(whole(), CONFIG, text.slice(0, 1 + random.below(text.length - 3))),
    };
  for (let i = 0; i < 4; i++)
    yield {
      name: `no UTF-8 in the configuration ${i}`,
      codes: ['file-not-utf8'],
      files: put(whole(), CONFIG, spoiled(text, random)),
    };
  for (const [name, other, code] of [
    ['a list', '[]', 'config-value'],
    ['nothing', 'null', 'config-value'],
    ['a number', '7', 'config-value'],
    ['empty', '', 'json-syntax'],
    ['deep', '{"a":'.repeat(200_000), 'json-deep'],
  ] as const)
    yield { name: `configuration: ${name}`, codes: [code], files: put(whole(), CONFIG, other) };
  for (const field of ['hidden_size', 'num_hidden_layers', 'num_attention_heads', 'vocab_size', 'intermediate_size']) {
    yield { name: `without ${field}`, codes: ['config-missing'], files: patched(whole(), CONFIG, [field], undefined) };
    for (const value of ODD_NUMBERS)
      yield {
        name: `${field} = ${value}`,
        codes: ['config-value'],
        files: put(whole(), CONFIG, text.replace(new RegExp(`"${field}": \\d+`), `"${field}": ${value}`)),
      };
    yield {
      name: `${field} one more`,
      codes: ['tensor-shape', 'tensor-missing', 'config-value'],
      files: put(
        whole(),
        CONFIG,
        text.replace(new RegExp(`"${field}": (\\d+)`), (_, n) => `"${field}": ${Number(n) + 1}`),
      ),
    };
  }
  for (const name of ['MistralForCausalLM', 'LlamaForTokenClassification', '__proto__', 'toString', ''])
    yield {
      name: `architecture ${name}`,
      codes: ['config-unsupported'],
      files: patched(whole(), CONFIG, ['architectures'], [name]),
    };
  for (const [path, value] of [
    [['rope_parameters', 'rope_type'], 'yarn'],
    [['hidden_act'], 'mish'],
    [['quantization_config'], {}],
    [['sliding_window'], 7],
    [['model_type'], 'mistral'],
  ] as const)
    yield {
      name: `${path.join('.')} = ${JSON.stringify(value)}`,
      codes: ['config-unsupported'],
      files: patched(whole(), CONFIG, path, value),
    };
  for (const eos of [-1, 0.5, '2', [1, 'a']])
    yield {
      name: `eos_token_id ${JSON.stringify(eos)}`,
      codes: [eos === -1 ? 'tokenizer-without-end' : 'config-value'], // -1 is none
      files: patched(whole(), CONFIG, ['eos_token_id'], eos),
    };
  yield {
    name: 'an end beyond the vocabulary',
    codes: ['tokenizer-without-end'],
    files: patched(whole(), CONFIG, ['eos_token_id'], 99_999),
  };
  yield {
    name: 'an end beyond the vocabulary of a pretrained tokenizer',
    codes: ['tokenizer-without-end'],
    files: patched(gemma(), CONFIG, ['eos_token_id'], 99_999),
  };
  yield {
    name: 'generation_config.json broken',
    codes: ['json-syntax'],
    files: put(whole(), 'generation_config.json', '{'),
  };
  yield {
    name: 'a field twice, the last as it was',
    files: put(whole(), CONFIG, text.replace('{', '{"vocab_size": 1,')),
  };
  yield { name: 'unknown fields', files: patched(whole(), CONFIG, ['toString'], { a: ['<script>'] }) };
}

/** Patterns that go back and forth over a text for longer than anybody waits, or that no library knows. */
const BOMBS = [
  '(a+)+$',
  '(\\s|\\s)*x',
  '([^x]+)*y',
  '.*.*.*z',
  '(?=(\\w+))\\1b',
  '(x+x+)+y',
  '[a-z]+[a-z]+[a-z]+1',
  '(?:a|aa)+$',
  '[^x]*x',
  'a{1,60000}b',
  '(?<=a+)b',
  '\\s*\\s*\\s*\\S',
  '(',
  '[',
  'x'.repeat(5000),
  '',
];

function* tokenizers(): Generator<Mutation> {
  for (const [kind, make] of [
    ['ours', whole],
    ['pretrained', gemma],
  ] as const) {
    const at = (name: string, path: string[], value: unknown, ...codes: string[]): Mutation => ({
      name: `${kind}: ${name}`,
      codes,
      files: patched(make(), TOKENIZER, path, value),
    });
    const text = textOf(make(), TOKENIZER);
    const model = JSON.parse(text) as {
      model: { vocab: Record<string, number>; merges: unknown[] };
      added_tokens: object[];
    };
    const { vocab } = model.model;
    for (let i = 0; i < 3; i++)
      yield {
        name: `${kind}: cut ${i}`,
        codes: ['json-syntax'],
        files: put(make(), TOKENIZER, text.slice(0, 1 + random.below(text.length - 3))),
      };
    yield { name: `${kind}: no UTF-8`, codes: ['file-not-utf8'], files: put(make(), TOKENIZER, spoiled(text, random)) };
    yield {
      name: `${kind}: deep`,
      codes: ['json-deep'],
      files: put(make(), TOKENIZER, `{"a":${'['.repeat(1_000_000)}`),
    };
    const broken = 'tokenizer-broken';
    for (const value of [undefined, [], null, 'x', { 'a b': 1, c: 1 }])
      yield at(`vocab ${JSON.stringify(value)}`, ['model', 'vocab'], value, broken);
    for (const id of [-1, 0.5, '3', 2 ** 32, 5])
      yield at(`a token with the id ${JSON.stringify(id)}`, ['model', 'vocab'], { ...vocab, zzz: id }, broken);
    for (const merges of [{}, ['a'], [['a']], [['qq', 'zz']], ['a b c'], [1], 'ab'])
      yield at(`merges ${JSON.stringify(merges)}`, ['model', 'merges'], merges, broken);
    for (const added of [
      {},
      [{}],
      [{ id: -1, content: 'x' }],
      [{ id: 9, content: '' }],
      [{ id: 9, content: 'other' }],
      ['x'],
    ])
      yield at(`added tokens ${JSON.stringify(added)}`, ['added_tokens'], added, broken, 'tokenizer-unsupported');
    for (const type of ['Unigram', 'WordPiece', '__proto__', 7])
      yield at(`model ${type}`, ['model', 'type'], type, 'tokenizer-unsupported');
    for (const decoder of [null, { type: 'WordPiece' }, { type: 'Sequence', decoders: [] }])
      yield at(`decoder ${JSON.stringify(decoder)}`, ['decoder'], decoder, 'tokenizer-unsupported', broken);
    yield at('a step that nobody knows', ['pre_tokenizer'], { type: 'Evil' }, broken, 'tokenizer-unsupported');
    for (const Regex of BOMBS) {
      const split = {
        type: 'Sequence',
        pretokenizers: [
          { type: 'Split', pattern: { Regex }, behavior: 'Isolated', invert: false },
          { type: 'ByteLevel', add_prefix_space: false, use_regex: false },
        ],
      };
      yield at(
        `a pattern ${Regex.slice(0, 30)}`,
        ['pre_tokenizer'],
        split,
        'tokenizer-pattern',
        'tokenizer-unsupported',
        broken,
      );
    }
    yield at(
      'a normaliser with a pattern',
      ['normalizer'],
      { type: 'Replace', pattern: { Regex: '(a*)*b' }, content: '' },
      'tokenizer-pattern',
    );
    const many = Object.fromEntries(
      Array.from({ length: 400 }, (_, i) => [`more${i}`, Object.keys(vocab).length + model.added_tokens.length + i]),
    );
    yield at('more tokens than rows', ['model', 'vocab'], { ...vocab, ...many }, 'vocabulary-mismatch', broken);
  }
  yield {
    name: 'a broken tokenizer_config.json',
    codes: ['json-syntax'],
    files: put(whole(), 'tokenizer_config.json', '{"eos_token":'),
  };
  yield {
    name: 'harmless: a card that is no UTF-8',
    files: put(whole(), 'README.md', Uint8Array.of(0xff, 0xfe, 0xfd)),
  };
  yield {
    name: 'a template that is no UTF-8',
    codes: ['file-not-utf8'],
    files: put(whole(), 'chat_template.jinja', Uint8Array.of(0x7b, 0x80)),
  };
}

function* shards(): Generator<Mutation> {
  const index = (
    name: string,
    codes: string[] | undefined,
    change: (map: Record<string, unknown>, names: string[]) => unknown,
  ): Mutation => {
    const files = sharded();
    const root = JSON.parse(textOf(files, INDEX)) as { weight_map: Record<string, unknown> };
    const other = change(root.weight_map, Object.keys(root.weight_map));
    return { name: `index: ${name}`, ...(codes && { codes }), files: put(files, INDEX, JSON.stringify(other ?? root)) };
  };
  for (const path of [
    '../model.safetensors',
    '/etc/passwd.safetensors',
    'a\\b.safetensors',
    'x.bin',
    '',
    5,
    null,
    ['model.safetensors'],
    'http://x/y.safetensors',
  ])
    yield index(`a shard at ${JSON.stringify(path)}`, ['config-value'], (map, names) => void (map[names[3]!] = path));
  yield index(
    'names a shard that is not there',
    ['model-file-missing'],
    (map, names) => void (map[names[0]!] = 'model-00009-of-00003.safetensors'),
  );
  yield index('leaves a tensor out', ['tensor-missing'], (map, names) => void (map[names[2]!] = undefined));
  yield index(
    'looks for a tensor in another shard',
    ['tensor-missing'],
    (map, names) => void (map[names[0]!] = map[names.at(-1)!] === map[names[0]!] ? map[names[9]!] : map[names.at(-1)!]),
  );
  yield index('without its map', ['config-missing'], () => ({ metadata: {} }));
  yield index(
    'names a tensor that is nowhere',
    ['tensor-missing'],
    (map, names) => void (map['model.layers.7.x'] = map[names[0]!]),
  );
  for (let i = 1; i <= 3; i++) {
    const file = `model-0000${i}-of-00003.safetensors`;
    const without = sharded();
    without.delete(file);
    yield { name: `without shard ${i}`, codes: ['model-file-missing'], files: without };
    yield {
      name: `shard ${i} cut`,
      codes: ['safetensors-end'],
      files: changed(sharded, file, (b) => cut(b, b.length - 1 - random.below(9000))),
    };
    yield { name: `shard ${i} empty`, codes: ['safetensors-short'], files: put(sharded(), file, new Uint8Array(0)) };
  }
}

const MUTATIONS = [...weights(), ...configs(), ...tokenizers(), ...shards()];
const filesOf = (files: Files): File[] => [...files].map(([name, bytes]) => new File([new Uint8Array(bytes)], name));

const original = new Map<string, string>();
const identify = async (files: Files): Promise<string> => {
  const record = await keepModel(await freshStorage(), await folderOf(filesOf(files)));
  return JSON.stringify([record.sha256, record.model, record.endTokenIds]);
};
beforeAll(async () => {
  for (const [name, make] of Object.entries({ whole, gemma, sharded })) original.set(name, await identify(make()));
});

test('there are more than two hundred and fifty, no two alike', () => {
  const contents = MUTATIONS.map(({ files }) =>
    [...files].map(([name, bytes]) => `${name} ${Buffer.from(bytes).toString('latin1')}`).join(),
  );
  expect(new Set(contents).size).toBe(MUTATIONS.length);
  expect(MUTATIONS.length).toBeGreaterThan(250);
});

test.each(MUTATIONS)('$name', async ({ files, codes }) => {
  if (!codes) return expect(await identify(files)).toBe(original.get('whole'));
  const db = await freshStorage();
  const error: unknown = await folderOf(filesOf(files))
    .then((folder) => keepModel(db, folder))
    .catch((e: unknown) => e);
  expect(error).toBeInstanceOf(AtelierError);
  if (!(error instanceof AtelierError)) return;
  expect(codes).toContain(error.code);
  expect(errorWords(error, 'en') + errorWords(error, 'zh')).not.toMatch(/\{\w+\}/); // every fact is filled in
  for (const store of db.objectStoreNames) expect({ store, left: await db.count(store) }).toEqual({ store, left: 0 });
});
