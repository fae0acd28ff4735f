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

class Inspector {
  shown = $state.raw<Inspected | undefined>();

  show(what: Inspected): void {
    this.shown = what;
  }

  toggle(what: Inspected): void {
    this.shown = this.shown?.key === what.key ? undefined : what;
  }

  close(): void {
    this.shown = undefined;
  }
}

export const inspector = new Inspector();
