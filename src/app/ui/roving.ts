// One tab stop for a table or a list of rows with buttons, links and boxes: the arrow keys move between them, as
// https://www.w3.org/WAI/ARIA/apg/patterns/grid/ asks.

const CONTROLS = 'button, a[href], input, select, textarea';

type Rows = HTMLTableElement | HTMLUListElement;

/** Where a control stands: a row, and a cell in it; of a list its place among the controls of the row. */
interface Place {
  row: number;
  cell: number;
}

const isShown = (control: HTMLElement): boolean => control.checkVisibility() && !control.matches(':disabled');

const controlsIn = (within: Element): HTMLElement[] =>
  [...within.querySelectorAll<HTMLElement>(CONTROLS)].filter(isShown);

const rowsOf = (within: Rows): Element[] => [...(within instanceof HTMLTableElement ? within.rows : within.children)];

function cellOf(control: HTMLElement): number {
  const cell = control.closest<HTMLTableCellElement>('td, th');
  if (cell) return cell.cellIndex;
  const row = control.closest('li');
  return row ? controlsIn(row).indexOf(control) : 0;
}

function placeOf(table: Rows, control: HTMLElement): Place {
  const rows = rowsOf(table);
  return { row: rows.findIndex((row) => row.contains(control)), cell: cellOf(control) };
}

/** The control of a row that stands nearest to a cell. */
const nearestIn = (row: Element, cell: number): HTMLElement | undefined =>
  controlsIn(row).toSorted((a, b) => Math.abs(cellOf(a) - cell) - Math.abs(cellOf(b) - cell))[0];

/** The first row with a control, from this one on in a direction. */
function inRows(table: Rows, { row, cell }: Place, by: 1 | -1): HTMLElement | undefined {
  const rows = rowsOf(table);
  for (let at = row + by; at >= 0 && at < rows.length; at += by) {
    const found = nearestIn(rows[at]!, cell);
    if (found) return found;
  }
  return undefined;
}

/** Text is edited with the keys that would move elsewhere. */
const isText = (target: EventTarget | null): boolean =>
  target instanceof HTMLTextAreaElement ||
  (target instanceof HTMLInputElement && target.type !== 'checkbox' && target.type !== 'radio');

function nextOf(table: Rows, control: HTMLElement, event: KeyboardEvent): HTMLElement | undefined {
  const place = placeOf(table, control);
  const rows = rowsOf(table);
  const row = rows[place.row];
  if (!row) return undefined;
  const beside = controlsIn(row);
  const whole = event.ctrlKey || event.metaKey;
  const last = rows.length - 1;
  const moves: Record<string, () => HTMLElement | undefined> = {
    ArrowRight: () => beside[beside.indexOf(control) + 1],
    ArrowLeft: () => beside[beside.indexOf(control) - 1],
    ArrowDown: () => inRows(table, place, 1),
    ArrowUp: () => inRows(table, place, -1),
    Home: () => (whole ? inRows(table, { row: -1, cell: 0 }, 1) : beside[0]),
    End: () => (whole ? inRows(table, { row: last + 1, cell: place.cell }, -1) : beside.at(-1)),
  };
  return moves[event.key]?.();
}

/** An attachment of a table or a list. */
export function roving(table: Rows): () => void {
  const root: HTMLElement = table;
  let current: HTMLElement | undefined;
  let place: Place = table instanceof HTMLTableElement ? { row: 1, cell: 1 } : { row: 0, cell: 0 };

  const settle = (): void => {
    const all = controlsIn(table);
    if (!current || !all.includes(current)) {
      const rows = rowsOf(table);
      const row = rows[Math.min(place.row, rows.length - 1)];
      current = (row && nearestIn(row, place.cell)) ?? all[0];
    }
    for (const control of all) control.tabIndex = control === current ? 0 : -1;
  };
  const take = ({ target }: FocusEvent): void => {
    if (!(target instanceof HTMLElement) || !target.matches(CONTROLS)) return;
    current = target;
    place = placeOf(table, target);
    settle();
  };
  const move = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.altKey || event.shiftKey) return;
    if (!(event.target instanceof HTMLElement) || isText(event.target)) return;
    const next = nextOf(table, event.target, event);
    if (!next) return;
    event.preventDefault();
    next.focus();
  };
  const watched = new MutationObserver(settle);
  root.addEventListener('focusin', take);
  root.addEventListener('keydown', move);
  watched.observe(root, { childList: true, subtree: true, attributeFilter: ['disabled', 'hidden'] });
  settle();
  return () => {
    watched.disconnect();
    root.removeEventListener('focusin', take);
    root.removeEventListener('keydown', move);
  };
}
