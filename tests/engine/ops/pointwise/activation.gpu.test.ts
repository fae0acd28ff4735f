import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { activate, gated, type Activation } from '../../../../src/engine/ops/pointwise/activation';
import { checkOp, onBackend } from '../../../gpu';
import { randomTensor, toTensor, values } from '../../../tensors';

const ALL: Activation[] = ['silu', 'gelu', 'geluTanh'];

describe.each(ALL)('%s', (activation) => {
  test.each([
    { rows: 1, width: 1 },
    { rows: 3, width: 17 },
    { rows: 65, width: 12 },
    { rows: 129, width: 65 },
    { rows: 17, width: 176 },
  ])('plain and gated equal their references: $rows rows of $width', async ({ rows, width }) => {
    await checkOp({
      run: ({ x }) => activate(x!, activation),
      inputs: { x: randomTensor('x', [rows, width], 2) },
      tolerance: 2e-6,
    });
    await checkOp({
      run: ({ x }) => gated(x!, activation),
      inputs: { x: randomTensor('x', [rows, 2 * width], 2) },
      tolerance: 2e-6,
    });
  });

  test('keeps its digits from −5 to 5, where it is small too', async () => {
    const x = { shape: [1, 1001], data: Float32Array.from({ length: 1001 }, (_, i) => i / 100 - 5) };
    const computed = (backend: 'webgpu' | 'cpu') =>
      onBackend(backend, async () => Float64Array.from(await values(tf.tidy(() => activate(toTensor(x), activation)))));
    const [onGpu, reference] = [await computed('webgpu'), await computed('cpu')];
    onGpu.forEach((y, i) =>
      expect(Math.abs(y - reference[i]!), `at ${x.data[i]}`).toBeLessThan(3e-6 * Math.abs(y) + 1e-9),
    );
  });

  test('values far from zero neither overflow nor give NaN, nor do their gradients', async () => {
    const far = [-1e30, -1e4, -200, 0, 200, 1e4, 1e30];
    await onBackend('webgpu', async () => {
      const x = toTensor({ shape: [1, far.length], data: Float32Array.from(far) });
      const y = activate(x, activation);
      const x32 = Float32Array.from(far);
      (await values(y)).forEach((v, i) =>
        expect(Math.abs(v - Math.max(x32[i]!, 0)), `at ${far[i]}`).toBeLessThanOrEqual(1e-30 * Math.abs(far[i]!)),
      );
      tf.dispose([x, y]);
    });
    await checkOp({
      run: ({ x }) => activate(x!, activation),
      inputs: { x: { shape: [1, 4], data: Float32Array.of(-1e4, -50, 50, 1e4) } },
      tolerance: 1e-6,
    });
  });
});

test('values of torch.nn.functional.silu and gelu, in f64', async () => {
  const x = Float64Array.of(-3, -1, -0.25, 0.5, 2);
  const expected: Record<Activation, number[]> = {
    silu: [-0.14227761953270035, -0.2689414213699951, -0.10945587477855048, 0.3112296656009273, 1.7615941559557646],
    gelu: [-0.00404969409489031, -0.15865525393145702, -0.10032341857926907, 0.34573123063700656, 1.9544997361036416],
    geluTanh: [
      -0.0036373920817729943, -0.15880800939172324, -0.100324649298315, 0.34571400982514394, 1.954597694087775,
    ],
  };
  await onBackend('cpu', async () => {
    for (const activation of ALL) {
      const y = await values(tf.tidy(() => activate(toTensor({ shape: [1, 5], data: x }), activation)));
      y.forEach((v, i) => expect(v, `${activation}(${x[i]})`).toBeCloseTo(expected[activation][i]!, 14));
    }
  });
});
