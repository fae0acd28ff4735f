// Typed reads of the fields of a JSON object; each refusal names the file, the field and what was found.
import { AtelierError } from '../base/errors/errors';
import { isObject, own, parseJson, shown, type JsonObject } from './json';

const isId = (id: unknown): id is number => Number.isSafeInteger(id) && (id as number) >= 0;

/** The fields of a configuration file, read with checks; errors name the field and what it holds. */
export class Fields {
  constructor(
    readonly object: JsonObject,
    readonly file: string,
    /** What errors write before a field of an inner object, `rope_scaling.`. */
    readonly prefix = '',
  ) {}

  /**
   * A file whose JSON is one object.
   * @throws json-*, config-value
   */
  static parse(text: string, file: string): Fields {
    const value = parseJson(text, file);
    if (isObject(value)) return new Fields(value, file);
    throw new AtelierError('config-value', { file, field: '(all)', found: shown(value), expected: '{…}' });
  }

  /** The value; undefined where it is absent or null, which mean the same in these files. */
  get(field: string): unknown {
    return own(this.object, field) ?? undefined;
  }

  refuse(field: string, found: unknown, supported: string): never {
    const facts = { file: this.file, field: this.prefix + field, found: shown(found), supported };
    throw new AtelierError('config-unsupported', facts);
  }

  wrong(field: string, found: unknown, expected: string): never {
    throw new AtelierError('config-value', {
      file: this.file,
      field: this.prefix + field,
      found: shown(found),
      expected,
    });
  }

  /** Refuses a field that is there and is none of `allowed`. */
  only(field: string, ...allowed: (string | number | boolean)[]): void {
    const found = this.get(field);
    if (found !== undefined && !allowed.some((a) => a === found)) this.refuse(field, found, allowed.join(', '));
  }

  /** Refuses a field that is there. */
  absent(...fields: string[]): void {
    for (const field of fields) if (this.get(field) !== undefined) this.refuse(field, this.get(field), 'null');
  }

  integer(field: string, max: number, absent?: number): number {
    const value = this.get(field) ?? absent;
    if (value === undefined) throw new AtelierError('config-missing', { file: this.file, field: this.prefix + field });
    if (!Number.isInteger(value) || (value as number) < 1 || (value as number) > max) {
      this.wrong(field, value, `1 … ${max}`);
    }
    return value as number;
  }

  positive(field: string, absent?: number): number {
    const value = this.get(field) ?? absent;
    if (value === undefined) throw new AtelierError('config-missing', { file: this.file, field: this.prefix + field });
    if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) this.wrong(field, value, '> 0');
    return value;
  }

  boolean(field: string, absent: boolean): boolean {
    const value = this.get(field) ?? absent;
    return typeof value === 'boolean' ? value : this.wrong(field, value, 'true, false');
  }

  text(field: string): string | undefined {
    const value = this.get(field);
    return value === undefined || typeof value === 'string' ? value : this.wrong(field, value, '"…"');
  }

  /** An inner object; undefined where it is absent. */
  part(field: string): Fields | undefined {
    const value = this.get(field);
    if (value === undefined) return undefined;
    return isObject(value) ? new Fields(value, this.file, `${this.prefix}${field}.`) : this.wrong(field, value, '{…}');
  }

  /** Token ids, written as one number or as a list; empty where the field is absent, or -1, as early Llamas have it. */
  ids(field: string): number[] {
    const ids = this.#listOf(field);
    return ids.every(isId) ? ids : this.wrong(field, this.get(field), '0, 1, 2, …');
  }

  /** The ids of such a field, and whether there is something else among them. */
  idsAmong(field: string): { ids: number[]; odd: boolean } {
    const ids = this.#listOf(field);
    return { ids: ids.filter(isId), odd: !ids.every(isId) };
  }

  #listOf(field: string): unknown[] {
    const value = this.get(field);
    const ids: unknown[] = value === undefined ? [] : Array.isArray(value) ? value : [value];
    return ids.filter((id) => id !== -1);
  }
}
