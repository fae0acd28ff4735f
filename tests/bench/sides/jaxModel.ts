/** A Llama's block in @jax-js/jax. Every use of an array but the last takes a reference (`ref`). */
import { nn, numpy as np, type Array as Value } from '@jax-js/jax';
import type { ModelShape } from '../../../src/base/modelShape';

export type Values = Record<string, Value>;

const swish = (gateUp: Value): Value => {
  const [gate, up] = np.split(gateUp, 2, -1);
  return nn.silu(gate!).mul(up!);
};

/** x [N, in] · wᵀ, w [out, in]. */
export const linear = (x: Value, w: Value): Value => np.matmul(x, np.transpose(w));

export function rmsNorm(x: Value, w: Value, eps: number): Value {
  const scale = np.reciprocal(np.sqrt(np.mean(np.square(x.ref), -1, { keepdims: true }).add(eps)));
  return x.mul(scale).mul(w);
}

/** Cosines, or signed sines, of positions `start` … [T, 1, D]. */
export function angles({ headDim: D, ropeTheta }: ModelShape, of: 'cosine' | 'sine', start: number, T: number): Value {
  const values = Float32Array.from({ length: T * D }, (_, i) => {
    const angle = (start + Math.floor(i / D)) * ropeTheta ** (-(2 * (i % (D / 2))) / D);
    if (of === 'cosine') return Math.cos(angle);
    return i % D >= D / 2 ? Math.sin(angle) : -Math.sin(angle);
  });
  return np.array(values, { shape: [T, 1, D] });
}

/** RoPE on [..., T, H, D]; takes the angles. */
export function turned(x: Value, cosine: Value, sine: Value): Value {
  const [lower, upper] = np.split(x.ref, 2, -1);
  return x.mul(cosine).add(np.concatenate([upper!, lower!], -1).mul(sine));
}

/** x [N, C] after a layer; `attention` makes [N, C] of qkv [N, 3C]. */
export function block(x: Value, weight: (name: string) => Value, eps: number, attention: (qkv: Value) => Value): Value {
  const normed = (y: Value, name: string): Value => rmsNorm(y, weight(name), eps);
  const middle = x.ref.add(linear(attention(linear(normed(x, 'norm1'), weight('qkv'))), weight('o')));
  return middle.ref.add(linear(swish(linear(normed(middle, 'norm2'), weight('gateUp'))), weight('down')));
}
