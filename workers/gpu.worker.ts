// The GPU worker: builds the studio of what computes on the storage, and answers the page topic by topic. The work
// itself is in studio/computeStudio.ts.
import wasmUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import { openStorage } from '../src/storage/open';
import { onWritten } from '../src/storage/write';
import { ComputeStudio } from '../src/studio/computeStudio';
import type { GenerationApi } from './chat.api';
import type { EvaluatingApi } from './evaluation.api';
import type { VerificationApi } from './export.api';
import type { GpuApi } from './gpu.api';
import type { LlamaApi } from './llama.api';
import type { ComputeApi } from './machine.api';
import type { TrainingApi } from './runs.api';
import type { ScoringApi } from './scoring.api';
import { tellTabs } from './tabs';
import { serve, wrap } from './wire';

tellTabs(onWritten);

let leave = (): Promise<void> => Promise.resolve();
const studio = openStorage(undefined, undefined, { beforeClose: () => leave() }).then((db) => {
  const made = new ComputeStudio(db, new URL(wasmUrl, self.location.href).href);
  leave = () => made.leave();
  return made;
});

let llama: ReturnType<typeof wrap<LlamaApi>> | undefined;

const compute: ComputeApi = {
  machine: async () => (await studio).machine(),
  measure: async () => (await studio).measure(),
  measureOnce: async () => (await studio).measureOnce(),
  computeOn: async (on) => (await studio).computeOn(on),
  forgetModels: async () => (await studio).forgetModels(),
  fits: async (family) => (await studio).fits(family),
};

const training: TrainingApi = {
  estimate: async (request) => (await studio).estimate(request),
  subscribe: async (listener) => (await studio).subscribe(listener),
  current: async () => (await studio).current(),
  start: async (request) => (await studio).start(request),
  measureStep: async (request) => (await studio).measureStep(request),
  resume: async (runId, byItself) => (await studio).resume(runId, byItself),
  resumeSlower: async (runId) => (await studio).resumeSlower(runId),
  goOnWithQueue: async () => (await studio).goOnWithQueue(),
  goBack: async (to) => (await studio).goBack(to),
  change: async (asked) => (await studio).change(asked),
  pause: async () => (await studio).pause(),
  step: async () => (await studio).step(),
  continue: async () => (await studio).continue(),
  stop: async () => (await studio).stop(),
  save: async (reason) => (await studio).save(reason),
};

const generation: GenerationApi = {
  generate: async (request, onText, signal) => (await studio).generate(request, onText, signal),
  alternatives: async (request, signal) => (await studio).alternatives(request, signal),
  classify: async (request, signal) => (await studio).classify(request, signal),
};

const verification: VerificationApi = {
  measureForms: async (checkpointId, kinds, onProgress, signal) =>
    (await studio).measureForms(checkpointId, kinds, onProgress, signal),
  verify: async (weightsId, kind, file, onProgress, signal) =>
    (await studio).verify(weightsId, kind, file, onProgress, signal),
  connectLlama: async (port) => void (llama = wrap<LlamaApi>(port)),
  verifyInLlama: async (weightsId, kind, file, onProgress, signal) => {
    if (!llama) throw new Error('the page connects llama.cpp first');
    return (await studio).verifyInLlama(llama, weightsId, kind, file, onProgress, signal);
  },
};

const scoring: ScoringApi = {
  scoreRows: async (request, onProgress, signal) => (await studio).scoreRows(request, onProgress, signal),
  suggestAnswers: async (request, onProgress, signal) => (await studio).suggestAnswers(request, onProgress, signal),
};

const evaluating: EvaluatingApi = {
  beginEvaluation: async (request, signal) => (await studio).evaluations.begin(request, signal),
  evaluate: async (id, onProgress, signal) => (await studio).evaluations.measure(id, onProgress, signal),
  tokenLosses: async (id, row, model, signal) => (await studio).evaluations.tokenLosses(id, row, model, signal),
};

const api: GpuApi = { ...compute, ...training, ...generation, ...scoring, ...evaluating, ...verification };

/** A step on the CPU holds its thread, and may take long. */
const CPU_PATIENCE = 120_000;
const GPU_PATIENCE = 5000;
let onCpu = (): boolean => false;
void studio.then(
  (made) => (onCpu = () => made.computesOnCpu),
  () => undefined,
);

serve(api, undefined, () => (onCpu() ? CPU_PATIENCE : GPU_PATIENCE));
