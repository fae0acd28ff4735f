// The step that leaves out rows in another language than those that are kept. Which language a row is in is a guess
// from its letter triples; short rows are unsure, and stay.
import { languageGuesses, loadLanguages, UNSURE_BELOW } from './guessLanguage';
import { leftOut } from './rowText';
import type { CleanRow, CleanStep, Outcome, StepPass } from './step';

interface Settings {
  [name: string]: number | readonly string[];
  /** ISO 639-3 codes; none: each that enough of the rows are in. */
  keep: readonly string[];
  /** Rows of fewer characters are unsure. */
  least: number;
}

/** A row is in another language only where every kept one fits clearly worse than the best, 1. */
const CLEARLY_WORSE = 0.85;
/** The share of rows that makes a language one of the dataset's own. */
const OWN_SHARE = 0.1;

class OtherLanguages implements StepPass {
  readonly #counts = new Map<string, number>();
  #kept: ReadonlySet<string>;
  readonly see?: (row: CleanRow) => void;

  constructor(private readonly settings: Settings) {
    this.#kept = new Set(settings.keep);
    if (!settings.keep.length) this.see = (row) => this.#count(row);
  }

  load(): Promise<void> {
    return loadLanguages();
  }

  plan(): void {
    if (this.settings.keep.length) return;
    const total = [...this.#counts.values()].reduce((a, b) => a + b, 0);
    this.#kept = new Set([...this.#counts].flatMap(([code, n]) => (n >= total * OWN_SHARE ? [code] : [])));
  }

  decide(row: CleanRow): Outcome {
    const guess = languageGuesses(row, this.settings.least);
    const [best] = guess;
    const fits = !best || guess.some(([code, score]) => score >= CLEARLY_WORSE && this.#kept.has(code));
    return fits ? { kept: true } : leftOut('language', { language: best[0] });
  }

  #count(row: CleanRow): void {
    const [best] = languageGuesses(row, this.settings.least);
    if (best) this.#counts.set(best[0], (this.#counts.get(best[0]) ?? 0) + 1);
  }
}

export const languageStep: CleanStep<Settings> = {
  kind: 'language',
  defaults: { keep: [], least: UNSURE_BELOW },
  reasons: ['language'],
  limits: { least: [1, 10_000] },
  start: (settings) => new OtherLanguages(settings),
};
