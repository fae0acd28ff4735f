// The columns of a dataset's rows as typed arrays: those that one pass over the rows gives, and those that take long
// and are computed when they are asked for. No text is kept.
import type { DatasetContent, DatasetRecord, StoredRow } from '../../base/records/dataset';
import { ASKED_KEYS, type ColumnAsked } from '../../base/wire/rowTable';
import { textKey } from '../../data/checks/textKey';
import { besideColumn, columnValue, factValue, loadConditions } from '../../data/clean/conditions';
import { NEAR_GROUP, nearDuplicatesStep } from '../../data/clean/nearDuplicates';
import { lookedAtText } from '../../data/clean/rowText';
import type { CleanRow } from '../../data/clean/step';
import { plainText } from '../../data/chat/conversationText';
import { KeySet } from '../../data/table/keySet';
import { ColumnBuilder, type ValueColumn } from '../../data/table/tableColumn';
import type { AtelierDb } from '../../storage/db';
import { loadTokenizer } from '../models/tokenizers';
import { cleanRow } from './cleanRows';
import { contentOfRows, DatasetPasses, type RecipeOptions } from './datasetPasses';

/** A file may invent a name for each row; each column takes 8 bytes a row. */
const MOST_BESIDE = 40;
/** Names that are counted beyond those. */
const MOST_NAMED = 1000;

/** The values of some columns, taken row by row. */
export class RowColumns {
  readonly #builders = new Map<string, ColumnBuilder>();
  /** By the name of a column that stands beside the rows. */
  readonly #named = new Map<string, ColumnBuilder>();
  /** By the key of a column that stands beside the rows: its name. */
  readonly beside = new Map<string, string>();
  /** Names of columns that were too many. */
  readonly unlisted = new Set<string>();
  readonly #seen: KeySet;
  readonly #ids;
  readonly #characters;
  readonly #repeated;
  readonly #ofTurns: readonly [key: string, ColumnBuilder][];

  constructor(
    private readonly rows: number,
    private readonly content: DatasetContent,
  ) {
    this.#seen = new KeySet(rows);
    this.#ids = this.#new('row');
    this.#characters = this.#new('characters');
    const ofTurns = content === 'text' ? [] : ['turns', 'turn-roles'];
    this.#ofTurns = ofTurns.map((key) => [key, this.#new(key)]);
    this.#repeated = this.#new('repeats-earlier');
  }

  see(at: number, stored: StoredRow): void {
    const row = cleanRow(stored, this.content);
    this.#ids.set(at, row.id);
    this.#characters.set(at, columnValue(row, 'characters'));
    for (const [key, builder] of this.#ofTurns) builder.set(at, columnValue(row, key));
    if (this.#repeats(row)) this.#repeated.set(at, 'yes');
    for (const name in row.facts) this.#beside(name)?.set(at, factValue(name, row.facts[name]));
  }

  columns(): Map<string, ValueColumn> {
    return new Map([...this.#builders].map(([key, builder]) => [key, builder.column()]));
  }

  #repeats(row: CleanRow): boolean {
    const text = lookedAtText(row, 'row');
    return text.trim() !== '' && !this.#seen.add(textKey(text));
  }

  #beside(name: string): ColumnBuilder | undefined {
    const known = this.#named.get(name);
    if (known) return known;
    if (this.beside.size >= MOST_BESIDE) {
      if (this.unlisted.size < MOST_NAMED) this.unlisted.add(name);
      return undefined;
    }
    const key = besideColumn(name);
    const builder = this.#new(key);
    this.beside.set(key, name);
    this.#named.set(name, builder);
    return builder;
  }

  #new(key: string): ColumnBuilder {
    const builder = new ColumnBuilder(this.rows);
    this.#builders.set(key, builder);
    return builder;
  }
}

/**
 * One column that takes long, over all rows.
 * @throws dataset-missing, dataset-damaged, tokenizer-missing, cancelled
 */
export async function askedColumn(
  db: AtelierDb,
  dataset: DatasetRecord,
  asked: ColumnAsked,
  options: RecipeOptions,
): Promise<ValueColumn> {
  if (asked.kind === 'near') return nearColumn(db, dataset, options);
  const valueOf = await valuesOf(db, contentOfRows(dataset), asked);
  const builder = new ColumnBuilder(dataset.rows);
  const passes = new DatasetPasses(db, dataset, 'checking', options);
  await passes.each((stored, place) => builder.set(place, valueOf(stored)));
  return builder.column();
}

type ValueOf = (stored: StoredRow) => ReturnType<typeof columnValue>;

async function valuesOf(
  db: AtelierDb,
  content: DatasetContent,
  { kind, tokenizerId = '' }: ColumnAsked,
): Promise<ValueOf> {
  if (kind === 'tokens') {
    const tokenizer = await loadTokenizer(db, tokenizerId);
    return ({ row }) => tokenizer.encode(plainText(row, content)).length;
  }
  const column = ASKED_KEYS[kind];
  await loadConditions([{ column }]);
  return (stored) => columnValue(cleanRow(stored, content), column);
}

/** The first row of the group of rows that nearly repeat each other, as its number from 1. */
async function nearColumn(db: AtelierDb, dataset: DatasetRecord, options: RecipeOptions): Promise<ValueColumn> {
  const content = contentOfRows(dataset);
  const pass = nearDuplicatesStep.start({ ...nearDuplicatesStep.defaults, keep: 'all' }, { content, seed: 1 });
  const passes = new DatasetPasses(db, dataset, 'checking', options);
  for await (const row of passes.clean(2)) pass.see?.(row);
  await pass.plan?.(options.signal);
  const builder = new ColumnBuilder(dataset.rows);
  let at = 0;
  for await (const row of passes.clean(2)) {
    const outcome = pass.decide(row);
    const group = outcome.kept ? outcome.facts?.[NEAR_GROUP] : undefined;
    builder.set(at++, group === undefined ? undefined : String(group));
  }
  return builder.column();
}
