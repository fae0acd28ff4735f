/** What the right-hand column explains: the setting, row, token or point that was selected last. */
export interface Inspected {
  /** Which thing; a second selection of it closes the column. */
  key: string;
  title: () => string;
  /** A sentence or two each. */
  text?: () => string[];
  facts?: () => [label: string, value: string][];
  /** Shown in the reading face, kept as written. */
  quote?: () => string;
}

export class Inspector {
  shown = $state.raw<Inspected | undefined>();
  /** What the focus goes back to. */
  #opener: Element | null = null;

  show(what: Inspected): void {
    this.#opener = document.activeElement;
    this.shown = what;
  }

  toggle(what: Inspected): void {
    if (this.shown?.key === what.key) this.shown = undefined;
    else this.show(what);
  }

  close(): void {
    if (!this.shown) return;
    this.shown = undefined;
    if (this.#opener instanceof HTMLElement) this.#opener.focus({ preventScroll: true });
  }
}
