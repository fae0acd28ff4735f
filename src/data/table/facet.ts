// A facet: how many rows each value of a column has, as bars. Numbers are put together in a histogram of round edges;
// of categories the most frequent are shown, and those that are chosen.
import type { Condition, ValueRange } from '../../base/records/recipe';
import { LISTED_FACET_VALUES, type Facet, type FacetBar } from '../../base/wire/rowTable';
import { countedText } from '../clean/conditions';
import { distinctNumbers, lastNotAbove } from './rowOrder';
import type { RowMask } from './rowFilter';
import { isValueList, type CategoryColumn, type ValueColumn, type NumberColumn } from './tableColumn';

const MOST_BARS = 30;
/** Numbers of so few values are a bar each. */
const FEW_NUMBERS = 12;

/** Counts a column once and for all, then again for each filter. */
export interface FacetCounter {
  facet(column: string, passing: RowMask, chosen: Condition | undefined, search: string): Facet;
}

export const facetCounter = (column: ValueColumn): FacetCounter =>
  column.kind === 'number' ? new NumberFacet(column) : new CategoryFacet(column);

/** Rows of each code, all of them and those that pass. */
function counted(codes: Uint8Array | Uint32Array, size: number, passing: RowMask): [Uint32Array, Uint32Array] {
  const [all, here] = [new Uint32Array(size), new Uint32Array(size)];
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row]!;
    all[code]!++;
    here[code]! += passing[row]!;
  }
  return [all, here];
}

class NumberFacet implements FacetCounter {
  readonly #ranges: readonly ValueRange[];
  /** The bar of each row; behind the last that of rows without a number. */
  readonly #bars: Uint8Array;
  readonly #distinct: number;

  constructor({ values }: NumberColumn) {
    const distinct = distinctNumbers(values);
    this.#distinct = distinct.length;
    this.#ranges = barRanges(values, distinct);
    const starts = Float64Array.from(this.#ranges, ([least]) => least);
    const none = this.#ranges.length;
    this.#bars = new Uint8Array(values.length);
    for (let row = 0; row < values.length; row++) {
      const value = values[row]!;
      this.#bars[row] = Number.isNaN(value) ? none : lastNotAbove(starts, value);
    }
  }

  facet(column: string, passing: RowMask): Facet {
    const size = this.#ranges.length;
    const [all, here] = counted(this.#bars, size + 1, passing);
    const bars = this.#ranges.map((range, i): FacetBar => ({ range, rows: all[i]!, here: here[i]! }));
    return { column, bars, none: { rows: all[size]!, here: here[size]! }, values: this.#distinct };
  }
}

/**
 * The ranges of the bars, both ends in them: each value by itself where they are few, else steps of 1, 2 or 5 times a
 * power of ten. The largest hundredth stands in one bar, so that one giant does not flatten all others.
 */
export function barRanges(values: Float64Array, distinct: Float64Array): ValueRange[] {
  if (distinct.length <= FEW_NUMBERS) return Array.from(distinct, (value) => [value, value]);
  const [least, most] = [distinct[0]!, distinct.at(-1)!];
  const whole = distinct.every(Number.isInteger);
  const usual = Math.max(distinct[1]!, quantileOf(values, 0.99));
  const step = roundStep((usual - least) / (MOST_BARS - 2), whole);
  const first = Math.floor(least / step);
  const last = Math.min(Math.floor(most / step), first + MOST_BARS - 1, Math.floor(usual / step) + 1);
  const edges = Array.from({ length: last - first + 1 }, (_, i) => edgeAt(first + i, step));
  edges[0] = Math.min(edges[0]!, least);
  const endOf = (i: number): number => (i + 1 < edges.length ? before(edges[i + 1]!, whole) : most);
  return edges.map((edge, i) => [edge, endOf(i)]);
}

/** Without the rounding errors of a product: 0.3, not 0.30000000000000004. */
const edgeAt = (steps: number, step: number): number => Number((steps * step).toPrecision(15));

/** The least 1, 2 or 5 times a power of ten that is not smaller. */
function roundStep(least: number, whole: boolean): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const step = [1, 2, 5, 10].map((times) => times * power).find((one) => one >= least * (1 - 1e-9)) ?? 10 * power;
  return whole ? Math.max(1, Math.round(step)) : step;
}

function quantileOf(values: Float64Array, share: number): number {
  const sorted = values.slice().sort(); // NaN comes last
  const missing = sorted.findIndex(Number.isNaN);
  const count = missing < 0 ? sorted.length : missing;
  return sorted[Math.max(0, Math.ceil(share * count) - 1)]!;
}

const double = new Float64Array(1);
const bits = new BigInt64Array(double.buffer);

/** The largest number below this one. */
function before(value: number, whole: boolean): number {
  if (whole) return value - 1;
  if (value === 0) return -Number.MIN_VALUE;
  double[0] = value;
  bits[0] = bits[0]! + (value > 0 ? -1n : 1n);
  return double[0];
}

class CategoryFacet implements FacetCounter {
  /** Values one by one, and for each code the places of those that it holds. */
  readonly #values: string[] = [];
  readonly #held: readonly (readonly number[])[];

  constructor(private readonly column: CategoryColumn) {
    const places = new Map<string, number>();
    const placeOf = (text: string): number => {
      const known = places.get(text);
      if (known !== undefined) return known;
      places.set(text, this.#values.length);
      return this.#values.push(text) - 1;
    };
    this.#held = column.texts.map((value, code) => {
      if (code === 0 || code === column.beyond) return [];
      return isValueList(value) ? value.map(placeOf) : [placeOf(countedText(value))];
    });
  }

  facet(column: string, passing: RowMask, chosen: Condition | undefined, search: string): Facet {
    const { codes, texts, beyond } = this.column;
    const [byCode, hereByCode] = counted(codes, texts.length, passing);
    const [all, here] = [new Uint32Array(this.#values.length), new Uint32Array(this.#values.length)];
    this.#held.forEach((places, code) => {
      for (const place of places) {
        all[place]! += byCode[code]!;
        here[place]! += hereByCode[code]!;
      }
    });
    const found = this.#found(search.trim().toLowerCase());
    const values = new Set(chosen?.values);
    const top = topOf(found, here, all, (place) => values.has(this.#values[place]!));
    const bars = top.map((place): FacetBar => ({
      ...{ value: this.#values[place]!, rows: all[place]!, here: here[place]! },
    }));
    const none = { rows: byCode[0]!, here: hereByCode[0]! };
    return { column, bars, none, values: found.length, ...(beyond !== undefined && { beyond: byCode[beyond]! }) };
  }

  #found(search: string): number[] {
    const places = this.#values.map((_, place) => place);
    return search === '' ? places : places.filter((place) => this.#values[place]!.toLowerCase().includes(search));
  }
}

/** The places of the values to list: those that are chosen, then by the rows that pass, then by all rows. */
function topOf(
  places: readonly number[],
  here: Uint32Array,
  all: Uint32Array,
  isChosen: (place: number) => boolean,
): number[] {
  const isBefore = (a: number, b: number): boolean => {
    const chosen = Number(isChosen(a)) - Number(isChosen(b));
    if (chosen !== 0) return chosen > 0;
    return here[a] === here[b] ? all[a]! > all[b]! : here[a]! > here[b]!;
  };
  const top: number[] = [];
  for (const place of places) {
    if (top.length === LISTED_FACET_VALUES && !isBefore(place, top.at(-1)!)) continue;
    const at = top.findIndex((other) => isBefore(place, other));
    top.splice(at < 0 ? top.length : at, 0, place);
    top.length = Math.min(top.length, LISTED_FACET_VALUES);
  }
  return top;
}
