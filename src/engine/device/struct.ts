/**
 * The params struct of a kernel, declared once: its WGSL text, the byte offset of every field and the writes into a
 * `DataView` follow from one list of fields. Layout as WGSL prescribes it for uniform buffers
 * (https://www.w3.org/TR/WGSL/#memory-layouts, https://www.w3.org/TR/WGSL/#address-space-layout-constraints); only the
 * types that our kernels use. Not a general serializer: values are not checked at run time.
 */

/** Bytes of the types; each is aligned to its size. */
const BYTES = { u32: 4, i32: 4, f32: 4, vec4u: 16 } as const;
/** The uniform address space wants elements of arrays, and structs in structs, at multiples of this. */
const UNIFORM_ALIGN = 16;

type Plain = keyof typeof BYTES;
/** `array<of, count>`. */
interface StructArray<F extends StructFields> {
  of: Struct<F>;
  count: number;
}
export interface StructFields {
  readonly [name: string]: Plain | StructArray<StructFields>;
}

type Vector = readonly [x: number, y: number, z: number, w: number];
type Value<T> = T extends StructArray<infer F> ? readonly FieldValues<F>[] : T extends 'vec4u' ? Vector : number;
/** What all fields hold. */
export type FieldValues<F extends StructFields> = { readonly [K in keyof F]: Value<F[K]> };
/** What some fields hold: the rest of the bytes stay as they are. */
export type SomeFieldValues<F extends StructFields> = {
  readonly [K in keyof F]?: F[K] extends StructArray<infer G> ? readonly SomeFieldValues<G>[] : Value<F[K]>;
};

type Write = (view: DataView) => void;

const roundUp = (n: number, multiple: number): number => Math.ceil(n / multiple) * multiple;

const bytesOf = (type: StructFields[string]): number =>
  typeof type === 'string' ? BYTES[type] : type.count * type.of.stride;
const alignOf = (type: StructFields[string]): number => (typeof type === 'string' ? BYTES[type] : UNIFORM_ALIGN);
const textOf = (type: StructFields[string]): string =>
  typeof type === 'string' ? type : `array<${type.of.name}, ${type.count}>`;

/** An integer is written by its bits, so i32 and u32 are the same write. */
function put(view: DataView, at: number, type: StructFields[string], value: unknown): void {
  if (type === 'f32') view.setFloat32(at, value as number, true);
  else if (type === 'vec4u') (value as Vector).forEach((n, i) => view.setUint32(at + 4 * i, n, true));
  else if (typeof type === 'string') view.setUint32(at, value as number, true);
  else
    (value as SomeFieldValues<StructFields>[]).forEach((one, i) => type.of.write(view, one, at + i * type.of.stride));
}

/** See the head of this file; made by `struct`. */
export class Struct<F extends StructFields> {
  /** Byte offset of each field. */
  readonly offsets: Readonly<Record<keyof F, number>>;
  /** Bytes of all fields, without what pads the struct at its end. */
  readonly bytes: number;

  constructor(
    readonly name: string,
    readonly fields: F,
  ) {
    let at = 0;
    const place = ([name, type]: [string, StructFields[string]]): [string, number] => {
      const own = roundUp(at, alignOf(type));
      at = own + bytesOf(type);
      return [name, own];
    };
    this.offsets = Object.fromEntries(Object.entries(fields).map(place)) as Record<keyof F, number>;
    this.bytes = at;
  }

  /** Bytes from one element of an array to the next. */
  get stride(): number {
    return roundUp(this.bytes, UNIFORM_ALIGN);
  }

  /** The declaration, after those of the structs that it holds. */
  get wgsl(): string {
    const types = Object.values(this.fields).filter((type) => typeof type !== 'string');
    const inner = types.map(({ of }) => of.declared(`@align(${UNIFORM_ALIGN}) `)).join('\n');
    return `${inner}${inner && '\n'}${this.declared()}`;
  }

  /** @param first before the first field: an alignment there is that of the struct, and pads its end */
  declared(first = ''): string {
    const members = Object.entries(this.fields).map(([name, type]) => `${name}: ${textOf(type)}`);
    return `struct ${this.name} { ${first}${members.join(', ')} };`;
  }

  /** Writes the fields that are given, of the struct that begins at byte `at`. */
  write(view: DataView, values: SomeFieldValues<F>, at = 0): void {
    for (const name in values) put(view, at + this.offsets[name], this.fields[name]!, values[name]);
  }

  /** What writes all fields: the `params` of a dispatch. */
  all(values: FieldValues<F>): Write {
    return (view) => this.write(view, values as SomeFieldValues<F>);
  }

  /**
   * `params` and `live` of a dispatch of which some fields are read again at each replay; together they are all fields.
   * @param live gives those fields; where it is their values, nothing is read again
   */
  split<L extends keyof F>(
    still: Omit<FieldValues<F>, L>,
    live: Pick<FieldValues<F>, L> | (() => Pick<FieldValues<F>, L>),
  ): { params: Write; live?: Write } {
    const params: Write = (view) => this.write(view, still as SomeFieldValues<F>);
    if (typeof live === 'function') return { params, live: (view) => this.write(view, live() as SomeFieldValues<F>) };
    return { params: (view) => this.write(view, { ...still, ...live } as SomeFieldValues<F>) };
  }
}

/** Declares a struct; the order of the fields is that of its bytes. */
export const struct = <const F extends StructFields>(name: string, fields: F): Struct<F> => new Struct(name, fields);

/** A field that is an array of structs. */
export const arrayOf = <F extends StructFields>(of: Struct<F>, count: number): StructArray<F> => ({ of, count });
