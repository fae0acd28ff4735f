/** Finds each text of a mix in the prepared streams, and joins their windows. It reads no tokens. */
import type { Batch, Windows } from '../../base/batch';
import { AtelierError } from '../../base/errors/errors';
import { areShares, mainShare, type MixedText } from '../../base/records/mix';
import type { Id } from '../../base/records/named';
import type { PreparedPart, PreparedRecord } from '../../base/records/prepared';
import { isPaired } from '../../base/settings/tuneSettings';
import { MixedWindows, type TextWindows } from '../../data/batches/mixedWindows';
import type { GradedOrder } from '../../data/batches/gradedWindows';
import type { OrderedWindows } from '../../data/batches/orderedWindows';
import type { AtelierDb } from '../../storage/db';

/** From where to where, in tokens and in rows of one stream. */
export interface StreamRange {
  tokens: readonly [from: number, to: number];
  rows: readonly [from: number, to: number];
}

/** One text of a mix in both streams. */
interface TextStretch {
  /** Absent: the main texts, which are one. */
  datasetId?: Id;
  share: number;
  train: StreamRange;
  held: StreamRange;
}

/**
 * The windows of all texts of a mix as those of one run.
 * @param windowsOf cuts the stretches of one text
 * @throws mix-shares, mix-text-too-short, prepared-missing where it was made without parts, and what `windowsOf` throws
 *   of the main texts
 */
export async function mixedData<B extends Batch>(
  db: AtelierDb,
  prepared: PreparedRecord,
  mix: readonly MixedText[],
  order: GradedOrder,
  windowsOf: (train: StreamRange, held: StreamRange, order: GradedOrder) => OrderedWindows<B>,
): Promise<Windows<B>> {
  if (!areShares(mix)) throw new AtelierError('mix-shares');
  const texts: TextWindows<B>[] = [];
  for (const { datasetId, share, train, held } of stretchesOf(prepared, mix)) {
    // all texts together are measured on about as many batches as one would be
    const validationBatches = Math.max(1, Math.round(order.validationBatches * share));
    const cut = () => windowsOf(train, held, { ...order, validationBatches });
    texts.push({ share, windows: datasetId === undefined ? cut() : await orNamed(db, datasetId, order, cut) });
  }
  return new MixedWindows(texts, order);
}

/** Says of which text a refusal is. */
async function orNamed<T>(db: AtelierDb, id: Id, { length }: GradedOrder, cut: () => T): Promise<T> {
  try {
    return cut();
  } catch (thrown) {
    if (!(thrown instanceof AtelierError) || !TOO_SHORT.has(thrown.code)) throw thrown;
    const name = (await db.get('datasets', id))?.name ?? id;
    throw new AtelierError('mix-text-too-short', { name, context: length });
  }
}

const TOO_SHORT: ReadonlySet<string> = new Set(['text-too-short', 'rows-ungraded']);

/**
 * The main texts, then those mixed in, which are the last datasets.
 * @throws RangeError where they are not
 */
function stretchesOf({ parts, datasetIds, task = 'text' }: PreparedRecord, mix: readonly MixedText[]): TextStretch[] {
  if (!parts) throw new AtelierError('prepared-missing');
  const main = datasetIds.length - mix.length;
  if (main < 1 || mix.some(({ datasetId }, i) => datasetIds[main + i] !== datasetId))
    throw new RangeError('the last datasets that were prepared are not those of the mix');
  const rowsEach = isPaired(task) ? 2 : 1; // both answers of a pair are rows of the stream
  const between = (from: number, to: number, side: 'train' | 'validation'): StreamRange => {
    const before = (end: number, of: keyof PreparedPart): number =>
      parts.slice(0, end).reduce((sum, part) => sum + part[of], 0);
    const range = (of: keyof PreparedPart, each: number) => [each * before(from, of), each * before(to, of)] as const;
    return { tokens: range(`${side}Tokens`, 1), rows: range(`${side}Rows`, rowsEach) };
  };
  const of = (from: number, to: number) => ({
    train: between(from, to, 'train'),
    held: between(from, to, 'validation'),
  });
  return [
    { share: mainShare(mix), ...of(0, main) },
    ...mix.map((text, i) => ({ ...text, ...of(main + i, main + i + 1) })),
  ];
}
