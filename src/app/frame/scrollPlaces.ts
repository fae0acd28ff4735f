// How far each page of the browser's history was scrolled. The browser restores that of the document only, and here the
// work scrolls in an element of its own.
interface Scrolled {
  scrollTop: number;
}

export interface ScrollPlacesWorld {
  history: Pick<History, 'state' | 'replaceState'>;
  storage: Pick<Storage, 'getItem' | 'setItem'>;
  /** Calls at the next frame. */
  frame(work: () => void): void;
}

const KEY = 'scroll';
/** What is loaded late grows into its height; after so many frames it is as it is. */
const FRAMES = 90;

export class ScrollPlaces {
  readonly #world: ScrollPlacesWorld;
  readonly #tops: Record<string, number>;
  #entry: string;
  #arriving = 0;

  constructor(world: ScrollPlacesWorld) {
    this.#world = world;
    this.#tops = this.#read();
    this.#entry = this.#entryOf();
  }

  /** The address changed: from here on it is another page that scrolls. */
  turn(): void {
    this.#entry = this.#entryOf();
  }

  /** The person, or the page, scrolled. */
  scrolled({ scrollTop }: Scrolled): void {
    if (this.#arriving === 0) this.#tops[this.#entry] = scrollTop;
  }

  /** Scrolls to where the page was left: its top, where it is new. */
  arrive(element: Scrolled): void {
    this.turn(); // the page may be drawn before its listeners hear of the address
    const top = this.#tops[this.#entry] ?? 0;
    this.#arriving = top > 0 ? FRAMES : 0;
    element.scrollTop = top;
    if (this.#arriving > 0) this.#world.frame(() => this.#settle(element, top));
  }

  /** A key or the wheel takes over. */
  letGo(): void {
    this.#arriving = 0;
  }

  /** Before the page goes: a reload comes back to its place. */
  keep(): void {
    try {
      this.#world.storage.setItem(KEY, JSON.stringify(this.#tops));
    } catch {
      // Refused storage: the page begins at its top.
    }
  }

  #settle(element: Scrolled, top: number): void {
    if (this.#arriving === 0) return;
    if (element.scrollTop !== top) element.scrollTop = top;
    if (--this.#arriving > 0) this.#world.frame(() => this.#settle(element, top));
  }

  #entryOf(): string {
    const state: unknown = this.#world.history.state;
    if (typeof state === 'object' && state !== null && 'entry' in state) return String(state.entry);
    const entry = crypto.randomUUID();
    this.#world.history.replaceState({ entry }, '');
    return entry;
  }

  #read(): Record<string, number> {
    try {
      return JSON.parse(this.#world.storage.getItem(KEY) ?? '{}') as Record<string, number>;
    } catch {
      return {};
    }
  }
}
