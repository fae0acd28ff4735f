import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RandomStream } from '../../../src/base/numbers/rng';
import { utf8 } from '../../formats/helpers';
import { ROOT } from './publishedModels';

/** A model as files by name; a mutation is given a copy of its own. */
export type Files = Map<string, Uint8Array>;
export interface Mutation {
  name: string;
  /** The codes of errors that may refuse it; absent: the mutation is harmless, and the model opens as it was. */
  codes?: string[];
  files: Files;
}

const read = (...path: string[]): Uint8Array => new Uint8Array(readFileSync(join(ROOT, ...path)));

/** A small SmolLM2 in BF16 whose tokenizer the studio runs itself. */
export const whole = (): Files =>
  new Map([
    ['config.json', read('smol', 'config.json')],
    ['model.safetensors', read('smol', 'model.safetensors')],
    ['tokenizer.json', read('tokenizer.json')],
  ]);

/** A small Gemma 3, whose tokenizer a library runs. */
export const gemma = (): Files =>
  new Map(['config.json', 'model.safetensors', 'tokenizer.json'].map((file) => [file, read('gemma3', file)]));

/** A small Llama in three shards. */
export const sharded = (): Files => {
  const shards = [1, 2, 3].map((i) => `model-0000${i}-of-00003.safetensors`);
  const files = ['config.json', 'model.safetensors.index.json', ...shards];
  return new Map([...files.map((f) => [f, read('llama', f)] as const), ['tokenizer.json', read('tokenizer.json')]]);
};

export const cut = (bytes: Uint8Array, length: number): Uint8Array => bytes.slice(0, length);
export const joined = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
export const textOf = (files: Files, file: string): string => Buffer.from(files.get(file)!).toString();
export const put = (files: Files, file: string, content: string | Uint8Array): Files =>
  files.set(file, typeof content === 'string' ? utf8(content) : content);

/** Values that belong into no number of a configuration. */
export const ODD_NUMBERS = ['0', '-1', '1.5', '1e308', '"8"', '[]', '{}', 'true'];

type Json = Record<string, unknown>;
/** The file with one field, at a path of keys, replaced or (undefined) taken away. */
export function patched(files: Files, file: string, path: readonly string[], value: unknown): Files {
  const root = JSON.parse(textOf(files, file)) as Json;
  let at = root;
  for (const key of path.slice(0, -1)) at = at[key] as Json;
  at[path.at(-1)!] = value; // JSON leaves out what is undefined
  return put(files, file, JSON.stringify(root));
}

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}
export type Header = Record<string, Entry>;

/**
 * A safetensors file with its header changed, or replaced by the text that `change` gives; the data stay as they are,
 * but for what `data` makes of them.
 */
export function withHeader(
  bytes: Uint8Array,
  change: (header: Header, names: string[]) => unknown,
  data: (bytes: Uint8Array) => Uint8Array = (b) => b,
): Uint8Array {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(Buffer.from(bytes.slice(8, 8 + length)).toString()) as Header;
  const names = Object.keys(header).filter((name) => name !== '__metadata__');
  names.sort((a, b) => header[a]!.data_offsets[0] - header[b]!.data_offsets[0]);
  const other = change(header, names);
  const text = typeof other === 'string' ? other : JSON.stringify(header);
  return safetensors(utf8(text), data(bytes.slice(8 + length)));
}

export function safetensors(header: Uint8Array, data: Uint8Array, says = header.length): Uint8Array {
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(says), true);
  return joined(length, header, data);
}

export const pick = <T>(random: RandomStream, values: readonly T[]): T => values[random.below(values.length)]!;

/** JSON with bytes in a string that are no UTF-8. */
export function spoiled(text: string, random: RandomStream): Uint8Array {
  const bytes = utf8(text);
  const quotes = Array.from(bytes.keys()).filter((i) => bytes[i] === 0x22);
  bytes[pick(random, quotes) + 1] = pick(random, [0x80, 0xc0, 0xf5, 0xff]);
  return bytes;
}
