/** Tells of each row of a run on which side it stands, or that it is left out: the split, then what a person picked. */
import type { RowPicks } from '../../base/records/prepared';
import type { PrepareRequest } from '../../base/wire/requests';
import { HoldoutPlanner } from '../../data/batches/holdout';
import { questionKey } from '../../data/checks/rowsInBoth';
import { textKey } from '../../data/checks/textKey';
import type { NumberedRow } from './readRows';
import { wordsOfRow } from './rowParts';
import type { RowReader } from './rowReader';

/** Where a row stands; `by` is the choice that put it there in place of the seed. */
export interface Placing {
  side: 'train' | 'validation' | 'out';
  by?: keyof RowPicks;
}

export interface RowSides {
  of(row: NumberedRow): Placing;
}

/** A row as the plan needs it: hashes, never its text. */
interface Seen {
  number: number;
  /** By which the split tells its side. */
  hash: number;
  question: number;
}

type SidesRequest = Pick<PrepareRequest, 'seed' | 'validationShare' | 'task' | 'picks'>;

/**
 * Plans the sides in one pass over all rows. The split is that of all of them whatever is picked, so that a row held
 * out before is not trained on because another was left out.
 */
export async function planSides(
  rows: AsyncIterable<NumberedRow>,
  { key }: Pick<RowReader, 'key'>,
  { seed, validationShare, task = 'text', picks = {} }: SidesRequest,
): Promise<RowSides> {
  const planner = new HoldoutPlanner(seed, validationShare);
  const texts = new Set<number>();
  const repeats = new Set<number>();
  const seen: Seen[] = [];
  for await (const { row, number, picked } of rows) {
    const hash = planner.see(key(row));
    if (picked || (!picks.repeats && !picks.leaks)) continue;
    const { text, question } = wordsOfRow(row, task);
    if (picks.repeats && isAgain(texts, textKey(text))) repeats.add(number);
    else if (picks.leaks) seen.push({ number, hash, question: questionKey(question) });
  }
  const { isHeld, isValidation } = planner.plan();
  const leaks = leaksIn(seen, isHeld);
  return {
    of: ({ row, number, picked }) => {
      if (picked) return { side: 'out', by: 'rows' };
      if (repeats.has(number)) return { side: 'out', by: 'repeats' };
      if (leaks.has(number)) return { side: 'train', by: 'leaks' };
      return { side: isValidation(key(row)) ? 'validation' : 'train' };
    },
  };
}

const isAgain = (seen: Set<number>, key: number): boolean => seen.size === seen.add(key).size;

/** Numbers of the held-out rows whose question a training row asks; once they are trained on too, none is left. */
function leaksIn(rows: readonly Seen[], isHeld: (hash: number) => boolean): Set<number> {
  const trained = new Set(rows.filter(({ hash }) => !isHeld(hash)).map(({ question }) => question));
  return new Set(rows.filter(({ hash, question }) => isHeld(hash) && trained.has(question)).map((row) => row.number));
}
