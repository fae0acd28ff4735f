// The rows that are tried for memorised text: as many that the run of the last model learned from as that it held out.
import { AtelierError } from '../../../base/errors/errors';
import type { EvaluatedRow } from '../../../base/records/evaluation';
import type { EvaluationRequest } from '../../../base/wire/evaluation';
import type { AtelierDb } from '../../../storage/db';
import { trainedOn } from '../../data/heldOut';
import { rowsAt, someOf } from '../askedRows';
import { sidePlaces } from '../heldOutPlaces';

/** Characters of a text, of which about the first hundred tokens are read. */
const MOST_CHARACTERS = 4000;

/**
 * @param firstGroup behind the groups of the other rows
 * @throws prepared-missing, those of `sidePlaces`
 */
export async function triedRows(
  db: AtelierDb,
  { models, memoryRows = 0, seed }: Pick<EvaluationRequest, 'models' | 'memoryRows' | 'seed'>,
  firstGroup: number,
  signal?: AbortSignal,
): Promise<EvaluatedRow[]> {
  const { weightsId } = models.at(-1)!;
  const read = await trainedOn(db, await db.get('checkpoints', weightsId));
  if (typeof read === 'string') throw new AtelierError('prepared-missing');
  const places = await sidePlaces(db, read.prepared, weightsId, signal);
  const asText = (read.prepared.task ?? 'text') === 'text';
  const tried: EvaluatedRow[] = [];
  for (const [set, side] of [['trained', places.train] as const, ['unseen', places.validation] as const]) {
    const chosen = someOf(side, { mostRows: memoryRows, seed });
    const rows = await rowsAt(db, chosen, { classifies: false, asText, set }, signal);
    const before = firstGroup + tried.length;
    tried.push(...rows.map((row) => ({ ...beginningOf(row), group: before + row.group })));
  }
  return tried;
}

const beginningOf = (row: EvaluatedRow): EvaluatedRow =>
  typeof row.asked === 'string' ? { ...row, asked: row.asked.slice(0, MOST_CHARACTERS) } : row;
