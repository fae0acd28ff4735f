/** Tells of each row of a run on which side it stands, or that it is left out: the split, then what a person picked. */
import type { RowPicks } from '../../base/records/prepared';
import type { PrepareRequest } from '../../base/wire/requests';
import { HoldoutPlanner } from '../../data/batches/holdout';
import { NearRows } from '../../data/checks/nearRows';
import { textKey } from '../../data/checks/textKey';
import type { NumberedRow } from './readRows';
import { wordsOfRow } from './rowParts';
import type { RowReader } from './rowReader';

/**
 * Where a row stands; `by` is the choice that put it there in place of the seed, or `source`: the row that it was made
 * of is held out, and it would give it away.
 */
export interface Placing {
  side: 'train' | 'validation' | 'out';
  by?: keyof RowPicks | 'source';
}

export interface RowSides {
  of(row: NumberedRow): Placing;
}

/** The hash of no row: such a row is never held out. */
const MADE = NaN;

type SidesRequest = Pick<PrepareRequest, 'seed' | 'validationShare' | 'task' | 'picks'>;

/**
 * Plans the sides in one pass over all rows. The split is that of all of them whatever is picked, so that a row held
 * out before is not trained on because another was left out. Where rows themselves say that they are held out, just
 * these are, with all that are the same: the seed then chooses none. A row that was made of another is never held out,
 * and left out where that one is.
 * @throws cancelled, and what `rows` throws
 */
export async function planSides(
  rows: AsyncIterable<NumberedRow>,
  { key, stratum }: Pick<RowReader, 'key' | 'stratum'>,
  { seed, validationShare, task = 'text', picks = {} }: SidesRequest,
  signal?: AbortSignal,
): Promise<RowSides> {
  const planner = new HoldoutPlanner(seed, validationShare);
  const texts = new Set<number>();
  const repeats = new Set<number>();
  const near = new NearRows();
  const hashes = new Map<number, number>();
  const alike = picks.near === true || picks.leaks === true;
  const frozen = new Set<number>();
  const sources: (readonly [hash: number, group: string])[] = [];
  for await (const { row, number, picked, says, group } of rows) {
    const hash = says === 'made' ? MADE : planner.see(key(row), stratum?.(row));
    if (says === 'held') frozen.add(hash);
    if (group !== undefined && says !== 'made') sources.push([hash, group]);
    if (picked || !(picks.repeats || alike)) continue;
    const words = wordsOfRow(row, task);
    if (picks.repeats && says !== 'made' && isAgain(texts, textKey(words.text))) repeats.add(number);
    else if (alike) {
      near.see({ ...words, made: says === 'made' }, number, picks.leaks === true);
      hashes.set(number, hash);
    }
  }
  const plan = planner.plan();
  const isHeld = frozen.size ? (hash: number) => frozen.has(hash) : plan.isHeld;
  const hasHeld = frozen.size ? isHeld : plan.hasHeld;
  const heldGroups = new Set(sources.flatMap(([hash, group]) => (isHeld(hash) ? [group] : [])));
  const isHeldRow = (number: number): boolean => isHeld(hashes.get(number)!);
  const found = alike ? await near.find(isHeldRow, picks.leaks === true, signal) : undefined;
  const leaks = new Set(picks.leaks && found?.leaks);
  const nearRepeats = new Set(picks.near && found?.repeats);
  return {
    of: ({ row, number, picked, says, group = '' }) => {
      if (picked) return { side: 'out', by: 'rows' };
      if (repeats.has(number)) return { side: 'out', by: 'repeats' };
      if (nearRepeats.has(number)) return { side: 'out', by: 'near' };
      if (leaks.has(number)) return { side: 'train', by: 'leaks' };
      const hash = planner.hashOf(key(row));
      if (says === 'made')
        return heldGroups.has(group) || hasHeld(hash) ? { side: 'out', by: 'source' } : { side: 'train' };
      return { side: isHeld(hash) ? 'validation' : 'train' };
    },
  };
}

const isAgain = (seen: Set<number>, key: number): boolean => seen.size === seen.add(key).size;
