import 'fake-indexeddb/auto';
import { stream } from '../../src/base/numbers/rng';
import { defaultSettings } from '../../src/base/settings/trainSettings';
import type { HistoryPart } from '../../src/base/wire/events';
import type { ModelShape } from '../../src/base/modelShape';
import type { DatasetRecord } from '../../src/base/records/dataset';
import type { RunRecord } from '../../src/base/records/run';
import type { TensorRole } from '../../src/base/records/checkpoint';
import type { TensorSource } from '../../src/storage/checkpointChunks';
import type { CheckpointDraft } from '../../src/storage/checkpoints';
import { openStorage } from '../../src/storage/open';
import type { AtelierDb } from '../../src/storage/db';
import type { Locks } from '../../src/storage/locks';

let opened = 0;
/** A storage of its own for each test. */
export const freshStorage = (): Promise<AtelierDb> => openStorage(`test-${opened++}`);

export const MODEL: ModelShape = {
  vocabSize: 11,
  hiddenSize: 6,
  intermediateSize: 10,
  layers: 1,
  heads: 2,
  kvHeads: 1,
  headDim: 3,
  contextLength: 8,
  ropeTheta: 10_000,
  normEps: 1e-5,
};

export const runOf = (id: string, patch: Partial<RunRecord> = {}): RunRecord => ({
  id,
  name: `run ${id}`,
  createdAt: 1,
  status: 'running',
  origin: { kind: 'scratch' },
  model: MODEL,
  tokenizerId: 'tok',
  datasetNames: ['a'],
  settings: defaultSettings(),
  step: 0,
  totalSteps: 100,
  tokens: 0,
  updatedAt: 1,
  ...patch,
});

export const draftOf = (runId: string, step: number, patch: Partial<CheckpointDraft> = {}): CheckpointDraft => ({
  runId,
  step,
  reason: 'autosave',
  best: false,
  model: MODEL,
  tokenizerId: 'tok',
  cursor: step * 3,
  totalSteps: 100,
  tokens: step * 7,
  kernelVariants: {},
  gpuName: 'test',
  ...patch,
});

/** Three tensors of odd sizes, 4 × (5 × 3 + 7 + 7) = 116 bytes, whose bytes follow from `seed`. */
export function sourcesOf(seed: number): TensorSource[] {
  const source = (name: string, role: TensorRole, shape: number[]): TensorSource => ({
    spec: { name, role, shape, dtype: 'F32' },
    read: () => {
      const random = stream(seed, name, role);
      const length = 4 * shape.reduce((a, b) => a * b, 1);
      return Promise.resolve(Uint8Array.from({ length }, () => random.below(256)));
    },
  });
  return [source('embedding', 'weight', [5, 3]), source('norm', 'weight', [7]), source('norm', 'moment1', [7])];
}

export const historyOfSteps = (runId: string, from: number, to: number): HistoryPart => ({
  runId,
  fromStep: from,
  toStep: to,
  steps: Array.from({ length: to - from }, (_, i) => ({
    step: from + i + 1,
    loss: 2,
    accuracy: 0.5,
    gradNorm: 1,
    rate: 1e-3,
    tokens: 8,
    gpuBytes: 1,
    milliseconds: 3,
  })),
  validations: [],
  samples: [],
});

export const describedDataset = (
  name: string,
): Omit<DatasetRecord, 'id' | 'createdAt' | 'rows' | 'characters' | 'chunks'> => ({
  name,
  source: `${name}.txt`,
  format: 'txt',
  encoding: 'utf-8',
  bytes: 9,
  sha256: '00',
});

/** Locks of other tabs, held until the test ends; requests for them find them taken. */
export function locksHeld(...names: string[]): Locks {
  const held = new Set(names);
  return {
    async request(name, options, work) {
      if (held.has(name) && options.ifAvailable) return work(null);
      held.add(name);
      try {
        return await work({ name });
      } finally {
        held.delete(name);
      }
    },
    query: () => Promise.resolve({ held: [...held].map((name) => ({ name })) }),
  };
}

/** Locks of one browser: who asks for one that is held waits for it. */
export function lockQueue(): Locks {
  const last = new Map<string, Promise<unknown>>();
  return {
    request(name, _options, work) {
      const done = (last.get(name) ?? Promise.resolve()).then(() => work({ name }));
      last.set(
        name,
        done.catch(() => undefined),
      );
      return done;
    },
    query: () => Promise.resolve({ held: [] }),
  };
}

type Abortable = IDBTransaction & { _abort(name: string): void };

/**
 * From now on transactions that put into `store` fail after their puts succeeded, as a full disk does; `times` of them.
 * Gives the function that ends it.
 */
export function failCommits(store: string, error: string, times = Infinity): () => void {
  const put = IDBObjectStore.prototype.put;
  const failing = new WeakSet<IDBTransaction>();
  let left = times;
  IDBObjectStore.prototype.put = function (this: IDBObjectStore, ...parts: Parameters<typeof put>) {
    const request = put.apply(this, parts);
    const tx = this.transaction;
    if (this.name === store && (failing.has(tx) || left-- > 0)) {
      failing.add(tx);
      request.addEventListener('success', () => (tx as Abortable)._abort(error));
    }
    return request;
  };
  return () => (IDBObjectStore.prototype.put = put);
}

/** Flips one bit of a stored chunk. */
export async function damage(db: AtelierDb, checkpointId: string, chunk: number): Promise<void> {
  const bytes = new Uint8Array((await db.get('checkpointChunks', [checkpointId, chunk]))!);
  bytes[bytes.length >> 1]! ^= 1;
  await db.put('checkpointChunks', bytes.buffer, [checkpointId, chunk]);
}

/**
 * From now on reads of `store` fail with `error`: those of `key`, and those of many, which hold it. Gives the function
 * that ends it.
 */
export function failReads(store: string, error: string, key?: IDBValidKey): () => void {
  const { get, getAll } = IDBObjectStore.prototype;
  const indexGetAll = IDBIndex.prototype.getAll;
  const fail = (): never => {
    throw new DOMException('the file is gone', error);
  };
  IDBObjectStore.prototype.get = function (this: IDBObjectStore, ...parts: Parameters<typeof get>) {
    const hit = this.name === store && (key === undefined || JSON.stringify(parts[0]) === JSON.stringify(key));
    return hit ? fail() : get.apply(this, parts);
  };
  IDBObjectStore.prototype.getAll = function (this: IDBObjectStore, ...parts: Parameters<typeof getAll>) {
    return this.name === store ? fail() : getAll.apply(this, parts);
  };
  IDBIndex.prototype.getAll = function (this: IDBIndex, ...parts: Parameters<typeof indexGetAll>) {
    return this.objectStore.name === store ? fail() : indexGetAll.apply(this, parts);
  };
  return () => {
    Object.assign(IDBObjectStore.prototype, { get, getAll });
    IDBIndex.prototype.getAll = indexGetAll;
  };
}
