// What the peer uses of a package that only tests/bench installs: the project is checked without it.

declare module '@jax-js/jax' {
  /** Passing an array to anything takes one reference from it; `ref` adds one. */
  export interface Array {
    readonly ref: Array;
    readonly shape: number[];
    add(other: Array | number): Array;
    sub(other: Array): Array;
    mul(other: Array | number): Array;
    div(other: Array): Array;
    neg(): Array;
    reshape(shape: number[]): Array;
    slice(index: number): Array;
    data(): Promise<Float32Array>;
    dispose(): void;
  }
  interface Numpy {
    readonly int32: string;
    readonly bool: string;
    array(values: Float32Array | Int32Array, options?: { shape?: number[]; dtype?: string }): Array;
    zeros(shape: number[]): Array;
    tri(rows: number, columns: number, k: number, options: { dtype: string }): Array;
    take(x: Array, indices: Array, axis: number): Array;
    matmul(x: Array, y: Array): Array;
    transpose(x: Array, order?: number[]): Array;
    split(x: Array, parts: number, axis: number): Array[];
    concatenate(parts: Array[], axis: number): Array;
    where(condition: Array, x: Array, y: number): Array;
    mean(x: Array, axis?: number, options?: { keepdims: boolean }): Array;
    sum(x: Array, axis?: number): Array;
    square(x: Array): Array;
    sqrt(x: Array): Array;
    reciprocal(x: Array): Array;
    minimum(x: Array, y: number): Array;
  }
  export const numpy: Numpy;
  export const nn: {
    silu(x: Array): Array;
    softmax(x: Array, axis: number): Array;
    logSoftmax(x: Array, axis: number): Array;
    oneHot(x: Array, classes: number): Array;
  };
  export function init(device: string): Promise<string[]>;
  export function defaultDevice(device: string): void;
  export function jit<A extends unknown[], R>(f: (...args: A) => R): (...args: A) => R;
  export function valueAndGrad<W, A extends unknown[]>(
    f: (weights: W, ...args: A) => Array,
  ): (weights: W, ...args: A) => [Array, W];
}
