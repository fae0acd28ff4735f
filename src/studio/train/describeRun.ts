// The record of a new run: what it trains, on what, and where it began. It is stored by startRun.ts.
import type { ModelShape } from '../../base/modelShape';
import type { Adaptation } from '../../base/records/model';
import type { Id } from '../../base/records/named';
import type { PreparedRecord } from '../../base/records/prepared';
import type { RunRecord } from '../../base/records/run';
import type { TrainSettings } from '../../base/settings/trainSettings';
import type { RunRequest } from '../../base/wire/requests';
import type { AnyEngine } from '../../engine/gpuEngine';
import type { AtelierDb } from '../../storage/db';
import { getRun } from '../../storage/runs';
import type { TrainingData } from '../data/trainingData';
import { heritageOf } from '../models/pretrained';
import type { OpenWeights } from '../models/weights';
import { totalSteps } from './estimate';

interface Described {
  db: AtelierDb;
  engine: Pick<AnyEngine, 'kind'>;
  settings: TrainSettings;
  model: ModelShape;
  lora: Adaptation | undefined;
  prepared: PreparedRecord;
  source: OpenWeights | undefined;
  data: TrainingData;
}

export async function describeRun(
  id: Id,
  request: RunRequest,
  d: Described,
): Promise<RunRecord & { settings: TrainSettings }> {
  const names = await Promise.all(
    d.prepared.datasetIds.map(async (id) => (await d.db.get('datasets', id))?.name ?? id),
  );
  const at = Date.now();
  return {
    id,
    name: request.name,
    createdAt: at,
    updatedAt: at,
    status: 'running',
    origin: d.source ? await originOf(d.db, d.source) : { kind: 'scratch' },
    model: d.model,
    ...(d.lora && { lora: d.lora }),
    ...(d.source && (await heritageOf(d.db, d.source))),
    tokenizerId: request.tokenizerId,
    preparedId: d.prepared.id,
    datasetNames: names,
    ...(request.mix && { mix: request.mix }),
    settings: d.settings,
    ...(request.defaults && { defaults: request.defaults }),
    step: 0,
    totalSteps: totalSteps(d.settings, d.data.windows.count),
    tokens: 0,
    compute: d.engine.kind,
  };
}

async function originOf(db: AtelierDb, { base, checkpoint }: OpenWeights): Promise<RunRecord['origin']> {
  if (!checkpoint) return { kind: 'model', modelId: base!.id, name: base!.name };
  const { id, runId, step } = checkpoint.manifest;
  return { kind: 'checkpoint', checkpointId: id, runName: (await getRun(db, runId)).name, step };
}
