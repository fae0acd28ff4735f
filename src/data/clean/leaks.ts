// The step that moves held-out rows which training gives away to the training rows, or the rows that give them away to
// the held-out ones: near-copies, and passages of answers.
import { isAugmented } from '../../base/records/augmented';
import { LEAST_SIMILARITY } from './near/similarity';
import { LeakFinder, type Leak } from './near/leakFinder';
import { growingNumbers } from './near/growing';
import { leftOut, lookedAtText } from './rowText';
import type { CleanRow, CleanStep, Outcome, Reason, StepPass } from './step';

interface Settings {
  [name: string]: number | string;
  to: 'train' | 'validation';
  /** The Jaccard similarity of shingles from which two rows are near-copies. */
  similarity: number;
}

const REASONS: Record<Leak['kind'], string> = { copy: 'leak-copy', passage: 'leak-passage' };

const NONE_HELD = 'leaks-none-held';

class Leaks implements StepPass {
  readonly #finder = new LeakFinder();
  readonly #ids = growingNumbers();
  readonly #held = new Set<number>();
  /** Rows that were made of others: they are never held out, so those that give rows away go. */
  readonly #made = new Set<number>();
  /** By the id of each row that is moved. */
  readonly #moved = new Map<number, Outcome>();

  constructor(private readonly settings: Settings) {}

  see(row: CleanRow): void {
    const answers = row.parts.flatMap(({ kind, text }) => (kind === 'answer' ? [text] : []));
    const plain = row.parts.every(({ kind }) => kind === 'text');
    if (row.held) this.#held.add(this.#ids.length);
    this.#ids.push(row.id);
    if (isAugmented(row.facts)) this.#made.add(row.id);
    const canBeHeld = row.held || this.settings.to === 'validation';
    this.#finder.add(lookedAtText(row, 'row'), plain ? undefined : answers.join('\n'), canBeHeld);
  }

  /** @throws cancelled */
  async plan(signal?: AbortSignal): Promise<void> {
    if (this.#held.size === 0) return;
    const { to, similarity } = this.settings;
    const isHeld = (row: number): boolean => this.#held.has(row);
    const ids = this.#ids.data;
    const alike = [(await this.#finder.similar(signal)).groups(similarity)];
    for (const { row, kind, other } of await this.#finder.leaks({ isHeld, to, alike, signal })) {
      const [id, code, facts] = [ids[row]!, REASONS[kind], { row: ids[other]! + 1 }];
      const goes = to === 'validation' && this.#made.has(id);
      const reason = { code, facts };
      this.#moved.set(id, goes ? leftOut(code, facts) : { kept: true, held: to === 'validation', reason });
    }
  }

  /** Without one a run would hold out rows by its seed again. */
  notes(): readonly Reason[] {
    const ids = [...this.#held].map((row) => this.#ids.data[row]!);
    const none = this.settings.to === 'train' && ids.length > 0 && ids.every((id) => this.#moved.has(id));
    return none ? [{ code: NONE_HELD, facts: {} }] : [];
  }

  decide({ id }: CleanRow): Outcome {
    return this.#moved.get(id) ?? { kept: true };
  }
}

export const leaksStep: CleanStep<Settings> = {
  kind: 'leaks',
  defaults: { to: 'train', similarity: 0.7 },
  reasons: [...Object.values(REASONS), NONE_HELD],
  limits: { similarity: [LEAST_SIMILARITY, 1] },
  choices: { to: ['train', 'validation'] },
  start: (settings) => new Leaks(settings),
};
