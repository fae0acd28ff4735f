// When the training loop saves, and which validation loss a checkpoint names. It has no source file of its own.
import { expect, test } from 'vitest';
import { bench } from './loopBench';

test('a checkpoint names only the validation loss of its own weights, and a stop measures it', async () => {
  const b = bench({ validationEvery: 4, saveEverySteps: 3 });
  const losses: [number, number | undefined][] = [];
  b.parts.save = (at, reason) => {
    losses.push([at.step, at.validationLoss]);
    b.saves.push({ step: at.step, reason, best: false });
    if (at.step === 3) b.control.stop();
    return Promise.resolve();
  };
  b.parts.validate = () => Promise.resolve({ loss: 9 + b.state.step, accuracy: 0, labels: 3 });
  await b.run(50);
  expect(losses).toEqual([[3, undefined]]);
  const stopped = bench({ validationEvery: 0, saveEverySteps: 0 });
  stopped.parts.rateAt = (step) => {
    if (step === 4) stopped.control.stop();
    return 1;
  };
  await stopped.run(50);
  expect(stopped.saves).toEqual([{ step: 5, reason: 'stopped', best: true }]);
  expect(stopped.state.validationLoss).toBe(4 - 5 / 100);
});

test('the first checkpoint of a run comes within seconds', async () => {
  const b = bench({ validationEvery: 0, saveEverySteps: 0, saveEveryMinutes: 5 });
  await b.run(20);
  expect(b.saves[0]?.reason).toBe('autosave');
  expect(b.saves).toHaveLength(2);
});
