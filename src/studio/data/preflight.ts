/** Reads the rows of a run from storage and has them checked; what is checked stands in data/checks. */
import { AtelierError } from '../../base/errors/errors';
import type { OnProgress } from '../../base/wire/events';
import type { PickedCounts } from '../../base/records/prepared';
import type { PreflightReport, PreflightRequest, PrepareRequest, RowLengths } from '../../base/wire/requests';
import type { InspectedRow } from '../../data/checks/check';
import { Preflight as Inspection } from '../../data/checks/preflight';
import { meanOf, percentile95 } from '../../base/numbers/statistics';
import type { AtelierDb } from '../../storage/db';
import { getDataset, rowsFrom } from '../../storage/datasets';
import type { Id } from '../../base/records/named';
import { goThrough } from './prepare';
import { wordsOfRow } from './rowParts';
import { rowReader } from './rowReader';
import { encodedOf, tokenMaking, type ReadRow } from './tokenWriting';
import { loadTokenizer } from '../models/tokenizers';

/**
 * Looks at every row as a run would read it. Its tokens are stored on the way, for a run that starts with these rows.
 * @throws data-missing, dataset-missing, tokenizer-missing, those of `rowReader` and of storage, cancelled
 */
export async function preflight(
  db: AtelierDb,
  request: PreflightRequest,
  onProgress?: OnProgress,
  signal?: AbortSignal,
): Promise<PreflightReport> {
  const { contextLength, task = 'text', thoughts } = request;
  const making = await tokenMaking(db, request);
  const inspection = new Inspection(making.tokenizer, contextLength);
  const { paired, writes } = making.reader;
  const picked: PickedCounts = { repeats: 0, near: 0, leaks: 0, rows: 0 };
  let copiesLeft = 0;
  const see = ({ row, number, dataset, side, by, made, encoded }: ReadRow): void => {
    if (by === 'source') copiesLeft++;
    else if (by) picked[by]++;
    if (side === 'out') return;
    const held = side === 'validation';
    const words = wordsOfRow(row, task, writes, thoughts);
    inspection.see({ ...words, held, made: made === true, paired, encoded: asInspected(encoded) }, number, dataset);
  };
  await goThrough(db, making, see, onProgress, signal);
  const { rows, train, classes, newTokens } = inspection;
  const { length } = request.datasetIds;
  const parts = length > 1 && { parts: inspection.parts(length) };
  const left = { ...(request.picks && { picked }), ...(copiesLeft > 0 && { copiesLeft }) };
  return {
    rows,
    train,
    ...parts,
    ...left,
    ...(classes.length > 0 && { classes }),
    ...(newTokens.length > 0 && { newTokens }),
    findings: await inspection.findings(signal),
  };
}

/** Rows of each text whose length is looked at, in so many stretches spread over it: files are often sorted. */
const ROWS_MEASURED = 400;
const STRETCHES = 20;

/** What rows spread over each dataset tell of the lengths of all; undefined where none of them could be read. */
export async function rowLengths(db: AtelierDb, request: PrepareRequest): Promise<RowLengths | undefined> {
  const lengths = await spreadLengths(db, request);
  const [most, mean] = [percentile95(lengths), meanOf(lengths)];
  return most === undefined || mean === undefined ? undefined : { percentile95: most, mean };
}

/**
 * Tokens that rows of each dataset predict, as a run would read them; rows that cannot be read are left out.
 * @throws as above
 */
async function spreadLengths(db: AtelierDb, request: PrepareRequest): Promise<number[]> {
  const tokenizer = await loadTokenizer(db, request.tokenizerId);
  const lengths: number[] = [];
  for (const id of request.datasetIds) {
    const reader = await rowReader(db, { ...request, datasetIds: [id] }, tokenizer);
    for (const row of await spreadRows(db, id)) {
      const encoded = encodedOf(row, reader);
      if (!(encoded instanceof AtelierError)) lengths.push(...encoded.map(({ ids }) => ids.length - 1));
    }
  }
  return lengths;
}

/** All rows of a short text; of a long one stretches at equal distances. */
async function spreadRows(db: AtelierDb, id: Id): Promise<string[]> {
  const { rows } = await getDataset(db, id);
  if (rows <= ROWS_MEASURED) return rowsFrom(db, id, 0, rows);
  const each = ROWS_MEASURED / STRETCHES;
  const spread: string[] = [];
  for (let i = 0; i < STRETCHES; i++) {
    const from = Math.floor((i * (rows - each)) / (STRETCHES - 1));
    spread.push(...(await rowsFrom(db, id, from, each)));
  }
  return spread;
}

function asInspected(encoded: ReadRow['encoded']): InspectedRow['encoded'] {
  if (!(encoded instanceof AtelierError)) return encoded;
  const { code, facts } = encoded;
  return code === 'template-not-prefix' ? { reason: 'prefix' } : { reason: 'other', refusal: { code, facts } };
}
