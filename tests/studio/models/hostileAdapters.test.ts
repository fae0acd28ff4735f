// Adapters as somebody may have damaged or prepared them: each is refused with its words and leaves nothing, or opens
// as it was.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { stream } from '../../../src/base/numbers/rng';
import { AtelierError } from '../../../src/base/errors/errors';
import { errorWords } from '../../../src/app/words/errorWords';
import type { ModelRecord } from '../../../src/base/records/model';
import { writeZip } from '../../../src/formats/zip';
import { listCheckpoints } from '../../../src/storage/checkpoints';
import type { AtelierDb } from '../../../src/storage/db';
import { ExportTarget } from '../../../src/studio/export/exportStreams';
import { adapterFolderOf } from '../../../src/studio/models/modelFolder';
import { keepAdapter } from '../../../src/studio/models/openAdapter';
import { freshStorage } from '../../storage/storage';
import {
  cut,
  joined,
  ODD_NUMBERS,
  patched,
  put,
  safetensors,
  spoiled,
  textOf,
  withHeader,
  type Files,
  type Header,
  type Mutation,
} from './hostile';
import { familyModel } from './publishedModels';

const CONFIG = 'adapter_config.json';
const WEIGHTS = 'adapter_model.safetensors';
const FOLDER = join(import.meta.dirname, '../../fixtures/foreign/smol');
const whole = (): Files =>
  new Map([CONFIG, WEIGHTS].map((file) => [file, new Uint8Array(readFileSync(join(FOLDER, file)))]));
const random = stream(13, 'hostile adapters');
/** What says that tensors are not those of this base, be they broken or another's. */
const MISFIT = ['adapter-fits-none'];

function* configs(): Generator<Mutation> {
  const text = textOf(whole(), CONFIG);
  const field = (name: string, value: unknown, ...codes: string[]): Mutation => ({
    name: `${name} = ${JSON.stringify(value)}`,
    ...(codes.length && { codes }),
    files: patched(whole(), CONFIG, [name], value),
  });
  const unsupported = 'adapter-unsupported';
  for (let i = 0; i < 4; i++)
    yield {
      name: `cut ${i}`,
      codes: ['json-syntax'],
      files: put(whole(), CONFIG, text.slice(0, 1 + random.below(text.length - 3))),
    };
  yield { name: 'no UTF-8', codes: ['file-not-utf8'], files: put(whole(), CONFIG, spoiled(text, random)) };
  yield { name: 'deep', codes: ['json-deep'], files: put(whole(), CONFIG, '{"a":'.repeat(200_000)) };
  for (const other of ['[]', 'null', '"LORA"'])
    yield { name: other, codes: ['config-value'], files: put(whole(), CONFIG, other) };
  for (const kind of [undefined, null, 'LOHA', 'IA3', 'PREFIX_TUNING', 'lora', '__proto__', 7])
    yield field('peft_type', kind, unsupported);
  for (const bias of ['all', 'lora_only', true]) yield field('bias', bias, unsupported);
  for (const task of ['TOKEN_CLS', 'SEQ_2_SEQ_LM']) yield field('task_type', task, unsupported);
  yield field('task_type', 'SEQ_CLS', 'tensor-missing'); // a classifier without its head
  for (const began of ['pissa', 'pissa_niter_16', 'olora', 'corda', 'loftq', 'lora_ga'])
    yield field('init_lora_weights', began, unsupported);
  for (const name of ['use_dora', 'use_qalora', 'lora_bias', 'something_new']) yield field(name, true, unsupported);
  for (const [name, value] of [
    ['modules_to_save', ['lm_head']],
    ['trainable_token_indices', [1, 2]],
    ['target_parameters', ['experts.w']],
    ['layer_replication', [[0, 2]]],
    ['use_bdlora', { nblocks: 2 }],
    ['alora_invocation_tokens', [5]],
    ['arrow_config', { top_k: 2 }],
    ['<script>{file}{found}</script>', { a: 1 }],
  ] as const)
    yield field(name, value, unsupported);
  for (const value of [...ODD_NUMBERS.map((v) => JSON.parse(v) as unknown), 257, 2 ** 31])
    yield field('r', value, 'config-value');
  yield field('r', 4, 'adapter-rank');
  for (const value of [0, -1, 1e308, '5', [], 1025]) yield field('lora_alpha', value, 'config-value');
  for (const value of [-0.1, 1, 'x', {}]) yield field('lora_dropout', value, 'config-value');
  for (const name of ['use_rslora', 'fan_in_fan_out']) yield field(name, 'yes', 'config-value');
  yield field('base_model_name_or_path', 5, 'config-value');
  for (const value of [5, {}, [1], ['q_proj', null]]) yield field('target_modules', value, 'config-value');
  yield field('target_modules', ['q_proj', 'k_proj', 'v_proj'], ...MISFIT);
  for (const value of [5, 'x', [1]]) yield field('rank_pattern', value, 'config-value');
  for (const rank of [0, -3, 1.5, '3', 2 ** 40, null])
    yield field('rank_pattern', { q_proj: rank }, 'config-value', 'config-missing');
  for (const layer of ['(a+)+$', '.*.*.*.*q_proj', '[', '', 'q_proj|v_proj', 'a'.repeat(9).concat('{9,}')])
    yield field('alpha_pattern', { [layer]: 4 }, 'config-value');
  yield field(
    'alpha_pattern',
    Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`layer${i}`, 4])),
    'config-value',
  );
  yield field('rank_pattern', { v_proj: 2 }, 'adapter-rank');
  yield {
    name: 'a prototype',
    files: put(whole(), CONFIG, text.replace('{', '{"__proto__": {"use_dora": true},')),
    codes: [unsupported],
  };
  // harmless
  yield field('something_new', false);
  yield field('qalora_group_size', 99);
  yield field('eva_config', { rho: 2 });
  yield field('init_lora_weights', 'gaussian');
  yield field('target_modules', 'all-linear');
  yield field('target_modules', '((a+)+)+$');
  yield field('fan_in_fan_out', true);
  yield field('rank_pattern', { '^no.such.layer': 9 });
  yield field('rank_pattern', { '^model.layers.0.self_attn.q_proj': 3, 'layers\\.1\\.mlp\\.down_proj': 3 });
}

function* weights(): Generator<Mutation> {
  const bytes = whole().get(WEIGHTS)!;
  const of = (name: string, codes: string[] | undefined, content: Uint8Array): Mutation => ({
    name: `weights: ${name}`,
    ...(codes && { codes }),
    files: put(whole(), WEIGHTS, content),
  });
  const header = (
    name: string,
    codes: string[] | undefined,
    change: (h: Header, names: string[]) => unknown,
  ): Mutation => of(name, codes, withHeader(bytes, change));
  const ended = ['safetensors-short', 'safetensors-header-size', 'safetensors-end'];
  for (const length of [0, 7, 100, bytes.length >> 1, bytes.length - 1])
    yield of(`cut to ${length}`, ended, cut(bytes, length));
  yield of('more', ['safetensors-end'], joined(bytes, new Uint8Array(8)));
  for (const says of [0, 2 ** 31, 2 ** 53])
    yield of(
      `a header of ${says}`,
      ['safetensors-header-size', 'safetensors-header'],
      safetensors(bytes.slice(8), new Uint8Array(0), says),
    );
  for (let i = 0; i < 4; i++) {
    const renamed = (to: (name: string) => string) => (h: Header, names: string[]) => {
      h[to(names[i]!)] = h[names[i]!]!;
      Reflect.deleteProperty(h, names[i]!);
    };
    yield header(
      `tensor ${i} lies over the one before`,
      ['safetensors-overlap', 'safetensors-hole'],
      (h, names) =>
        void (h[names[i + 1]!]!.data_offsets = h[names[i + 1]!]!.data_offsets.map((o) => o - 2) as [number, number]),
    );
    yield header(
      `tensor ${i} flat`,
      MISFIT,
      (h, names) => void (h[names[i]!]!.shape = [h[names[i]!]!.shape.reduce((a, b) => a * b)]),
    );
    yield header(`tensor ${i} turned over`, MISFIT, (h, names) => void h[names[i]!]!.shape.reverse());
    yield header(`tensor ${i} of whole numbers`, ['tensor-dtype'], (h, names) => void (h[names[i]!]!.dtype = 'I16'));
    yield header(
      `tensor ${i} of a layer that is not there`,
      MISFIT,
      renamed((n) => n.replace(/layers\.\d/, 'layers.9')),
    );
    yield header(
      `tensor ${i} of a path`,
      ['adapter-names'],
      renamed((n) => `../${n}`),
    );
    yield header(`tensor ${i} without values`, ['tensor-empty', 'safetensors-size', 'safetensors-hole'], (h, names) => {
      const [start] = h[names[i]!]!.data_offsets;
      h[names[i]!] = { dtype: 'F32', shape: [0], data_offsets: [start, start] };
    });
    for (const stranger of ['lora_B1.weight', 'lora_up.weight', 'lora_A', 'base_layer.weight', 'lora_a'])
      yield header(
        `tensor ${i} as ${stranger}`,
        ['adapter-names'],
        renamed((n) => n.replace(/lora_[AB]\.weight/, stranger)),
      );
    yield header(
      `tensor ${i} of a second adapter`,
      ['adapter-names'],
      renamed((n) => n.replace('.weight', '.second.weight')),
    );
    yield header(
      `tensor ${i} of a model that sees`,
      ['adapter-names'],
      renamed((n) => n.replace('model.layers', 'model.vision_tower.layers')),
    );
    for (const beside of ['lora_magnitude_vector', 'lora_embedding_A', 'modules_to_save.weight'])
      yield header(
        `tensor ${i} as ${beside}`,
        ['adapter-beside'],
        renamed((n) => n.replace(/lora_[AB]\.weight/, beside)),
      );
  }
  const everywhere = (to: (name: string) => string) => (h: Header) =>
    JSON.stringify(
      Object.fromEntries(Object.entries(h).map(([name, e]) => [name === '__metadata__' ? name : to(name), e])),
    );
  for (const [what, to] of [
    ['the adapter’s name', (n: string) => n.replace('.weight', '.default.weight')],
    ['another adapter’s name', (n: string) => n.replace('.weight', '.my-lora_2.weight')],
    ['no prefix', (n: string) => n.replace('base_model.model.', '')],
    ['no prefix at all', (n: string) => n.replace('base_model.model.model.', '')],
    ['the prefix twice', (n: string) => `base_model.model.${n}`],
    ['torch.compile around', (n: string) => n.replace('base_model.model.', 'base_model.model._orig_mod.')],
    ['torch.compile in each block', (n: string) => n.replace(/(layers\.\d+\.)/, '$1_orig_mod.')],
    ['language_model around', (n: string) => n.replace('model.layers', 'language_model.model.layers')],
    ['model.language_model around', (n: string) => n.replace('model.layers', 'model.language_model.layers')],
    ['module around', (n: string) => `module.${n}`],
  ] as const)
    yield header(`harmless: ${what} in all names`, undefined, everywhere(to));
  yield header(
    'an adapter of another part',
    ['adapter-names'],
    everywhere((n) => `vision_tower.encoder.${n}`),
  );
  yield header('two tensors under one name', ['adapter-names'], (h, names) => {
    h[names[0]!.replace(/layers/, '_orig_mod.layers')] = h[names[2]!]!;
    Reflect.deleteProperty(h, names[2]!);
  });
  yield header('no tensor', ['tensor-missing', 'safetensors-end'], () => '{}');
  yield header('harmless: entries in another order', undefined, (h) =>
    JSON.stringify(Object.fromEntries(Object.entries(h).reverse())),
  );
}

const MUTATIONS = [...configs(), ...weights()];
let db: AtelierDb;
let base: ModelRecord;
let original: string;
const STORES = ['runs', 'checkpoints', 'checkpointChunks'] as const;
const left = (): Promise<number[]> => Promise.all(STORES.map((store) => db.count(store)));

const opened = async (files: File[]): Promise<string> => {
  const run = await keepAdapter(db, base.id, await adapterFolderOf(files));
  return (await listCheckpoints(db, run.id))[0]!.weightsSha256;
};
const filesOf = (files: Files): File[] => [...files].map(([name, bytes]) => new File([new Uint8Array(bytes)], name));

async function refused(work: Promise<unknown>): Promise<AtelierError> {
  const error: unknown = await work.catch((e: unknown) => e);
  expect(error).toBeInstanceOf(AtelierError);
  return error as AtelierError;
}

beforeAll(async () => {
  db = await freshStorage();
  base = await familyModel(db, 'smol');
  original = await opened(filesOf(whole()));
});

test('there are more than a hundred, no two alike', () => {
  const contents = MUTATIONS.map(({ files }) =>
    [...files.values()].map((bytes) => Buffer.from(bytes).toString('latin1')).join(),
  );
  expect(new Set(contents).size).toBe(MUTATIONS.length);
  expect(MUTATIONS.length).toBeGreaterThan(100);
});

test.each(MUTATIONS)('$name', async ({ files, codes }) => {
  if (!codes) return expect(await opened(filesOf(files))).toBe(original);
  const before = await left();
  const error = await refused(opened(filesOf(files)));
  expect(codes).toContain(error.code);
  for (const words of [errorWords(error, 'en'), errorWords(error, 'zh')])
    if (!words.includes('<script>')) expect(words).not.toMatch(/\{\w+\}/); // every fact is filled in
  expect(await left()).toEqual(before);
});

test.each(['../adapter_config.json', '/adapter_config.json', 'a/../../adapter_config.json'])(
  'a zip with %s',
  async (path) => {
    const bytes = new TextEncoder().encode('{}');
    const out = new ExportTarget(undefined);
    await writeZip(out.stream, [{ path, byteLength: bytes.length, bytes: [bytes] }], new Date());
    const error = await refused(adapterFolderOf([new File([out.blob('application/zip')!], 'a.zip')]));
    expect(error.code).toBe('zip-path');
  },
);
