// Shaders for adapters that know f16, compiled by Dawn alone; in a file of its own, since a process has one Dawn.
import { describe, expect, test } from 'vitest';
import { halfToFloat } from '../../../../src/base/numbers/half';
import { wholeJob } from '../../../../src/engine/ops/matmul/matmulRun';
import { specOf, type Form } from '../../../../src/engine/ops/matmul/matmulSpec';
import { codeOf, FORMS, TILES } from '../../../../src/engine/ops/matmul/matmulVariants';
import { quantizeRows } from '../../../../src/engine/ops/matrix/quantize';
import { dawn } from '../../../dawn';

describe('halves that a shader knows', () => {
  const job = (form: Form, K: number) => wholeJob(form, { M: 5, N: 9, K }, { packing: { kind: 'f16', shape: [9, K] } });

  test.each(TILES)('are read by shaders of %s that Dawn takes for valid', async (variant) => {
    // an adapter that runs nothing has every feature
    const adapter = (await dawn(['backend=null']).requestAdapter())!;
    const requiredFeatures = ['shader-f16', 'subgroups'] as GPUFeatureName[];
    const device = await adapter.requestDevice({ requiredFeatures });
    for (const form of FORMS)
      for (const K of [8, 7]) {
        const spec = { ...specOf(job(form, K)), native: true };
        const code = codeOf(variant).shader(spec).wgsl();
        expect(code).toContain('enable f16;');
        const { messages } = await device.createShaderModule({ code }).getCompilationInfo();
        expect(messages.map(({ message }) => message)).toEqual([]);
        const keyOf = (native: boolean): string => codeOf(variant).shader({ ...spec, native }).key;
        expect(keyOf(true)).not.toBe(keyOf(false));
      }
    device.destroy();
  });

  test('are found where the words of a row have them', () => {
    const words = quantizeRows(
      'f16',
      20,
      Float32Array.from({ length: 60 }, (_, i) => i),
    );
    const native = new Uint16Array(words.buffer);
    const perRow = words.length / 3;
    for (const [row, k] of [
      [0, 4],
      [1, 0],
      [2, 16],
    ] as const) {
      const at = 4 * (((row * perRow) >> 1) + (k >> 2)); // as `right` has it, in halves
      expect([...native.subarray(at, at + 4)].map(halfToFloat)).toEqual([0, 1, 2, 3].map((i) => 20 * row + k + i));
    }
  });
});
