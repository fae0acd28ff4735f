import { pageOn } from '../fakes';
import { expect, test } from 'vitest';
import type { MachineFacts, PresetFit } from '../../../src/base/wire/machine';

const facts = (matmulFlops?: number): MachineFacts => ({
  webgpu: { available: false, reason: 'no-adapter', detail: '' },
  cpu: matmulFlops === undefined ? {} : { matmulFlops, matmulAt: 5 },
  threads: 2,
});
const fit: PresetFit = { preset: '0.1M', gpuBytes: 1, fits: true };

test('once the machine was measured the sizes tell their time', async () => {
  let measured = false;
  const { machine } = pageOn(
    {},
    {
      machine: () => Promise.resolve(facts()),
      fits: () => Promise.resolve([measured ? { ...fit, seconds: 340 } : fit]),
      measure: () => {
        measured = true;
        return Promise.resolve(facts(1e9));
      },
    },
  );
  await machine.loadFacts();
  expect(machine.fits).toEqual([fit]);
  await machine.measure();
  expect(machine.fits[0]?.seconds).toBe(340);
});
