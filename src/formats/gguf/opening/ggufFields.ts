// Typed reads of the keys of a GGUF file; each refusal names the file, the key and what was found.
import { AtelierError } from '../../../base/errors/errors';
import { shown } from '../../json';
import type { GgufValue } from '../ggufReading';

/** The keys of a model, most of which begin with its architecture. */
export class GgufFields {
  constructor(
    readonly metadata: ReadonlyMap<string, GgufValue>,
    readonly file: string,
    /** `llama.`; absent for keys that are named whole. */
    readonly prefix = '',
  ) {}

  get(key: string): GgufValue | undefined {
    return this.metadata.get(this.prefix + key);
  }

  /** @throws gguf-unsupported */
  refuse(key: string, found: unknown, supported: string): never {
    const value = found === undefined ? '–' : shown(found);
    throw new AtelierError('gguf-unsupported', { file: this.file, field: this.prefix + key, found: value, supported });
  }

  /** A size from 1 to `max`; a list, as files with layers of several sizes have it, only where all are equal. */
  integer(key: string, max: number, absent?: number): number {
    const found = this.get(key);
    const value = Array.isArray(found) && new Set(found).size === 1 ? found[0] : (found ?? absent);
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > max)
      return this.refuse(key, found, `1 … ${max}`);
    return value;
  }

  /** A number above 0, as its writer spelled it: f32 keeps fewer digits. */
  positive(key: string, absent?: number): number {
    const value = this.get(key) ?? absent;
    if (typeof value !== 'number' || !(value > 0) || !Number.isFinite(value)) return this.refuse(key, value, '> 0');
    return spelled(value);
  }

  text(key: string): string | undefined {
    const value = this.get(key);
    if (value === undefined || typeof value === 'string') return value;
    return this.refuse(key, value, '"…"');
  }

  flag(key: string, absent: boolean): boolean {
    const value = this.get(key) ?? absent;
    return typeof value === 'boolean' ? value : this.refuse(key, value, 'true, false');
  }

  /** The id of a token; undefined where the file names none. */
  id(key: string, tokens: number): number | undefined {
    const value = this.get(key);
    // converters write −1 as the largest u32 where a model has no such token
    if (value === undefined || value === 0xffffffff || value === -1) return undefined;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value >= tokens)
      return this.refuse(key, value, `0 … ${tokens - 1}`);
    return value;
  }

  /** A list of texts. */
  texts(key: string): string[] {
    const value = this.get(key);
    if (!Array.isArray(value) || !value.every((v) => typeof v === 'string')) return this.refuse(key, value, '["…"]');
    return value;
  }

  /** A list of `count` numbers; undefined where there is none. */
  numbers(key: string, count: number): number[] | undefined {
    const value = this.get(key);
    if (value === undefined) return undefined;
    if (!Array.isArray(value) || value.length !== count || !value.every((v) => typeof v === 'number'))
      return this.refuse(key, Array.isArray(value) ? `[…] × ${value.length}` : value, `[…] × ${count}`);
    return value;
  }
}

/** The shortest decimal number with the same f32: 9.999999747378752e-6 was written as 1e-5. */
function spelled(value: number): number {
  for (let digits = 1; digits <= 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}
