// Import of an adapter that was trained elsewhere, as PEFT stores it: it becomes a finished run on its base.
import { AtelierError, throwIfCancelled } from '../../base/errors/errors';
import type { OnProgress } from '../../base/wire/events';
import { loraSpecs } from '../../base/lora';
import type { ModelShape } from '../../base/modelShape';
import type { Adaptation, ModelRecord } from '../../base/records/model';
import type { Id } from '../../base/records/named';
import type { RunRecord } from '../../base/records/run';
import { ADAPTER_CONFIG, ADAPTER_WEIGHTS, CLASSES_FILE } from '../../formats/adapters/peft';
import { readAdapterConfig, type AdapterFacts } from '../../formats/adapters/peftConfig';
import { adapterReader, openAdapter, type OpenAdapter } from '../../formats/adapters/peftReading';
import { readAdapterClasses, readHfThresholds } from '../../formats/huggingFace/hfClasses';
import { readShards, type PlacedTensor } from '../../formats/huggingFace/shards';
import { JOB_FILES } from '../../formats/trainers/job';
import type { TensorSource } from '../../storage/checkpointChunks';
import { saveCheckpoint } from '../../storage/checkpoints';
import type { AtelierDb } from '../../storage/db';
import { getModel, listModels } from '../../storage/models';
import { listRuns } from '../../storage/runs';
import { chatTemplateOf, titleOf } from './modelFacts';
import { readCard, partOf, textIfThere, textOf, type Folder } from './modelFolder';
import { trialParts, type Trial } from './trial';
import { ownPrecision } from './weights';

export interface OpenAdapterOptions {
  onProgress?: OnProgress;
  signal?: AbortSignal;
  /** Tries the adapter's own chat template before anything is stored. */
  trial?: Trial;
}

/**
 * Imports a PEFT adapter as a run that was not trained here, so that chat, export and tuning treat it as any run's. Run
 * and weights are written atomically; one tensor at a time is in memory.
 *
 * @throws model-missing, adapter-*, template-slow, cancelled, and what the formats and storage throw
 */
export async function keepAdapter(
  db: AtelierDb,
  baseId: Id,
  folder: Folder,
  { onProgress, signal, trial }: OpenAdapterOptions = {},
): Promise<RunRecord> {
  const base = await getModel(db, baseId);
  const facts = readAdapterConfig(await textOf(folder, ADAPTER_CONFIG, signal), ADAPTER_CONFIG);
  if (facts.tokenIds) {
    // which tokens they are, no file of an adapter says
    const found = [...facts.tokenIds.keys()].join(', ');
    throw new AtelierError('adapter-unsupported', { file: ADAPTER_CONFIG, field: 'trainable_token_indices', found });
  }
  if (!folder.parts.has(ADAPTER_WEIGHTS))
    throw new AtelierError('adapter-file-missing', { source: folder.source, file: ADAPTER_WEIGHTS });
  const tensors = await readShards([ADAPTER_WEIGHTS], (file) => partOf(folder, file).open(signal));
  if (base.model.classes && !facts.classifies)
    throw new AtelierError('adapter-unsupported', { file: ADAPTER_CONFIG, field: 'task_type', found: 'CAUSAL_LM' });
  const adapter = await fitted(db, base, facts, tensors, folder.source);
  const { model, thresholds } = await classified(base.model, adapter, folder, signal);
  const lora = adaptationOf(base, adapter, await chatTemplateOf(folder, signal));
  await trial?.(trialParts(undefined, lora.chatTemplate, base.templateTokens ?? {}), signal);
  const begun = importedRun({ ...base, model }, lora, adapter, folder.source, await nameOf(db, folder, base));
  const run = thresholds ? { ...begun, thresholds } : begun;
  const draft = {
    runId: run.id,
    ...{ step: 0, totalSteps: 0, cursor: 0, tokens: 0 },
    ...({ reason: 'imported', best: false, kernelVariants: {}, gpuName: '' } as const),
    ...{ model: run.model, tokenizerId: run.tokenizerId, lora },
  };
  await saveCheckpoint(
    db,
    draft,
    sourcesOf(model, adapter, signal),
    { run: { create: run } },
    onProgress ? { onProgress } : {},
  );
  return run;
}

/** Errors that mean the wrong base rather than a broken file. */
const MISFITS = ['tensor-shape', 'tensor-unknown'];

/**
 * The adapter on this base; if it does not fit, the error names the models that it fits.
 *
 * @throws adapter-fits-*, adapter-beside
 */
async function fitted(
  db: AtelierDb,
  base: ModelRecord,
  facts: AdapterFacts,
  tensors: readonly PlacedTensor[],
  source: string,
): Promise<OpenAdapter> {
  const opened = ({ model }: ModelRecord): OpenAdapter => openAdapter(model, facts, tensors, ADAPTER_WEIGHTS);
  const misfit = (model: ModelRecord): AtelierError | undefined => {
    try {
      return void opened(model);
    } catch (thrown) {
      if (thrown instanceof AtelierError && MISFITS.includes(thrown.code)) return thrown;
      throw thrown;
    }
  };
  const error = misfit(base);
  if (!error) return opened(base);
  const { tensor = '', found, expected } = error.facts;
  const shared = { source, base: base.name, tensor, sizes: found ? ` (${found} ≠ ${expected})` : '' };
  const fits = (await listModels(db)).filter((model) => !misfit(model)).map(({ name }) => `“${name}”`);
  if (fits.length) throw new AtelierError('adapter-fits-other', { ...shared, fits: fits.join(', ') });
  throw new AtelierError('adapter-fits-none', { ...shared, named: facts.baseModel ? `“${facts.baseModel}”` : '–' });
}

/** The base as the adapter makes a classifier of it, with the names beside the adapter or those of the base. */
async function classified(
  model: ModelShape,
  { score }: OpenAdapter,
  folder: Folder,
  signal: AbortSignal | undefined,
): Promise<{ model: ModelShape; thresholds?: number[] | undefined }> {
  if (!score) return { model };
  const count = score.shape[0]!;
  const text = await textIfThere(folder, CLASSES_FILE, signal);
  const own = text === undefined && model.classes?.names.length === count ? model.classes : undefined;
  const classes = own ?? readAdapterClasses(text, CLASSES_FILE, count);
  const thresholds = text === undefined ? undefined : readHfThresholds(text, CLASSES_FILE, classes);
  return { model: { ...model, classes }, thresholds };
}

/** The adapter's own chat template is stored with it where it differs from that of the base. */
function adaptationOf(base: ModelRecord, { lora }: OpenAdapter, chatTemplate: string | undefined): Adaptation {
  const { id: baseId, name: baseName, sha256: baseSha256, hub: baseHub } = base;
  const own = chatTemplate !== undefined && chatTemplate !== base.chatTemplate;
  return {
    ...lora,
    ...{ baseId, baseName, baseSha256, precision: ownPrecision(base) },
    ...(baseHub && { baseHub }),
    ...(own && { chatTemplate }),
  };
}

function importedRun(
  base: ModelRecord,
  lora: Adaptation,
  { baseModel: named, ranks: [least, most] }: OpenAdapter,
  source: string,
  name: string,
): RunRecord {
  const at = Date.now();
  const another = named !== undefined && !isCalled(base, named);
  return {
    ...{ id: crypto.randomUUID(), name, createdAt: at, updatedAt: at, status: 'imported' },
    origin: { kind: 'imported', source, ...(least < most && { ranks: [least, most] as [number, number] }) },
    ...{ model: base.model, lora, tokenizerId: base.tokenizerId, datasetNames: [], step: 0, totalSteps: 0, tokens: 0 },
    ...(another && { notice: { code: 'adapter-base-name', facts: { named, base: base.hub?.repo ?? base.name } } }),
  };
}

const isRepository = (name: string): boolean => /^[\w.-]+\/[\w.-]+$/.test(name);
const lastPart = (path: string): string | undefined => path.split(/[/\\]/).findLast((part) => part !== '');

/**
 * Whether this is a name of the base: its repository's, or, where one of them is a folder, what that is called. A job
 * that was taken to a bigger machine has its base in a folder whose name says nothing.
 */
export function isCalled({ hub, source, name }: Pick<ModelRecord, 'hub' | 'source' | 'name'>, named: string): boolean {
  if (lastPart(named) === JOB_FILES.base) return true;
  const same = (a = '', b = ''): boolean => a.toLowerCase() === b.toLowerCase();
  if (hub && isRepository(named)) return same(hub.repo, named);
  return [hub?.repo, source, name].some((known) => known !== undefined && same(lastPart(known), lastPart(named)));
}

/**
 * The folder's name, of loose files their card's title, else one by the base; with a number where another run has it.
 */
async function nameOf(db: AtelierDb, folder: Folder, base: ModelRecord): Promise<string> {
  const name = folder.loose ? (titleOf(await readCard(folder)) ?? `${base.name} LoRA`) : folder.source;
  const taken = new Set((await listRuns(db)).map((run) => run.name));
  if (!taken.has(name)) return name;
  for (let n = 2; ; n++) if (!taken.has(`${name} ${n}`)) return `${name} ${n}`;
}

function sourcesOf(model: ModelShape, adapter: OpenAdapter, signal?: AbortSignal): TensorSource[] {
  const read = adapterReader(model, adapter);
  return loraSpecs(model, adapter.lora).map(({ name, shape }) => ({
    spec: { name, shape, dtype: 'F32', role: 'weight' },
    read: async () => {
      throwIfCancelled(signal);
      return new Uint8Array((await read(name)).buffer);
    },
  }));
}
