/** Where the person is: `#/data/tokens` is path `data`, rest `['tokens']`. The hash never reaches a server. */
export class Router {
  #hash = $state(location.hash);
  #parts = $derived(partsOf(this.#hash));
  path = $derived(this.#parts[0] ?? '');
  rest = $derived(this.#parts.slice(1));

  constructor() {
    addEventListener('hashchange', () => (this.#hash = location.hash));
  }

  /** Goes to a panel; `replace` leaves no step behind in the history. */
  go(path: string, replace = false): void {
    const hash = hrefOf(path);
    if (replace) history.replaceState(history.state, '', hash);
    else location.hash = hash;
    this.#hash = hash;
  }
}

export const hrefOf = (path: string): string => `#/${path}`;

function partsOf(hash: string): string[] {
  return hash
    .replace(/^#\/?/, '')
    .split('/')
    .filter((part) => part !== '')
    .map(decoded);
}

/** A hash typed by hand may hold a broken escape; it then names nothing, which leads to the first panel. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
