// The two workers of the page: where their scripts are, and each as its plain interface.
import dataWorkerUrl from '../../workers/data.worker.ts?worker&url';
import gpuWorkerUrl from '../../workers/gpu.worker.ts?worker&url';
import type { DataApi } from '../../workers/data.api';
import type { GpuApi } from '../../workers/gpu.api';
import { ownScript } from '../base/wire/ownScript';
import { watchedRemote, type WatchedRemote } from './workerRemote';

const remoteOf = <T extends object>(name: string, url: string): WatchedRemote<T> =>
  watchedRemote<T>(name, () => new Worker(ownScript(url), { type: 'module', name }));

const data = remoteOf<DataApi>('data', dataWorkerUrl);
const gpu = remoteOf<GpuApi>('gpu', gpuWorkerUrl);

/** Parses, tokenizes, keeps: see workers/data.api.ts. */
export const dataWorker = data.api;
/** Trains, generates, saves checkpoints: see workers/gpu.api.ts. */
export const gpuWorker = gpu.api;
export const onDataReplaced = data.onReplaced;
export const onGpuReplaced = gpu.onReplaced;
