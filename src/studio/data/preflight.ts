/** Reads the rows of a run from storage and has them checked; what is checked stands in data/checks. */
import type { Conversation, Message, PreferencePair } from '../../base/conversation';
import { asAtelierError, AtelierError } from '../../base/errors/errors';
import type { OnProgress } from '../../base/wire/events';
import type { Task } from '../../base/records/prepared';
import type { PreflightReport, PreflightRequest, PrepareRequest, RowLengths } from '../../base/wire/requests';
import type { InspectedRow } from '../../data/checks/check';
import { Preflight as Inspection } from '../../data/checks/preflight';
import { HoldoutPlanner } from '../../data/batches/holdout';
import { meanOf, percentile95 } from '../../base/numbers/statistics';
import type { AtelierDb } from '../../storage/db';
import { getDataset } from '../../storage/datasets';
import { Yielding } from '../../data/yielding';
import { RowPass } from './prepare';
import { rowReader, type RowReader } from './rowReader';
import { loadTokenizer } from '../models/tokenizers';
import { countRows } from './trainTokenizer';

/**
 * Looks at every row as a run would read it, and keeps nothing.
 * @throws data-missing, those of `rowReader`, cancelled
 */
export async function preflight(
  db: AtelierDb,
  request: PreflightRequest,
  onProgress?: OnProgress,
  signal?: AbortSignal,
): Promise<PreflightReport> {
  const { datasetIds, seed, validationShare, contextLength, task = 'text' } = request;
  if (!datasetIds.length) throw new AtelierError('data-missing');
  for (const id of datasetIds) await getDataset(db, id);
  const tokenizer = await loadTokenizer(db, request.tokenizerId);
  const reader = await rowReader(db, request, tokenizer);
  const pass = new RowPass(await countRows(db, datasetIds), onProgress, new Yielding(signal), 2);
  const planner = new HoldoutPlanner(seed, validationShare);
  for await (const row of reader.rows()) {
    planner.see(reader.key(row));
    await pass.next();
  }
  const holdout = planner.plan();
  const inspection = new Inspection(tokenizer, contextLength);
  for await (const row of reader.rows()) {
    const held = holdout.isValidation(reader.key(row));
    inspection.see({ ...partsOf(row, task), held, paired: reader.paired, encoded: encodedOf(row, reader) });
    await pass.next();
  }
  const { rows, train } = inspection;
  return { rows, train, findings: inspection.findings() };
}

/** Rows of each text whose length is looked at: enough to know how long the others are. */
const ROWS_MEASURED = 40;

/** What the first rows of each dataset tell of the lengths of all; undefined where none of them could be read. */
export async function rowLengths(db: AtelierDb, request: PrepareRequest): Promise<RowLengths | undefined> {
  const lengths = await firstLengths(db, request);
  const [most, mean] = [percentile95(lengths), meanOf(lengths)];
  return most === undefined || mean === undefined ? undefined : { percentile95: most, mean };
}

/**
 * Tokens that the first rows of each dataset predict, as a run would read them; rows that cannot be read are left out.
 * @throws as above
 */
async function firstLengths(db: AtelierDb, request: PrepareRequest): Promise<number[]> {
  const tokenizer = await loadTokenizer(db, request.tokenizerId);
  const lengths: number[] = [];
  for (const id of request.datasetIds) {
    const reader = await rowReader(db, { ...request, datasetIds: [id] }, tokenizer);
    let seen = 0;
    for await (const row of reader.rows()) {
      if (++seen > ROWS_MEASURED) break;
      const encoded = encodedOf(row, reader);
      if (!('reason' in encoded)) lengths.push(...encoded.map(({ ids }) => ids.length - 1));
    }
  }
  return lengths;
}

function encodedOf(row: string, reader: RowReader): InspectedRow['encoded'] {
  try {
    return reader.encode(row);
  } catch (thrown) {
    const { code, facts } = asAtelierError(thrown);
    if (code === 'template-not-prefix') return { reason: 'prefix' };
    return { reason: 'other', refusal: { code, facts } };
  }
}

const written = (messages: readonly Message[]): string => messages.map(({ content }) => content).join('\n');

function partsOf(row: string, task: Task): Pick<InspectedRow, 'text' | 'question' | 'answers'> {
  if (task === 'text') return { text: row, question: row, answers: [] };
  if (task === 'chat') {
    const { messages } = JSON.parse(row) as Conversation;
    const answers = messages.flatMap(({ role, content }) => (role === 'assistant' ? [content] : []));
    const last = messages.findLastIndex(({ role }) => role === 'assistant');
    return { text: written(messages), question: written(messages.slice(0, Math.max(0, last))), answers };
  }
  const { prompt, chosen, rejected } = JSON.parse(row) as PreferencePair;
  const answers = [written(chosen), written(rejected)];
  return { text: written([...prompt, ...chosen, ...rejected]), question: written(prompt), answers };
}
