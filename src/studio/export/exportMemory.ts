// What the numbers of each kind of export take in memory, told before it is written: the table of forms and the guides
// have it from here. The program that runs them comes on top.
import { AtelierError } from '../../base/errors/errors';
import { loraSpecs } from '../../base/lora';
import { parameterCount } from '../../base/modelShape';
import { BYTES_OF, sizeOf } from '../../base/numbers/dtype';
import type { ExportKind } from '../../base/wire/exportKinds';
import { ggmlBytes } from '../../formats/gguf/ggml';
import type { GgufEncoding } from '../../formats/gguf/ggufMixture';
import { ggufTensors } from '../../formats/gguf/ggufModel';
import { dtypeOf, type ExportOrigin } from './exportSource';

/** Bytes of a number of an adapter, in every kind. */
const ADAPTER_WIDTH = 4;
/** llama.cpp keeps keys and values in 16 bits, whatever the weights are in. */
const HALF = 2;

const widthOf = ({ root }: ExportOrigin): number => BYTES_OF[dtypeOf(root)];

/** Weights that a form cannot hold: saving it refuses them and says why, elsewhere that form is passed over. */
export function unlessUnwritable(thrown: unknown): undefined {
  if (!(thrown instanceof AtelierError) || !/^(?:gguf|float)-/.test(thrown.code)) throw thrown;
}

function ggufBytes({ weights }: ExportOrigin, type: GgufEncoding): number {
  try {
    return ggufTensors(weights.model, type).reduce((sum, tensor) => sum + ggmlBytes(tensor.type, tensor.shape), 0);
  } catch (thrown) {
    unlessUnwritable(thrown);
    return parameterCount(weights.model) * HALF; // of a file that saving refuses
  }
}

const wholeBytes = (origin: ExportOrigin): number => parameterCount(origin.weights.model) * widthOf(origin);

function adapterBytes({ weights: { model, adapter } }: ExportOrigin): number {
  const specs = adapter ? loraSpecs(model, adapter.lora) : [];
  return specs.reduce((sum, { shape }) => sum + sizeOf(shape) * ADAPTER_WIDTH, 0);
}

const WEIGHTS: Readonly<Record<ExportKind, (origin: ExportOrigin) => number>> = {
  safetensors: wholeBytes,
  peft: (origin) => wholeBytes(origin) + adapterBytes(origin),
  'gguf-f16': (origin) => ggufBytes(origin, 'F16'),
  'gguf-q8': (origin) => ggufBytes(origin, 'Q8_0'),
  'gguf-q4-k-m': (origin) => ggufBytes(origin, 'Q4_K_M'),
  'gguf-q4': (origin) => ggufBytes(origin, 'Q4_0'),
  'gguf-lora': (origin) => ggufBytes(origin, 'F16') + adapterBytes(origin),
  ollama: (origin) => ggufBytes(origin, 'Q8_0'),
  'web-page': (origin) => ggufBytes(origin, 'Q8_0'),
  job: () => 0,
};

/** Of an adapter, with its base in the form that it is loaded beside. */
export const weightBytesOf = (origin: ExportOrigin, kind: ExportKind): number => WEIGHTS[kind](origin);

/** Numbers that the keys and values of one token are. */
export function cacheNumbersOf({ weights }: ExportOrigin): number {
  const { layers, kvHeads, headDim } = weights.model;
  return 2 * layers * kvHeads * headDim;
}

/** Bytes of each of them: transformers keeps them as it does the weights. */
export const cacheWidthOf = (origin: ExportOrigin, kind: ExportKind): number =>
  kind === 'safetensors' || kind === 'peft' ? widthOf(origin) : HALF;
