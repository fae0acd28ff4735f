import { describe, expect, test } from 'vitest';
import { swiglu } from '../../../src/engine/kernels/swiglu';
import { checkOp, onBackend, randomTensor, toTensor, values } from '../../gpu';

describe('swiglu', () => {
  test.each([
    { rows: 1, width: 1 },
    { rows: 3, width: 17 },
    { rows: 65, width: 12 },
    { rows: 129, width: 65 },
    { rows: 17, width: 176 },
  ])('equals its reference: $rows rows of 2·$width', async ({ rows, width }) => {
    await checkOp({
      run: ({ x }) => swiglu(x!),
      inputs: { x: randomTensor('x', [rows, 2 * width], 2) },
      tolerance: 2e-6,
    });
  });

  test('gates far from zero neither overflow nor give NaN', async () => {
    await onBackend('webgpu', async () => {
      const x = toTensor({ shape: [1, 8], data: Float32Array.of(-200, -1000, 200, 0, 3, 3, 3, 3) });
      const y = swiglu(x);
      const [a, b, c, d] = await values(y);
      expect(Math.abs(a!)).toBeLessThan(1e-30);
      expect(Math.abs(b!)).toBeLessThan(1e-30);
      expect([c, d]).toEqual([600, 0]);
      x.dispose();
      y.dispose();
    });
  });
});
