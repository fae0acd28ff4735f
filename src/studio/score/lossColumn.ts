// The loss of each row of a dataset under a loaded model, kept beside the rows: what was measured before is not
// measured again, and what a cancel cuts short stays.
import { asAtelierError, throwIfCancelled } from '../../base/errors/errors';
import type { DatasetRecord } from '../../base/records/dataset';
import { NO_LOSS, type LossScores, type RowScores } from '../../base/records/scores';
import type { OnProgress } from '../../base/wire/events';
import type { Scored, ScoreRequest } from '../../base/wire/scoring';
import type { GradedRow } from '../../data/chat/gradedRow';
import { Yielding } from '../../data/yielding';
import { allStoredRows, getDataset } from '../../storage/datasets';
import type { AtelierDb } from '../../storage/db';
import { allScores, keepScores } from '../../storage/scores';
import type { LoadedModel } from '../chat/loadedModels';
import type { InTurn } from '../occupancy';
import { rowTokens } from './rowTokens';
import { scoredContext, WindowScorer } from './windowScorer';

export interface ScoreOptions {
  inTurn: InTurn;
  onProgress?: OnProgress | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * The mean loss of the graded tokens of each row, in nats; a row is cut to the context. Rows without a graded token
 * have none.
 * @throws dataset-missing, dataset-damaged, storage-*, cancelled, and what the device throws
 */
export async function measureLosses(
  db: AtelierDb,
  loaded: LoadedModel,
  request: ScoreRequest,
  options: ScoreOptions,
): Promise<Scored> {
  const dataset = await getDataset(db, request.datasetId);
  const scores = await begunScores(db, dataset, request, scoredContext(loaded.model));
  const scorer = new WindowScorer(loaded.model, options.inTurn);
  try {
    await eachRow(db, dataset, loaded, { request, scores, scorer, options });
    await scorer.finish();
  } finally {
    await scorer.leave();
    await keepScores(db, dataset.id, scores);
  }
  const { cut, refused } = scores.about;
  return { rows: scores.values.filter((value) => value >= 0).length, cut, refused };
}

/** What was found under this model before, else nothing. */
async function begunScores(
  db: AtelierDb,
  { id, rows }: DatasetRecord,
  { weightsId, model }: ScoreRequest,
  context: number,
): Promise<RowScores<LossScores>> {
  const found = (await allScores(db, id, rows)).find(
    ({ about }) => about.kind === 'loss' && about.weightsId === weightsId && about.context === context,
  );
  if (found?.about.kind === 'loss') return { about: { ...found.about, model }, values: found.values };
  const about: LossScores = { kind: 'loss', weightsId, model, context, cut: 0, refused: 0, at: Date.now() };
  return { about, values: new Float32Array(rows).fill(NaN) };
}

interface Measuring {
  request: ScoreRequest;
  scores: RowScores<LossScores>;
  scorer: WindowScorer;
  options: ScoreOptions;
}

async function eachRow(
  db: AtelierDb,
  dataset: DatasetRecord,
  loaded: LoadedModel,
  { request: { places }, scores, scorer, options: { onProgress, signal } }: Measuring,
): Promise<void> {
  const { about, values } = scores;
  const tokens = rowTokens(loaded);
  const wanted = places && new Set(places);
  const pace = new Yielding(signal);
  const total = places?.length ?? dataset.rows;
  let [place, done] = [-1, 0];
  for await (const { row } of allStoredRows(db, dataset.id)) {
    place++;
    throwIfCancelled(signal);
    if (wanted?.has(place) === false) continue;
    done++;
    const at = place;
    if (Number.isNaN(values[at])) {
      const read = orRefused(() => tokens.row(row, dataset.content ?? 'text'));
      if (read === 'refused') [values[at], about.refused] = [NO_LOSS, about.refused + 1];
      else await scorer.add(read, ({ nats, labels }) => tell(scores, at, read, nats / labels));
    }
    if (!pace.due()) continue;
    onProgress?.({ phase: 'checking', done, total, unit: 'rows' });
    await pace.rest();
  }
}

/** A row without a label within the context has no loss: 0 / 0. */
function tell({ about, values }: RowScores<LossScores>, at: number, { ids }: GradedRow, loss: number): void {
  values[at] = Number.isNaN(loss) ? NO_LOSS : loss;
  if (ids.length - 1 > about.context) about.cut++;
}

/** A conversation that a template refuses keeps no other row from its number. */
export function orRefused<T>(read: () => T): T | 'refused' {
  try {
    return read();
  } catch (thrown) {
    const error = asAtelierError(thrown);
    if (OF_ONE_ROW.has(error.code)) return 'refused';
    throw thrown;
  }
}

const OF_ONE_ROW: ReadonlySet<string> = new Set([
  ...['template-refused', 'template-not-prefix', 'template-opens-otherwise', 'message-weight'],
]);
