// Which rows pass the conditions of a filter: how many of them each row fails, so that a facet can leave its own out.
import type { Condition } from '../../base/records/recipe';
import { holds, inRanges } from '../clean/conditions';
import type { ValueColumn } from './tableColumn';

/** By row: 1 where it passes. */
export type RowMask = Uint8Array;

/** The rows whose value in a column meets a condition. */
export function maskOf(column: ValueColumn, condition: Condition): RowMask {
  if (column.kind === 'number') return numberMask(column.values, condition);
  const passing = Uint8Array.from(column.texts, (value) => Number(holds(value, condition)));
  const mask = new Uint8Array(column.codes.length);
  for (let row = 0; row < mask.length; row++) mask[row] = passing[column.codes[row]!]!;
  return mask;
}

/** A filter by ranges, and by whether there is a number, needs no text. */
function numberMask(values: Float64Array, condition: Condition): RowMask {
  const { range, ranges, values: chosen = [], contains } = condition;
  const plain = ranges && !range && contains === undefined && chosen.every((value) => value === '');
  const none = chosen.length > 0;
  const test = plain
    ? (value: number): boolean => (Number.isNaN(value) ? none : inRanges(value, ranges))
    : (value: number): boolean => holds(Number.isNaN(value) ? undefined : value, condition);
  const mask = new Uint8Array(values.length);
  for (let row = 0; row < mask.length; row++) mask[row] = Number(test(values[row]!));
  return mask;
}

/** A filter over the rows of a table. */
export class RowFilter {
  /** Conditions that a row fails. */
  readonly #fails: Uint8Array;
  readonly #masks: ReadonlyMap<string, RowMask>;
  readonly matched: number;

  /** @param masks By the column of the condition */
  constructor(rows: number, masks: ReadonlyMap<string, RowMask>) {
    const fails = new Uint8Array(rows);
    for (const mask of masks.values()) for (let row = 0; row < rows; row++) fails[row]! += 1 - mask[row]!;
    this.#fails = fails;
    this.#masks = masks;
    let matched = 0;
    for (const failed of fails) matched += failed === 0 ? 1 : 0;
    this.matched = matched;
  }

  passes(row: number): boolean {
    return this.#fails[row] === 0;
  }

  /** The rows that pass, in order. */
  places(): Uint32Array {
    const [fails, places] = [this.#fails, new Uint32Array(this.matched)];
    let at = 0;
    for (let row = 0; row < fails.length; row++) if (fails[row] === 0) places[at++] = row;
    return places;
  }

  /** The rows that pass the conditions on all columns but this one. */
  without(column: string): RowMask {
    const [fails, own] = [this.#fails, this.#masks.get(column)];
    const mask = new Uint8Array(fails.length);
    for (let row = 0; row < mask.length; row++) mask[row] = Number(fails[row] === (own ? 1 - own[row]! : 0));
    return mask;
  }
}
