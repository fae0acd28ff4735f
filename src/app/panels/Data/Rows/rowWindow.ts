// Which rows of a long table stand on the page for a place of its scroll bar. Its work does not grow with the rows.

/** The table as it is scrolled: all in pixels, but the rows. */
export interface ScrolledTable {
  rows: number;
  rowHeight: number;
  /** Of the window through which rows are seen. */
  height: number;
}

export interface RowWindow {
  first: number;
  count: number;
  /** Where the first of them begins, from the top of what is scrolled. */
  top: number;
}

/**
 * Browsers cut an element that is higher: Firefox at 17.9 million pixels, Chrome at 33.5 million. Of more rows each
 * pixel of the scroll bar stands for several of the table, see https://github.com/6pac/SlickGrid/wiki.
 */
const MOST_HEIGHT = 15_000_000;
/** Rows above and below those that are seen, so that a small step shows them at once. */
const BESIDE = 8;
export const MOST_ROWS_SHOWN = 150;

export const scrolledHeight = ({ rows, rowHeight }: ScrolledTable): number => Math.min(rows * rowHeight, MOST_HEIGHT);

/** Pixels of the table for one of the scroll bar; 1 but for very many rows. */
export function barScale(table: ScrolledTable): number {
  const [whole, bar] = [table.rows * table.rowHeight - table.height, scrolledHeight(table) - table.height];
  return whole > 0 && bar > 0 ? whole / bar : 1;
}

export function windowAt(table: ScrolledTable, scrollTop: number): RowWindow {
  const { rows, rowHeight, height } = table;
  const from = Math.max(0, scrollTop) * barScale(table);
  const first = Math.max(0, Math.min(rows - 1, Math.floor(from / rowHeight)) - BESIDE);
  const wanted = Math.ceil(height / rowHeight) + 1 + 2 * BESIDE;
  const count = Math.max(0, Math.min(rows - first, wanted, MOST_ROWS_SHOWN));
  return { first, count, top: scrollTop - (from - first * rowHeight) };
}

/** The least that must be scrolled for a row to be seen whole. */
export function scrollTopFor(table: ScrolledTable, row: number, scrollTop: number): number {
  const { rowHeight, height } = table;
  const scale = barScale(table);
  const [from, at] = [scrollTop * scale, row * rowHeight];
  if (at < from) return at / scale;
  return at + rowHeight > from + height ? (at + rowHeight - height) / scale : scrollTop;
}

/** Where the wheel leads, which moves rows and not the bar. */
export const scrollTopAfter = (table: ScrolledTable, scrollTop: number, pixels: number): number =>
  scrollTop + pixels / barScale(table);

/** Rows that a page of the table has. */
export const rowsOfPage = ({ height, rowHeight }: ScrolledTable): number =>
  Math.max(1, Math.floor(height / rowHeight) - 1);
