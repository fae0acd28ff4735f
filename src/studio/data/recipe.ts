// Runs a recipe over a stored dataset: what it would do, a version that it makes, and what single steps find.
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { AtelierError } from '../../base/errors/errors';
import type { AsideRow, DatasetRecord, ImportReport, StoredRow } from '../../base/records/dataset';
import type { Id } from '../../base/records/named';
import type { Recipe, RecipeStep } from '../../base/records/recipe';
import type { StepCounts, VersionMaking, VersionSheet } from '../../base/records/version';
import type { Progress } from '../../base/wire/events';
import type { RecipePreview, RecipeRequest, StepPreview } from '../../base/wire/recipes';
import type { CleanRow } from '../../data/clean/step';
import type { TextRow } from '../../formats/text/format';
import { jsonLine } from '../../formats/text/rowFields';
import { Yielding } from '../../data/yielding';
import { getDataset, nextRowId, writeDataset } from '../../storage/datasets';
import type { AtelierDb } from '../../storage/db';
import { isAugmented } from '../../base/records/augmented';
import { cleanRow, rowWith } from './cleanRows';
import { contentOfRows, DatasetPasses, type RecipeOptions } from './datasetPasses';
import { FactColumns } from './factColumns';
import { RecipeChain } from './recipeChain';

/** Examples that are kept of each step. */
const EXAMPLES = 20;

/** Where a step chooses by chance and has no seed of its own. */
const SEED = 1;

/**
 * What a recipe would do to a dataset; nothing is stored.
 * @throws dataset-missing, dataset-damaged, recipe-step-unknown, cancelled
 */
export async function previewRecipe(
  db: AtelierDb,
  { datasetId, recipe }: RecipeRequest,
  options: RecipeOptions = {},
): Promise<RecipePreview> {
  const dataset = await getDataset(db, datasetId);
  const counted = { left: 0, added: 0, held: 0 };
  const steps = await runChain(db, dataset, recipe, 'checking', options, (stored, next) => {
    const stays = next.some(({ id }) => id === stored?.id);
    if (stored && !stays) counted.left++;
    counted.added += next.length - (stays ? 1 : 0);
    counted.held += next.filter(({ held }) => held).length;
    return Promise.resolve();
  });
  return { rows: dataset.rows, ...counted, steps };
}

/** Hears every row and what becomes of it, in order; then rows that were made of none, one by one. */
type OnRow = (stored: StoredRow | undefined, next: readonly CleanRow[]) => Promise<void>;

async function runChain(
  db: AtelierDb,
  dataset: DatasetRecord,
  recipe: Recipe,
  phase: Progress['phase'],
  options: RecipeOptions,
  hear: OnRow,
): Promise<StepPreview[]> {
  const content = contentOfRows(dataset);
  const chain = new RecipeChain(recipe, { content, seed: SEED }, await nextRowId(db, dataset.id), EXAMPLES);
  const passes = new DatasetPasses(db, dataset, phase, options);
  await chain.prepare(() => passes.clean(chain.passes), options.signal);
  for await (const stored of passes.stored(chain.passes)) await hear(stored, chain.count(cleanRow(stored, content)));
  const pace = new Yielding(options.signal);
  for (const row of chain.countMore()) {
    if (pace.due()) await pace.rest();
    await hear(undefined, [row]);
  }
  return chain.previews();
}

/**
 * The dataset that a recipe makes of another one: a version of it, which is never changed. Nothing stays of one that
 * was cancelled or found the storage full.
 * @throws dataset-missing, dataset-damaged, recipe-step-unknown, version-empty, those of storage, cancelled
 */
export async function makeVersion(
  db: AtelierDb,
  { datasetId, recipe }: RecipeRequest,
  options: RecipeOptions = {},
  added?: AddedRows,
): Promise<DatasetRecord> {
  const parent = await getDataset(db, datasetId);
  const content = contentOfRows(parent);
  const family = await familyOf(db, parent);
  const nextId = await nextRowId(db, datasetId);
  return writeDataset(
    db,
    async (sink) => {
      const hash = sha256.create();
      const columns = new FactColumns();
      const counted = { bytes: 0, held: 0, augmented: 0 };
      const keep = async (kept: Pick<StoredRow, 'row' | 'facts'>, id: number): Promise<void> => {
        const line = utf8ToBytes(jsonLine(kept, content));
        hash.update(line);
        counted.bytes += line.byteLength;
        columns.see(kept.facts);
        if (isAugmented(kept.facts)) counted.augmented++;
        await sink.add(kept.row, kept.facts, id);
      };
      const previews = await runChain(db, parent, recipe, 'writing', options, async (of, next) => {
        for (const row of next) {
          if (row.held) counted.held++;
          await keep({ row: rowWith(of?.row, content, row), facts: row.facts }, row.id);
        }
      });
      for (const [i, { row, facts = {} }] of (added?.rows ?? []).entries()) await keep({ row, facts }, nextId + i);
      await sink.setAside(added?.mended?.aside ?? []);
      if (!sink.rows) throw new AtelierError('version-empty', { name: parent.name });
      const behind = added && { [added.mended ? 'brought' : 'written']: added.rows.length };
      const making = { ...counted, ...behind, rows: sink.rows, did: previews };
      const hex = bytesToHex(hash.digest());
      const version = versionOf(parent, family, recipe, making, columns, hex);
      const { format, classNames } = parent;
      return {
        ...{
          name: `${family.name} · ${version.number}`,
          source: 'version',
          format,
          content,
          encoding: 'utf-8' as const,
        },
        ...{ bytes: counted.bytes, sha256: hex, nextRowId: nextId },
        ...(classNames && { classNames }),
        ...{ version, ...(added?.mended && { report: added.mended.report }) },
      };
    },
    options,
  );
}

/** Rows that come behind those of the recipe, with new ids. */
export interface AddedRows {
  rows: readonly TextRow[];
  /** They had been set aside: what is left of those. Absent: they were written here. */
  mended?: { aside: readonly AsideRow[]; report: ImportReport };
}

interface Made {
  rows: number;
  held: number;
  augmented: number;
  did: readonly StepPreview[];
  brought?: number;
  written?: number;
}

interface Family {
  rootId: Id;
  /** Of the import, or of the parent where that is gone. */
  name: string;
  nextNumber: number;
}

async function familyOf(db: AtelierDb, parent: DatasetRecord): Promise<Family> {
  const rootId = parent.version?.rootId ?? parent.id;
  const members = (await db.getAll('datasets')).filter(
    ({ id, version }) => id === rootId || version?.rootId === rootId,
  );
  const root = members.find(({ id }) => id === rootId);
  const last = Math.max(parent.version?.number ?? 1, ...members.map(({ version }) => version?.number ?? 1));
  return { rootId, name: root?.name ?? parent.version?.sheet.origin.name ?? parent.name, nextNumber: last + 1 };
}

function versionOf(
  parent: DatasetRecord,
  { rootId, nextNumber: number }: Family,
  { steps }: Recipe,
  { rows, held, augmented, did, brought, written }: Made,
  columns: FactColumns,
  hash: string,
): NonNullable<DatasetRecord['version']> {
  const counts = did.map(({ examples: _, notes: _notes, ...counts }): StepCounts => counts);
  const ran = steps.flatMap((step): (RecipeStep & { did: StepCounts })[] => {
    const done = counts.find(({ stepId }) => stepId === step.id);
    return step.on && done ? [{ ...step, did: done }] : [];
  });
  const making: VersionMaking = {
    ...{ number, madeAt: Date.now(), rowsBefore: parent.rows, rows, held, steps: ran },
    ...(brought && { brought }),
    ...(written && { written }),
    ...(augmented && { augmented }),
  };
  const sheet: VersionSheet = {
    origin: parent.version?.sheet.origin ?? originOf(parent),
    made: [...(parent.version?.sheet.made ?? []), making],
    columns: columns.list().map(({ name, rows: having }) => ({ name, rows: having })),
  };
  return { rootId, parentId: parent.id, number, sheet, sha256: hash };
}

const originOf = (root: DatasetRecord): VersionSheet['origin'] => {
  const { name, source, bytes, rows, sha256: hash, createdAt, files, hub, report } = root;
  return {
    ...{ name, source, bytes, rows },
    sha256: hash,
    importedAt: createdAt,
    ...(report?.aside && { aside: report.aside }),
    ...(files && { files: files.map((file) => ({ name: file.name, rows: file.rows })) }),
    ...(hub && { hub }),
  };
};
