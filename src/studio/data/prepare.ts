/** Tokenizes the rows of a run into two stored streams, training and held-out, or finds those made before. */
import { AtelierError, untilCancelled } from '../../base/errors/errors';
import type { OnProgress } from '../../base/wire/events';
import type { Id } from '../../base/records/named';
import type { PreparedRecord } from '../../base/records/prepared';
import type { PrepareRequest } from '../../base/wire/requests';
import type { AtelierDb } from '../../storage/db';
import { findPrepared, isIntact } from '../../storage/prepared';
import { dropUnnamed, replacePrepared, usePrepared } from '../../storage/preparedUpkeep';
import { tokenMaking, type ReadRow, type TokenMaking } from './tokenWriting';

/**
 * The rows of datasets as two streams of tokens: of text, each row with the end token behind it; of conversations and
 * pairs, as the model's template writes them, with what is graded. Those made before from the same parts are found
 * again, among them those that preflight made.
 * @throws dataset-missing, tokenizer-missing, data-missing, those of `rowReader` and storage, template-*, cancelled
 */
export async function prepare(
  db: AtelierDb,
  request: PrepareRequest,
  onProgress?: OnProgress,
  signal?: AbortSignal,
  chunkBytes?: number,
): Promise<PreparedRecord> {
  const making = await tokenMaking(db, request);
  return inTurn(db, making, signal, async () => {
    const found = await findPrepared(db, making.parts);
    if (found && hasParts(found) && (await isIntact(db, found))) {
      await usePrepared(db, found);
      return found;
    }
    const made = await making.write(making.rows(onProgress, signal), chunkBytes);
    if (found) await replacePrepared(db, found, made);
    await dropCopies(db);
    return made;
  });
}

/** A mix needs to know what each dataset gave, which versions without mixes did not keep. */
const hasParts = ({ datasetIds, parts }: PreparedRecord): boolean => datasetIds.length === 1 || parts !== undefined;

/**
 * Goes through all rows, whatever is in them, and stores their tokens on the way where no row stands against it and
 * none are stored: so `prepare` has nothing left to do.
 * @throws those of storage that keep a row from being read, cancelled
 */
export async function goThrough(
  db: AtelierDb,
  making: TokenMaking,
  see: (row: ReadRow) => void,
  onProgress?: OnProgress,
  signal?: AbortSignal,
): Promise<void> {
  await inTurn(db, making, signal, async () => {
    const read: { whole: boolean; failed?: unknown } = { whole: false };
    const rows = (async function* () {
      for await (const row of making.rows(onProgress, signal)) {
        see(row);
        yield row;
      }
      read.whole = true;
    })();
    const stored = (await findPrepared(db, making.parts)) !== undefined;
    const writing = stored ? Promise.resolve(undefined) : making.write(unclosed(rows));
    const written = await writing.catch((thrown: unknown) => void (read.failed = thrown));
    for await (const { encoded } of rows) void encoded;
    // what only keeps tokens from being written is said by `prepare`, which meets it again
    if (!read.whole) throw read.failed;
    if (written) await dropCopies(db);
  });
}

/** The same rows, which somebody else can go on with where a loop over them ends early. */
const unclosed = (rows: AsyncIterator<ReadRow, void>): AsyncIterable<ReadRow> => ({
  [Symbol.asyncIterator]: () => ({ next: () => rows.next() }),
});

/** A copy that no run names may still be on its way to a run that starts. */
const UNNAMED_MS = 60_000;

/** The sweep of the next start tries again what fails here. */
const dropCopies = (db: AtelierDb): Promise<unknown> => dropUnnamed(db, Date.now() - UNNAMED_MS).catch(() => undefined);

/** What is being read now, by database and parts. */
const underWay = new Map<string, Promise<void>>();

/** The same rows are read by one at a time: the next one finds what was made of them. */
async function inTurn<T>(
  db: AtelierDb,
  { parts }: TokenMaking,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const key = JSON.stringify([db.name, parts]);
  for (let other = underWay.get(key); other; other = underWay.get(key)) await untilCancelled(other, signal);
  const working = work();
  const ended = working.then(
    () => undefined,
    () => undefined,
  );
  underWay.set(key, ended);
  void ended.then(() => underWay.delete(key));
  return working;
}

/**
 * Tokens that were lost or changed, made again from their text; runs then name the new ones.
 * @param weightsId whose template wrote them, as in `PrepareRequest`
 * @throws data-changed where the text or the tokenizer gives other tokens now, and what `prepare` throws
 */
export async function prepareAgain(
  db: AtelierDb,
  lost: PreparedRecord,
  weightsId: Id | undefined,
  name: string,
): Promise<PreparedRecord> {
  const { rows, write } = await tokenMaking(db, { ...lost, ...(weightsId !== undefined && { weightsId }) });
  const made = await write(rows());
  if (made.sha256 !== lost.sha256) throw new AtelierError('data-changed', { name });
  await replacePrepared(db, lost, made);
  return made;
}
