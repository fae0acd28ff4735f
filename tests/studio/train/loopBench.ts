// The training loop with a GPU that is a list, for tests of the loop alone.
import { expect } from 'vitest';
import type { TokenBatch } from '../../../src/base/batch';
import { defaultSettings, type TrainSettings } from '../../../src/base/settings/trainSettings';
import { AtelierError } from '../../../src/base/errors/errors';
import type { CheckpointReason } from '../../../src/base/records/checkpoint';
import type { StepResult } from '../../../src/engine/training/step';
import { RunControl } from '../../../src/studio/train/runControl';
import { train, type RunState, type TrainParts } from '../../../src/studio/train/train';

/** A run whose GPU is a list: what the loop asked for, in order, and the numbers that the test chose. */
export function bench(patch: Partial<TrainSettings>, lossAt: (step: number) => number = (step) => 5 - step / 100) {
  const log: string[] = [];
  const settings = { ...defaultSettings(), sampleEvery: 0, saveEveryMinutes: 0, ...patch };
  const state: RunState = { step: 0, cursor: 0, tokens: 0 };
  let clock = 0;
  let total = 0;
  let queued = 0;
  let inFlight = 0;
  let mostInFlight = 0;
  const samples: number[] = [];
  const saves: { step: number; reason: CheckpointReason; best: boolean }[] = [];
  const parts: TrainParts = {
    step: async (_micro, rate): Promise<StepResult> => {
      const step = ++queued;
      mostInFlight = Math.max(mostInFlight, ++inFlight);
      log.push(`step ${step} @${rate}`);
      await new Promise((done) => setTimeout(done));
      inFlight--;
      return { loss: lossAt(step), accuracy: 0.5, gradNorm: 1, labels: 7, overflowed: false };
    },
    batchesAt: (cursor) => {
      const batch: TokenBatch = {
        batch: 2,
        length: 4,
        inputs: new Int32Array(8),
        targets: new Int32Array(8),
        labels: 7,
      };
      log.push(`batch ${cursor}`);
      return Array.from({ length: settings.accumulate }, () => batch);
    },
    rateAt: (step) => step,
    totalAt: () => total,
    change: ({ steps = total }) => Promise.resolve(void (total = steps)),
    validate: () => {
      log.push(`validate`);
      return Promise.resolve({ loss: 4 - state.step / 100, accuracy: 0.4, labels: 3 });
    },
    sample: (step) => {
      expect(inFlight).toBe(0); // its time must not count as a step's
      samples.push(step);
      return Promise.resolve({ step, prompt: '', text: 'a' });
    },
    save: (at, reason, best) => {
      expect(inFlight).toBe(0); // nothing may be written while a loss is still unknown
      saves.push({ step: at.step, reason, best });
      return Promise.resolve();
    },
    inTurn: async (work) => work(),
    now: () => (clock += 1000),
    baseFault: (what) => Promise.resolve(new AtelierError('base-overflows', { what })),
    rest: () => Promise.resolve(),
  };
  const points: number[] = [];
  const pauses: boolean[] = [];
  const listener = {
    onStep: (p: { step: number; gradNorm: number; milliseconds: number }) => void points.push(p.step),
    onValidation: () => undefined,
    onSample: () => undefined,
    onPause: (paused: boolean) => {
      pauses.push(paused);
      return Promise.resolve();
    },
  };
  const control = new RunControl();
  const run = (steps: number, resumed = false) => {
    total = steps;
    return train(settings, state, parts, control, listener, resumed);
  };
  return { run, log, state, saves, samples, points, pauses, control, listener, parts, most: () => mostInFlight };
}
