// What a report is written from, read from storage: the run, what it was made of and measured, and the evaluations and
// blind comparisons that asked its checkpoints. It writes nothing.
import type { CheckpointSummary } from '../../base/records/checkpoint';
import type { Id } from '../../base/records/named';
import type { RunRecord } from '../../base/records/run';
import type { SamplePoint } from '../../base/wire/events';
import type { EvaluationReport } from '../../base/wire/evaluation';
import type { JudgingView } from '../../base/wire/judging';
import type { RunFacts } from '../../base/wire/requests';
import type { DataApi } from '../../../workers/data.api';
import { Curves } from '../state/curves';

export interface ReportSources {
  run: RunRecord;
  facts: RunFacts;
  curves: Curves;
  samples: readonly SamplePoint[];
  checkpoints: readonly CheckpointSummary[];
  /** Newest first, as the judgings. */
  evaluations: readonly EvaluationReport[];
  judgings: readonly JudgingView[];
}

export type ReportData = Pick<
  DataApi,
  'runFacts' | 'history' | 'listCheckpoints' | 'listEvaluations' | 'evaluationReport' | 'listJudgings' | 'judgingView'
>;

/** Evaluations and comparisons are those in which a checkpoint of the run took part. */
export async function reportSources(run: RunRecord, data: ReportData): Promise<ReportSources> {
  const [facts, parts, checkpoints, evaluations, judgings] = await Promise.all([
    data.runFacts(run.id),
    data.history(run.id),
    data.listCheckpoints(run.id),
    data.listEvaluations(),
    data.listJudgings(),
  ]);
  const own = new Set(checkpoints.map(({ id }) => id));
  const isOwn = ({ weightsId }: { weightsId: Id }): boolean => own.has(weightsId);
  const asked = evaluations.filter(({ models, done }) => done > 0 && models.some(isOwn)).toSorted(newestFirst);
  const judged = judgings.filter(({ candidates }) => candidates.some(isOwn)).toSorted(newestFirst);
  const curves = new Curves();
  const samples = new Map<number, SamplePoint>();
  for (const part of parts) {
    for (const point of part.steps) curves.addStep(point);
    for (const point of part.validations) curves.addValidation(point);
    for (const point of part.samples) samples.set(point.step, point);
  }
  return {
    ...{ run, facts, curves, samples: [...samples.values()], checkpoints },
    evaluations: await Promise.all(asked.map(({ id }) => data.evaluationReport(id))),
    judgings: await Promise.all(judged.map(({ id }) => data.judgingView(id))),
  };
}

const newestFirst = (a: { createdAt: number }, b: { createdAt: number }): number => b.createdAt - a.createdAt;

/** The run that a checkpoint belongs to, among those that are stored. */
export async function runOfWeights(
  runs: readonly RunRecord[],
  weightsId: Id,
  data: Pick<DataApi, 'listCheckpoints'>,
): Promise<RunRecord | undefined> {
  for (const run of runs) {
    const checkpoints = await data.listCheckpoints(run.id);
    if (checkpoints.some(({ id }) => id === weightsId)) return run;
  }
  return undefined;
}
