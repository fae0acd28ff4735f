// Where the rows lie that a run held out, and those that it learned from: the split is planned again from what the run
// was prepared of, by the same seed, without a token being made.
import { throwIfCancelled } from '../../base/errors/errors';
import type { Id } from '../../base/records/named';
import type { PreparedRecord } from '../../base/records/prepared';
import { getDataset } from '../../storage/datasets';
import type { AtelierDb } from '../../storage/db';
import { rowReader } from '../data/rowReader';
import { planSides } from '../data/rowSides';
import { loadTokenizer } from '../models/tokenizers';

/** A row by its dataset and its place there, from 0. */
export interface HeldPlace {
  datasetId: Id;
  place: number;
}

/** The rows of a run by their side; those that were left out are on neither. */
export interface SidePlaces {
  train: HeldPlace[];
  validation: HeldPlace[];
}

/**
 * @param weightsId of the run, whose template and classes its rows were read by
 * @throws dataset-missing, dataset-damaged, those of `rowReader`, cancelled
 */
export async function sidePlaces(
  db: AtelierDb,
  prepared: PreparedRecord,
  weightsId: Id,
  signal?: AbortSignal,
): Promise<SidePlaces> {
  const request = { ...prepared, weightsId };
  const reader = await rowReader(db, request, await loadTokenizer(db, prepared.tokenizerId));
  const sides = await planSides(reader.rows(), reader, request, signal);
  const before = await rowsBefore(db, prepared.datasetIds);
  const places: SidePlaces = { train: [], validation: [] };
  for await (const row of reader.rows()) {
    throwIfCancelled(signal);
    const { side } = sides.of(row);
    if (side === 'out') continue;
    const datasetId = prepared.datasetIds[row.dataset]!;
    places[side].push({ datasetId, place: row.number - 1 - before[row.dataset]! });
  }
  return places;
}

/** @throws those of `sidePlaces` */
export const heldOutPlaces = async (...of: Parameters<typeof sidePlaces>): Promise<HeldPlace[]> =>
  (await sidePlaces(...of)).validation;

/** Rows of the datasets before each. */
async function rowsBefore(db: AtelierDb, ids: readonly Id[]): Promise<number[]> {
  const before = [0];
  for (const id of ids) before.push(before.at(-1)! + (await getDataset(db, id)).rows);
  return before;
}
