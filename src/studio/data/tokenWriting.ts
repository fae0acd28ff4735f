/** The rows of a run, read once: each as tokens with its side of the split, and the tokens written to storage. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes } from '@noble/hashes/utils.js';
import { asAtelierError, AtelierError } from '../../base/errors/errors';
import type { OnProgress } from '../../base/wire/events';
import type { PickedCounts, PreparedFrom, PreparedPart, PreparedRecord } from '../../base/records/prepared';
import type { PrepareRequest } from '../../base/wire/requests';
import type { Classes } from '../../base/modelShape';
import type { Tokenizer } from '../../data/tokens/tokenizer';
import { Yielding } from '../../data/yielding';
import { getDataset } from '../../storage/datasets';
import type { AtelierDb } from '../../storage/db';
import { writePrepared, type Subset, type PreparedSink } from '../../storage/prepared';
import { loadTokenizer } from '../models/tokenizers';
import { RowPass } from './rowPass';
import { rowReader, type RowReader } from './rowReader';
import { planSides, type Placing } from './rowSides';
import { countRows } from './trainTokenizer';

/** A row as it was read. */
export interface ReadRow {
  row: string;
  number: number;
  /** As `NumberedRow` has it. */
  dataset: number;
  side: Placing['side'];
  /** The choice that put it there. */
  by?: Placing['by'];
  /** It was made of another row. */
  made?: boolean;
  /** As `RowReader.encode` gives it, or why it gives nothing; empty where the row is left out. */
  encoded: ReturnType<RowReader['encode']> | AtelierError;
}

/** How the rows of a request become tokens, and by which parts these are found again. */
export interface TokenMaking {
  parts: PreparedFrom;
  reader: RowReader;
  tokenizer: Tokenizer;
  /**
   * The rows in order, those that are left out too; they are gone through twice, first for the split.
   * @throws those of storage, cancelled
   */
  rows(onProgress?: OnProgress, signal?: AbortSignal): AsyncGenerator<ReadRow, void>;
  /** @throws what a row could not be encoded for, and those of storage */
  write(rows: AsyncIterable<ReadRow>, chunkBytes?: number): Promise<PreparedRecord>;
}

/** @throws dataset-missing, tokenizer-missing, data-missing, those of `rowReader` */
export async function tokenMaking(db: AtelierDb, request: PrepareRequest): Promise<TokenMaking> {
  const { datasetIds, tokenizerId, seed, validationShare, task, rowPerAnswer, thoughts, picks } = request;
  if (!datasetIds.length) throw new AtelierError('data-missing');
  for (const id of datasetIds) await getDataset(db, id);
  const tokenizer = await loadTokenizer(db, tokenizerId);
  const reader = await rowReader(db, request, tokenizer);
  const asked = { datasetIds, tokenizerId, seed, validationShare, task, template: reader.template };
  const { classes } = reader;
  const rows = { ...(rowPerAnswer && { rowPerAnswer }), ...(thoughts && { thoughts }), ...(classes && { classes }) };
  const parts = { ...asked, ...rows, ...(picks && { picks }) };
  return {
    ...{ parts, reader, tokenizer },
    rows: async function* (onProgress, signal) {
      const pass = new RowPass(await countRows(db, datasetIds), onProgress, new Yielding(signal), 2);
      const sides = await planSides(pass.over(reader.rows()), reader, request, signal);
      for await (const numbered of pass.over(reader.rows())) {
        const { row, number, dataset, says } = numbered;
        const placing = sides.of(numbered);
        const made = says === 'made';
        yield { row, number, dataset, made, ...placing, encoded: placing.side === 'out' ? [] : encodedOf(row, reader) };
      }
    },
    write: (rows, chunkBytes) => {
      const fill = async (sink: PreparedSink) => {
        const writer = new SplitWriter(reader, sink, picks !== undefined, datasetIds.length);
        for await (const row of rows) await writer.add(row);
        return { ...parts, ...writer.summary() };
      };
      return writePrepared(db, idsIn(tokenizer, classes), fill, { chunkBytes, whileThere: true });
    },
  };
}

/** Ids are below this; the numbers of labels stand among them. */
const idsIn = ({ vocabSize }: Tokenizer, classes: Classes | undefined): number =>
  Math.max(vocabSize, classes?.several ? 2 ** classes.names.length : (classes?.names.length ?? 0));

export function encodedOf(row: string, reader: RowReader): ReadRow['encoded'] {
  try {
    return reader.encode(row);
  } catch (thrown) {
    return asAtelierError(thrown);
  }
}

interface Counts {
  rows: number;
  tokens: number;
  bytes: number;
}

const noCounts = (): Record<Subset, Counts> => ({
  train: { rows: 0, tokens: 0, bytes: 0 },
  validation: { rows: 0, tokens: 0, bytes: 0 },
});

class SplitWriter {
  readonly #counts = noCounts();
  /** By dataset. */
  readonly #parts: Record<Subset, Counts>[];
  readonly #hashes = { train: sha256.create(), validation: sha256.create() };
  #ungraded = 0;
  #copies = 0;
  readonly #picked: PickedCounts = { repeats: 0, near: 0, leaks: 0, rows: 0 };

  constructor(
    private readonly reader: RowReader,
    private readonly sink: PreparedSink,
    private readonly picking: boolean,
    datasets: number,
  ) {
    this.#parts = Array.from({ length: datasets }, noCounts);
  }

  /** @throws what the row could not be encoded for */
  async add({ row, dataset, side, by, encoded }: ReadRow): Promise<void> {
    if (encoded instanceof AtelierError) throw encoded;
    if (by === 'source') this.#copies++;
    else if (by) this.#picked[by]++;
    if (side === 'out') return;
    const bytes = this.reader.bytes(row);
    const rows = this.reader.paired ? 1 : encoded.length;
    const tokens = encoded.reduce((sum, { ids }) => sum + ids.length, 0);
    for (const counts of [this.#counts[side], this.#parts[dataset]![side]]) {
      counts.bytes += bytes;
      counts.rows += rows;
      counts.tokens += tokens;
    }
    if (encoded.some(({ weights }) => weights && !weights.some((weight) => weight !== 0))) this.#ungraded++;
    for (const { ids, weights } of encoded) {
      this.#hashes[side].update(bytesOf(ids));
      if (weights) this.#hashes[side].update(bytesOf(weights));
      await this.sink.add(side, ids, weights);
    }
  }

  /**
   * `sha256` is that of the two streams' hashes, each over its ids (and weights) as 32-bit little-endian: chunks and
   * widths don't matter.
   */
  summary() {
    const { train, validation } = this.#counts;
    return {
      ...((this.reader.template ?? this.reader.classes) && { ungraded: this.#ungraded }),
      ...(this.#copies > 0 && { copiesLeft: this.#copies }),
      ...(this.picking && { picked: this.#picked }),
      trainRows: train.rows,
      validationRows: validation.rows,
      trainTokens: train.tokens,
      validationTokens: validation.tokens,
      trainBytes: train.bytes,
      validationBytes: validation.bytes,
      ...(this.#parts.length > 1 && { parts: this.#parts.map(partOf) }),
      sha256: bytesToHex(sha256(concatBytes(this.#hashes.train.digest(), this.#hashes.validation.digest()))),
    };
  }
}

const partOf = ({ train, validation }: Record<Subset, Counts>): PreparedPart => ({
  ...{ trainRows: train.rows, trainTokens: train.tokens },
  ...{ validationRows: validation.rows, validationTokens: validation.tokens },
});

const bytesOf = ({ buffer, byteOffset, byteLength }: Uint32Array | Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);
