/** How often each new token stands in the rows on each side of the split, as rows are seen. */
import type { TokenCount } from '../../base/wire/requests';
import type { Tokenizer } from '../tokens/tokenizer';
import type { InspectedRow } from './check';

export class TokenTally {
  readonly #counts: ReadonlyMap<number, TokenCount>;

  constructor(tokenizer: Tokenizer) {
    const counts = tokenizer.newTokens.map((name) => [tokenizer.idOf(name)!, { name, train: 0, held: 0 }] as const);
    this.#counts = new Map(counts);
  }

  see({ encoded, held }: Pick<InspectedRow, 'encoded' | 'held'>): void {
    if (!this.#counts.size || 'reason' in encoded) return;
    for (const { ids } of encoded)
      for (const id of ids) {
        const count = this.#counts.get(id);
        if (count) count[held ? 'held' : 'train']++;
      }
  }

  /** In the order of the tokens. */
  get counts(): TokenCount[] {
    return [...this.#counts.values()];
  }
}
