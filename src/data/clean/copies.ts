// What steps that make rows of rows share: which rows may have copies, how copies are marked, and a step of seeded
// copies in which stretches of text are rewritten.
import { AUGMENTED, AUGMENTED_GROUP, augmentedGroup, isAugmented } from '../../base/records/augmented';
import type { RowFacts } from '../../base/records/recipe';
import { stream, type RandomStream } from '../../base/numbers/rng';
import { rowHash } from '../batches/holdout';
import { lookedAtText, type LookedAt } from './rowText';
import { outsideCode } from './outsideCode';
import type { AddedRow, CleanRow, Outcome, RowPart, StepPass } from './step';

/**
 * A held-out row has none: its copy in training would give it away. Rows that were made have none either: copies of
 * copies drift away from what a person wrote.
 */
export const mayHaveCopies = ({ held, facts }: CleanRow): boolean => !held && !isAugmented(facts);

const GROUP = [0x2545f491, 0x9e3779b1] as const;

/** Of the row's text, so that it says the same in every dataset. */
const groupOf = (row: CleanRow): string =>
  augmentedGroup(row.facts) ?? rowHash(lookedAtText(row, 'row'), GROUP).toString(36);

/** The columns of a row that was made of this one. */
export const copyFacts = (row: CleanRow, kind: string): RowFacts => ({
  ...row.facts,
  ...{ [AUGMENTED]: kind, [AUGMENTED_GROUP]: groupOf(row) },
});

/** The row, which gets the group of its copies, and these behind it. */
export const withCopies = (row: CleanRow, adds: readonly AddedRow[], code: string): Outcome => ({
  kept: true,
  facts: { [AUGMENTED_GROUP]: groupOf(row) },
  adds,
  reason: { code, facts: {} },
});

export interface CopySettings {
  seed: number;
  /** Of the rows that may have copies. */
  share: number;
  /** Of each row. */
  copies: number;
  on: string;
}

export const COPY_DEFAULTS = { seed: 1, share: 1, copies: 1, on: 'row' } as const;
export const COPY_LIMITS = { seed: [0, 1e9], share: [0, 1], copies: [1, 20] } as const;

/** A plain text is its own question. Both answers of a pair are rewritten, or else the noise would tell them apart. */
const REWRITTEN: Record<LookedAt, readonly RowPart['kind'][]> = {
  row: ['text', 'question', 'answer', 'rejected'],
  question: ['text', 'question'],
  answer: ['answer', 'rejected'],
};

/** A rewriting may leave a text as it is; then it is tried again. */
const TRIES = 4;

/** Copies that differ from their row and from each other; each row has its own stream of chance, wherever it stands. */
export class Copies implements StepPass {
  readonly adds = true;

  /** @param rewrite A stretch of text outside code */
  constructor(
    private readonly kind: string,
    private readonly settings: CopySettings,
    private readonly rewrite: (text: string, random: RandomStream) => string,
  ) {}

  decide(row: CleanRow): Outcome {
    if (!mayHaveCopies(row)) return { kept: true };
    const { seed, share, copies } = this.settings;
    const random = stream(seed, this.kind, row.id);
    if (random.next() >= share) return { kept: true };
    const seen = new Set([JSON.stringify(row.parts.map(({ text }) => text))]);
    const adds: AddedRow[] = [];
    for (let tries = copies * TRIES; tries > 0 && adds.length < copies; tries--) {
      const texts = this.#rewritten(row, random);
      if (seen.size === seen.add(JSON.stringify(texts)).size) continue;
      adds.push({ texts, facts: copyFacts(row, this.kind) });
    }
    return adds.length ? withCopies(row, adds, this.kind) : { kept: true };
  }

  #rewritten({ parts }: CleanRow, random: RandomStream): string[] {
    const kinds = REWRITTEN[this.settings.on as LookedAt];
    return parts.map(({ kind, text }) =>
      kinds.includes(kind) ? outsideCode(text, (stretch) => this.rewrite(stretch, random)) : text,
    );
  }
}
