// What each step would do to the rows of a dataset as they are, in its default settings: a list of findings, each of
// which one click cures.
import type { Id } from '../../base/records/named';
import type { CleanFinding, CleanFindings, StepPreview } from '../../base/wire/recipes';
import { RECIPE_STEPS } from '../../data/clean/steps';
import { getDataset } from '../../storage/datasets';
import type { AtelierDb } from '../../storage/db';
import { contentOfRows, DatasetPasses, type RecipeOptions } from './datasetPasses';
import { FactColumns } from './factColumns';
import { StepProbes } from './recipeChain';

/** Examples that are kept of each finding. */
const EXAMPLES = 3;
const PASSES = 2;

/**
 * Each step by itself, so that no finding hides another: one pass to see the rows, one to decide.
 * @throws dataset-missing, dataset-damaged, cancelled
 */
export async function cleanFindings(db: AtelierDb, id: Id, options: RecipeOptions = {}): Promise<CleanFindings> {
  const dataset = await getDataset(db, id);
  const kinds = RECIPE_STEPS.filter(({ byHand }) => !byHand);
  const probes = new StepProbes(kinds, { content: contentOfRows(dataset), seed: 1 }, EXAMPLES);
  const passes = new DatasetPasses(db, dataset, 'checking', options);
  const columns = new FactColumns();
  await probes.prepare(passes.clean(PASSES), options.signal);
  for await (const row of passes.clean(PASSES)) {
    columns.see(row.facts);
    probes.count(row);
  }
  return { rows: dataset.rows, findings: probes.previews().flatMap(findingOf), columns: columns.list() };
}

function findingOf({ stepId: kind, left, changed, moved, found, examples }: StepPreview): CleanFinding[] {
  const count = left + changed + moved;
  return count > 0 ? [{ kind, count, left, ...(found && { found }), examples }] : [];
}
