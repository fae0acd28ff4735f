// A table as CSV (RFC 4180): numbers as JavaScript writes them, so that they read back to the same bits.

/** Absent: the cell is empty. */
export type Cell = number | string | undefined;

/** Quoted where a reader would take a part of it for the end of the cell. */
const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

const written = (cell: Cell): string =>
  cell === undefined ? '' : typeof cell === 'number' ? String(cell) : quoted(cell);

/** The first row names the columns. */
export const writeCsv = (columns: readonly string[], rows: Iterable<readonly Cell[]>): string =>
  [columns, ...rows].map((row) => `${row.map(written).join(',')}\r\n`).join('');
