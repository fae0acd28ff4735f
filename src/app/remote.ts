// Starts the two workers at the first call and gives each as its plain interface.
import type { Remote } from 'comlink';
import dataWorkerUrl from '../../workers/data.worker.ts?worker&url';
import gpuWorkerUrl from '../../workers/gpu.worker.ts?worker&url';
import type { DataApi } from '../../workers/data.api';
import type { GpuApi } from '../../workers/gpu.api';
import { wrap } from '../../workers/wire';
import { AtelierError } from '../base/errors/errors';

/**
 * The DOM types know no Trusted Types; where a browser has them, the "string" is the TrustedScriptURL that Worker asks
 * for.
 */
interface ScriptUrlPolicy {
  createScriptURL(url: string): string;
}
interface PolicyFactory {
  createPolicy(name: string, rules: ScriptUrlPolicy): ScriptUrlPolicy;
}

const ownOriginOnly: ScriptUrlPolicy = {
  createScriptURL(url) {
    if (new URL(url, location.href).origin !== location.origin) throw new TypeError(`not of this origin: ${url}`);
    return url;
  },
};
const factory = (globalThis as { trustedTypes?: PolicyFactory }).trustedTypes;
const policy = factory?.createPolicy('app-worker', ownOriginOnly) ?? ownOriginOnly;

type Calls = Record<string, (...args: unknown[]) => Promise<unknown>>;

/**
 * A worker that cannot start would leave every call waiting for ever; `failed` ends them until it has answered once.
 */
interface Connection {
  remote: Remote<Calls>;
  failed: Promise<never>;
  answered: boolean;
}

function connect(name: string, url: string): Connection {
  const worker = new Worker(policy.createScriptURL(url), { type: 'module', name });
  const failed = new Promise<never>((_, reject) => {
    worker.addEventListener('error', ({ message }) =>
      reject(new AtelierError('worker-failed', { worker: name, message: message || '–' })),
    );
  });
  failed.catch(() => undefined); // each call reports it; with no call under way there is nobody to tell
  return { remote: wrap<Calls>(worker), failed, answered: false };
}

async function answerOf(connection: Connection, method: string, args: unknown[]): Promise<unknown> {
  const remote = connection.remote[method];
  if (!remote) throw new TypeError(method);
  const answer = remote(...args).finally(() => (connection.answered = true));
  return connection.answered ? answer : Promise.race([answer, connection.failed]);
}

/** The worker as its plain interface; it starts at the first call. */
function remoteOf<T extends object>(name: string, url: string): T {
  let connection: Connection | undefined;
  const call =
    (method: string) =>
    (...args: unknown[]): Promise<unknown> =>
      answerOf((connection ??= connect(name, url)), method, args);
  return new Proxy({} as T, {
    // `then` must be absent, or awaiting the remote itself would call the worker.
    get: (_, method) => (typeof method === 'string' && method !== 'then' ? call(method) : undefined),
  });
}

/** Parses, tokenizes, keeps: see workers/data.api.ts. */
export const dataWorker = remoteOf<DataApi>('data', dataWorkerUrl);
/** Trains, generates, saves checkpoints: see workers/gpu.api.ts. */
export const gpuWorker = remoteOf<GpuApi>('gpu', gpuWorkerUrl);
