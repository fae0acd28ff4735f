// The chances of the tokens of a text, noted while it is drawn. What they might have been in an answer that is written
// already is alternatives.ts, which computes it again.
import type { SampleChances } from '../../base/wire/events';
import type { Tokenizer } from '../../data/tokens/tokenizer';
import { likeliestOf } from '../../engine/generation/likeliest';

/** Beside the drawn token; as many as the card of a token shows. */
const COUNT = 5;

export class DrawnChances {
  readonly #ids: number[][] = [];
  readonly #probabilities: number[][] = [];
  readonly #ranks: number[] = [];

  constructor(private readonly tokenizer: Tokenizer) {}

  /** @param logits of all ids [V], from which `id` was drawn */
  readonly add = (logits: Float32Array, id: number): void => {
    const { likeliest, drawn } = likeliestOf(logits, COUNT, id);
    const chances = drawn.rank > likeliest.length ? [...likeliest, drawn] : likeliest;
    this.#ids.push(chances.map((chance) => chance.id));
    this.#probabilities.push(chances.map(({ probability }) => probability));
    this.#ranks.push(drawn.rank);
  };

  /** @param pieces of the tokens that the text has; what ends it was drawn, too, and has none */
  of(pieces: string[]): SampleChances {
    const { length } = pieces;
    const ids = this.#ids.slice(0, length);
    const shown = [...new Set(ids.flat())].map((id) => this.tokenizer.show(id));
    return {
      ...{ pieces, ids, shown },
      probabilities: this.#probabilities.slice(0, length),
      ranks: this.#ranks.slice(0, length),
    };
  }
}
