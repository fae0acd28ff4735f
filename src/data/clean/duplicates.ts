// The step that leaves out rows that repeat another word for word: as a whole, in what they ask or in what they answer.
import { isAugmented } from '../../base/records/augmented';
import { textKey } from '../checks/textKey';
import { comparedText, leftOut, LOOKED_AT, lookedAtText, type LookedAt } from './rowText';
import type { CleanRow, CleanStep, Outcome, StepPass } from './step';

const folded = (text: string): string => text.toLowerCase().replace(/\s+/g, ' ').trim();

interface Settings {
  [name: string]: string | boolean;
  on: LookedAt;
  keep: string;
  fold: boolean;
}

class Repeats implements StepPass {
  /** By the key of the text: the id of the row that is kept, and its length. */
  readonly #kept = new Map<number, number>();
  readonly #lengths = new Map<number, number>();

  constructor(private readonly settings: Settings) {}

  see(row: CleanRow): void {
    const key = this.#key(row);
    if (key === undefined) return;
    const length = this.settings.keep === 'longest' ? lookedAtText(row, 'row').length : 0;
    if (length <= (this.#lengths.get(key) ?? -1)) return;
    this.#kept.set(key, row.id);
    this.#lengths.set(key, length);
  }

  decide(row: CleanRow): Outcome {
    const key = this.#key(row);
    const kept = key === undefined ? undefined : this.#kept.get(key);
    return kept === undefined || kept === row.id ? { kept: true } : leftOut('repeats', { row: kept + 1 });
  }

  /** Undefined where nothing is there to repeat, and of rows that were made of others: they may repeat them. */
  #key(row: CleanRow): number | undefined {
    if (isAugmented(row.facts)) return undefined;
    const text = comparedText(row, this.settings.on);
    return text.trim() === '' ? undefined : textKey(this.settings.fold ? folded(text) : text);
  }
}

export const duplicatesStep: CleanStep<Settings> = {
  kind: 'duplicates',
  defaults: { on: 'row', keep: 'longest', fold: false },
  reasons: ['repeats'],
  choices: { on: LOOKED_AT, keep: ['longest', 'first'] },
  start: (settings) => new Repeats(settings),
};
