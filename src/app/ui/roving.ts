// One tab stop for a grid of buttons, links and boxes: the arrow keys move between them, as
// https://www.w3.org/WAI/ARIA/apg/patterns/grid/ asks.

const CONTROLS = 'button, a[href], input, select, textarea';

/** Where a control stands: a row of the table, and a cell in it. */
interface Place {
  row: number;
  cell: number;
}

const isShown = (control: HTMLElement): boolean => control.checkVisibility() && !control.matches(':disabled');

const controlsIn = (within: Element): HTMLElement[] =>
  [...within.querySelectorAll<HTMLElement>(CONTROLS)].filter(isShown);

const cellOf = (control: Element): number => control.closest<HTMLTableCellElement>('td, th')?.cellIndex ?? 0;

function placeOf(table: HTMLTableElement, control: Element): Place {
  const rows = [...table.rows];
  return { row: rows.findIndex((row) => row.contains(control)), cell: cellOf(control) };
}

/** The control of a row that stands nearest to a cell. */
const nearestIn = (row: Element, cell: number): HTMLElement | undefined =>
  controlsIn(row).toSorted((a, b) => Math.abs(cellOf(a) - cell) - Math.abs(cellOf(b) - cell))[0];

/** The first row with a control, from this one on in a direction. */
function inRows(table: HTMLTableElement, { row, cell }: Place, by: 1 | -1): HTMLElement | undefined {
  for (let at = row + by; at >= 0 && at < table.rows.length; at += by) {
    const found = nearestIn(table.rows[at]!, cell);
    if (found) return found;
  }
  return undefined;
}

/** Text is edited with the keys that would move elsewhere. */
const isText = (target: EventTarget | null): boolean =>
  target instanceof HTMLTextAreaElement ||
  (target instanceof HTMLInputElement && target.type !== 'checkbox' && target.type !== 'radio');

function nextOf(table: HTMLTableElement, control: HTMLElement, event: KeyboardEvent): HTMLElement | undefined {
  const place = placeOf(table, control);
  const row = table.rows[place.row];
  if (!row) return undefined;
  const beside = controlsIn(row);
  const whole = event.ctrlKey || event.metaKey;
  const last = table.rows.length - 1;
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

/** An attachment of a table. */
export function roving(table: HTMLTableElement): () => void {
  let current: HTMLElement | undefined;
  let place: Place = { row: 1, cell: 1 };

  const settle = (): void => {
    const all = controlsIn(table);
    if (!current || !all.includes(current)) {
      const row = table.rows[Math.min(place.row, table.rows.length - 1)];
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
  table.addEventListener('focusin', take);
  table.addEventListener('keydown', move);
  watched.observe(table, { childList: true, subtree: true, attributeFilter: ['disabled', 'hidden'] });
  settle();
  return () => {
    watched.disconnect();
    table.removeEventListener('focusin', take);
    table.removeEventListener('keydown', move);
  };
}
