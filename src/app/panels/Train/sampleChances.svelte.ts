// The token of a sample that is open, by the pointer or by hand, with the chances that were noted as it was drawn. It
// computes nothing and draws nothing.
import type { SampleChances, SamplePoint } from '../../../base/wire/events';
import type { Alternatives, TokenChance } from '../../../base/wire/requests';

/** Unpacks one token; undefined where the sample has no such token. */
export function chancesAt({ ids, probabilities, ranks, shown }: SampleChances, at: number): Alternatives | undefined {
  const [of, rank] = [ids[at], ranks[at]];
  if (!of || rank === undefined) return undefined;
  const likely = rank > of.length ? of.length - 1 : of.length; // one more id stands behind the likeliest
  const chances = of.map((id, i): TokenChance => {
    const view = shown.find((token) => token.id === id) ?? { id, text: '', partial: false, bytes: 0 };
    return { ...view, probability: probabilities[at]?.[i] ?? NaN, rank: i < likely ? i + 1 : rank };
  });
  const drawn = chances.find((chance) => chance.rank === rank);
  return drawn && { likeliest: chances.slice(0, likely), drawn };
}

/** The pointer rests so long on a token before its card opens, and may be away from both so long, ms. */
const REST = 150;
const AWAY = 300;

/** One token is open at a time. */
export class OpenSample {
  place = $state.raw<{ step: number; at: number }>();
  /** By the pointer: it closes as the pointer leaves. */
  hovered = $state(false);
  #waits: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly samples: () => readonly SamplePoint[]) {}

  chances = $derived.by(() => this.samples().find(({ step }) => step === this.place?.step)?.chances);
  found = $derived.by(() => this.place && this.chances && chancesAt(this.chances, this.place.at));
  count = $derived(this.chances?.ids.length ?? 0);

  open(step: number, at: number): void {
    clearTimeout(this.#waits);
    [this.place, this.hovered] = [{ step, at }, false];
  }

  /** Opens it soon; what was opened by hand stays. */
  rest(step: number, at: number): void {
    if (this.place && !this.hovered) return;
    clearTimeout(this.#waits);
    this.#waits = setTimeout(() => ([this.place, this.hovered] = [{ step, at }, true]), REST);
  }

  /** The pointer is over the card, or over neither card nor token. */
  point(inside: boolean): void {
    clearTimeout(this.#waits);
    if (!inside && (this.hovered || !this.place)) this.#waits = setTimeout(() => this.close(), AWAY);
  }

  move(by: number): void {
    const { place } = this;
    if (!place) return;
    this.place = { ...place, at: Math.max(0, Math.min(this.count - 1, place.at + by)) };
  }

  close(): void {
    clearTimeout(this.#waits);
    this.place = undefined;
    this.hovered = false;
  }
}
