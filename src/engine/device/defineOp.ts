/**
 * Registers an op of ours with tfjs: its dispatches, its reference on the CPU, its gradient and what that one reads.
 */
import * as tf from '@tensorflow/tfjs-core';
import type {
  KernelFunc,
  NamedAttrMap,
  NamedTensorInfoMap,
  NamedTensorMap,
  Tensor,
  TensorInfo,
} from '@tensorflow/tfjs-core';
import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-cpu';
import { wasmMemory } from './wasmMemory';
import { COUNTING } from './countingDevice';
import type { GradientClosure } from './tapeNode';

export type Attrs = object;

/**
 * A tensor as the references see it: row-major values and their shape. Float64Array when a test differentiates
 * numerically.
 */
export interface CpuTensor {
  data: Float32Array | Float64Array | Int32Array;
  shape: number[];
}

/**
 * A zeroed output of a reference, in the precision of `like` (f32 in use, f64 when a test differentiates numerically).
 */
export function zeros(shape: number[], like: CpuTensor): CpuTensor {
  const size = tf.util.sizeFromShape(shape);
  return { shape, data: like.data instanceof Float64Array ? new Float64Array(size) : new Float32Array(size) };
}

type Named<T, In extends string, Optional extends string> = Record<In, T> & Partial<Record<Optional, T>>;

/**
 * One op: a raw dispatch on WebGPU, a plain loop as its reference, fast loops on the CPU where they matter, and its
 * gradient. `In` and `Optional` name the inputs.
 */
export interface Op<In extends string, A extends Attrs, Optional extends string = never> {
  name: string;
  /** Records the dispatches and returns the outputs, made by `gpu().alloc`. An op that works in place returns none. */
  gpu: (inputs: Named<TensorInfo, In, Optional>, attrs: A) => TensorInfo[];
  /** The same in plain loops. In-place ops write into `data`, which is the tensor's own array. */
  reference: (inputs: Named<CpuTensor, In, Optional>, attrs: A) => CpuTensor[];
  /**
   * For the CPU path: f32 on the heap, the outputs made by `heap().alloc` before any view is taken. Where it is absent,
   * or gives nothing because it does not know a form of the op, `reference` serves, over views of the heap.
   */
  wasm?: (inputs: Named<TensorInfo, In, Optional>, attrs: A) => TensorInfo[] | undefined;
  /**
   * What the gradient reads, in this order: inputs, optional inputs (undefined where absent), then the outputs flagged.
   * A step in halves may round it to halves meanwhile, but not outputs flagged 'exact'; `readsHalves` are f32 inputs
   * that the gradient also takes as the int32 words of them.
   */
  save?: {
    inputs?: NoInfer<In>[];
    optional?: NoInfer<Optional>[];
    outputs?: (boolean | 'exact')[];
    readsHalves?: NoInfer<In>[];
  };
  /**
   * One closure per differentiable input; only those of inputs that lead to a trained weight are called, so frozen
   * inputs cost nothing. Each runs in its own tidy: a fused backward that yields several at once is run in the body and
   * the closures hand its parts out. A closure may return a `dy` or a saved tensor itself. `dys` has one entry per
   * output; unused ones come as zeros.
   */
  gradient?: (
    dys: Tensor[],
    saved: (Tensor | undefined)[],
    attrs: A,
  ) => Partial<Record<In | Optional, GradientClosure>>;
}

/** The array itself, so that a reference can write in place and Float64Array stays so; tfjs' own reader converts it. */
function onCpuBackend(cpu: MathBackendCPU, { dataId, shape }: TensorInfo): CpuTensor {
  return { data: cpu.data.get(dataId).values as CpuTensor['data'], shape };
}

/** Runs a reference over views of the heap: what it writes in place is there, what it returns is copied there. */
function onViews(reference: (inputs: Record<string, CpuTensor>) => CpuTensor[], inputs: NamedTensorInfoMap) {
  const named = Object.entries(inputs).map(([name, t]) => [name, { data: wasmMemory().view(t!), shape: t!.shape }]);
  const outputs = reference(Object.fromEntries(named) as Record<string, CpuTensor>);
  return outputs.map(({ data, shape }) => {
    const tensor = wasmMemory().alloc(shape, data instanceof Int32Array ? 'int32' : 'float32');
    wasmMemory().view(tensor).set(data);
    return tensor;
  });
}

/**
 * Registers the op for the backends webgpu (and the one that counts in its place), wasm and cpu and returns the
 * function that runs it; optional inputs may be undefined.
 */
export function defineOp<In extends string, A extends Attrs = object, Optional extends string = never>(
  op: Op<In, A, Optional>,
): (inputs: Record<In, Tensor> & Partial<Record<Optional, Tensor | undefined>>, attrs?: A) => Tensor[] {
  type Inputs<T> = Named<T, In, Optional>;
  const onGpu: KernelFunc = ({ inputs, attrs }) => op.gpu(inputs as Inputs<TensorInfo>, attrs as A);
  const onHeap: KernelFunc = ({ inputs, attrs }) =>
    op.wasm?.(inputs as Inputs<TensorInfo>, attrs as A) ??
    onViews((views) => op.reference(views as Inputs<CpuTensor>, attrs as A), inputs);
  const onCpu: KernelFunc = ({ inputs, attrs, backend }) => {
    const cpu = backend as MathBackendCPU;
    const named = Object.entries(inputs).map(([name, t]) => [name, onCpuBackend(cpu, t!)]);
    const outputs = op.reference(Object.fromEntries(named) as Inputs<CpuTensor>, attrs as A);
    return outputs.map(({ data, shape }) =>
      cpu.makeTensorInfo(shape, data instanceof Int32Array ? 'int32' : 'float32', data as Float32Array),
    );
  };
  const optional: readonly Optional[] = op.save?.optional ?? [];
  for (const present of subsets(optional)) {
    const kernelName = nameWith(op.name, present);
    tf.registerKernel({ kernelName, backendName: 'webgpu', kernelFunc: onGpu });
    tf.registerKernel({ kernelName, backendName: COUNTING, kernelFunc: onGpu });
    tf.registerKernel({ kernelName, backendName: 'wasm', kernelFunc: onHeap });
    tf.registerKernel({ kernelName, backendName: 'cpu', kernelFunc: onCpu });
    if (op.gradient) registerGradient(op, present);
  }
  return (inputs, attrs) => {
    const given: Record<string, Tensor | undefined> = inputs;
    const present = optional.filter((name) => given[name]);
    return runOp(nameWith(op.name, present), inputs, attrs);
  };
}

/**
 * tfjs saves inputs by name and cannot save an absent one: each choice of optional inputs to save is a kernel of its
 * own to it.
 */
const nameWith = (name: string, present: readonly string[]): string => [name, ...present].join(' ');

/**
 * How a saved tensor may wait for the gradient: as it is; in halves, of which f32 is made again; in halves that the
 * gradient reads.
 */
export type Keeping = 'exact' | 'rounded' | 'words';

const keepings = new Map<string, readonly Keeping[]>();

/** For each tensor that a kernel saves; kernels that are not ours keep all as it is. */
export const keepingsOf = (kernelName: string): readonly Keeping[] => keepings.get(kernelName) ?? [];

const subsets = <T>(all: readonly T[]): T[][] =>
  all.reduce<T[][]>((found, one) => [...found, ...found.map((some) => [...some, one])], [[]]);

function registerGradient<In extends string, A extends Attrs, Optional extends string>(
  { name, save = {}, gradient }: Op<In, A, Optional>,
  present: Optional[],
): void {
  const { inputs = [], optional = [], outputs = [], readsHalves = [] } = save;
  keepings.set(nameWith(name, present), [
    ...inputs.map((input): Keeping => (readsHalves.includes(input) ? 'words' : 'rounded')),
    ...present.map((): Keeping => 'rounded'),
    ...outputs.filter(Boolean).map((output): Keeping => (output === 'exact' ? 'exact' : 'rounded')),
  ]);
  tf.registerGradient({
    kernelName: nameWith(name, present),
    inputsToSave: [...inputs, ...present],
    outputsToSave: outputs.map(Boolean),
    gradFunc: (dys, saved, attrs) => {
      const rest = saved.slice(inputs.length);
      const all = [
        ...saved.slice(0, inputs.length),
        ...optional.map((key) => (present.includes(key) ? rest.shift() : undefined)),
        ...rest,
      ];
      return gradient!(Array.isArray(dys) ? dys : [dys], all, attrs as A) as Record<string, GradientClosure>;
    },
  });
}

/** Runs a registered op on the current backend; absent (undefined) inputs are left out. */
export function runOp(name: string, inputs: Record<string, Tensor | undefined>, attrs: Attrs = {}): Tensor[] {
  const present: NamedTensorMap = {};
  for (const key in inputs) {
    const tensor = inputs[key];
    if (tensor) present[key] = tensor;
  }
  return tf.engine().runKernel<Tensor[]>(name, present, attrs as NamedAttrMap);
}
