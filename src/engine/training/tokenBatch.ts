/** Training batches on the device: labels, their room, and buffers that batches of one shape share. */
import type { Tensor } from '@tensorflow/tfjs-core';
import { sidesOf, type Batch, type TokenBatch } from '../../base/batch';
import { architectureOf, type ModelShape } from '../../base/modelShape';
import { newTensor, unshared } from '../device/buffers';
import { device } from '../device/currentDevice';
import { embeddingIndex, type EmbeddingIndex } from '../ops/gather/embedding';
import type { LabelIndex } from '../ops/loss/linearCrossEntropy';
import type { TokenInput } from '../models/tokenInput';

/**
 * Both windows of each pair (or of each judged answer) as windows of one batch, first, second, first, …: so that they
 * stay together however a step is split.
 * @throws RangeError where the shapes differ
 */
export function answersOf(batches: Exclude<Batch, TokenBatch>): TokenBatch {
  const [first, second] = sidesOf(batches) as [TokenBatch, TokenBatch];
  const { batch, length } = first;
  if (batch !== second.batch || length !== second.length)
    throw new RangeError(`${batch} × ${length} tokens beside ${second.batch} × ${second.length}`);
  const joined: TokenBatch = {
    batch: 2 * batch,
    length,
    inputs: new Int32Array(2 * batch * length),
    targets: new Int32Array(2 * batch * length),
    weights: new Float32Array(2 * batch * length).fill(1),
    labels: first.labels + second.labels,
    ...(first.origins && { origins: { ...first.origins, of: doubled(first.origins.of) } }),
  };
  [first, second].forEach(({ inputs, targets, weights }, which) => {
    for (let i = 0; i < batch; i++) {
      const [from, to, at] = [i * length, (i + 1) * length, (2 * i + which) * length];
      joined.inputs.set(inputs.subarray(from, to), at);
      joined.targets.set(targets.subarray(from, to), at);
      if (weights) joined.weights!.set(weights.subarray(from, to), at);
    }
  });
  return joined;
}

/** Each number twice. */
const doubled = (numbers: Int32Array): Int32Array =>
  Int32Array.from({ length: 2 * numbers.length }, (_, i) => numbers[i >> 1]!);

/** Pairs of a batch of `answersOf` that have labels in both answers, and Σ of the weights of their chosen labels. */
export function pairsOf({ batch, length, targets, weights }: TokenBatch): { pairs: number; chosenLabels: number } {
  const counted = { pairs: 0, chosenLabels: 0 };
  const weightOf = (window: number): number => {
    let sum = 0;
    for (let i = window * length; i < (window + 1) * length; i++)
      if (targets[i]! >= 0) sum += weights ? weights[i]! : 1;
    return sum;
  };
  for (let window = 0; window < batch; window += 2) {
    const chosen = weightOf(window);
    if (!(chosen > 0 && weightOf(window + 1) > 0)) continue;
    counted.pairs++;
    counted.chosenLabels += chosen;
  }
  return counted;
}

/** Answers of a batch of judged ones that have labels; those of bad ones weigh −1. */
export function thumbsIn({ batch, length, targets }: TokenBatch): number {
  let answers = 0;
  for (let window = 0; window < batch; window += 2)
    if (targets.subarray(window * length, (window + 1) * length).some((target) => target >= 0)) answers++;
  return answers;
}

/** Σ of the weights of a batch's labels: the loss of a step is divided by that of all its batches. */
export const labelWeight = ({ targets, weights, labels }: TokenBatch): number =>
  weights ? targets.reduce((sum, target, i) => (target < 0 ? sum : sum + weights[i]!), 0) : labels;

/**
 * Room for labels is given in this many steps, so that batches of one shape whose labels differ a little fit one
 * captured step.
 */
const ROOMS = 8;

/** The room that each of some batches gets, so that all their labels fit: a share of its tokens, 1 … 8 eighths. */
export const labelRoom = (batches: readonly TokenBatch[]): number =>
  Math.max(1, ...batches.map(({ labels, batch, length }) => Math.ceil((ROOMS * labels) / (batch * length))));

/** Rows of a label index for that room. */
const roomFor = (tokens: number, room: number): number => Math.ceil((tokens * room) / ROOMS);

type Labelled = Pick<TokenBatch, 'targets' | 'weights'> & Partial<Pick<TokenBatch, 'origins' | 'length'>>;

/** The labels of a batch and where they stand (see `LabelIndex`), in `size` places. */
export function labelIndex({ targets, weights, origins, length = 1 }: Labelled, size: number) {
  const index = {
    rows: new Int32Array(size).fill(-1),
    targets: new Int32Array(size).fill(-1),
    weights: new Float32Array(size),
  };
  const of = origins && new Int32Array(size).fill(-1);
  let next = 0;
  targets.forEach((target, row) => {
    if (target < 0 && size < targets.length) return;
    if (next === size) throw new RangeError(`more than ${size} labels where ${size} have room`);
    index.rows[next] = row;
    index.targets[next] = target;
    if (of) of[next] = origins.of[Math.floor(row / length)]!;
    index.weights[next++] = weights ? weights[row]! : 1;
  });
  return { ...index, ...(of && { origins: of }) };
}

/** Where the tokens of a training batch stand on the GPU, so that batches of one shape can follow each other there. */
export interface BatchBuffers {
  readonly input: TokenInput;
  readonly labels: LabelIndex;
  /**
   * Puts a batch of this shape here, after the dispatches so far.
   * @throws RangeError for other sizes or ids; nothing is changed then
   */
  write(batch: TokenBatch): void;
  dispose(): void;
}

/** What makes one captured step do for several batches. */
export const shapeOf = ({ batch, length, starts, origins }: TokenBatch): string =>
  `${batch}×${length}${starts ? ' packed' : ''}${origins ? ` of ${origins.count}` : ''}`;

/** Numbers for some tensors, each in its place on the device. */
type Writes = [Tensor, Int32Array | Float32Array<ArrayBuffer>][];

/**
 * Room for the ids of some tokens with their index into a table of `rows`; the ids alone where there is no table to
 * differentiate by.
 */
function newIndex(tokens: number, rows: number | undefined): EmbeddingIndex {
  const ids = newTensor([tokens], 'int32');
  if (rows === undefined) return { ids, order: ids, starts: ids };
  return { ids, order: newTensor([tokens], 'int32'), starts: newTensor([rows + 1], 'int32') };
}

function indexWrites(index: EmbeddingIndex, ids: Int32Array, rows: number | undefined): Writes {
  if (rows === undefined) return [[index.ids, ids]];
  const { order, starts } = embeddingIndex(ids, rows);
  return [
    [index.ids, ids],
    [index.order, order],
    [index.starts, starts],
  ];
}

/**
 * @param like a batch of the shape that the buffers are for
 * @param room for labels, see `labelRoom`
 */
export function newBatchBuffers(like: TokenBatch, model: ModelShape, room: number): BatchBuffers {
  const { batch, length } = like;
  const tokens = batch * length;
  const size = roomFor(tokens, room);
  const learned = architectureOf(model).positions === 'learned' ? model.contextLength : undefined;
  const packed = like.starts && { starts: newTensor([tokens], 'int32'), positions: newIndex(tokens, learned) };
  const input: TokenInput = { index: newIndex(tokens, model.vocabSize), batch, length, ...packed };
  const graded = { rows: newTensor([size], 'int32'), targets: newTensor([size], 'int32'), weights: newTensor([size]) };
  const origins = like.origins && { of: newTensor([size], 'int32'), count: like.origins.count };
  const labels: LabelIndex = { ...graded, ...(origins && { origins }) };

  const writesOf = (values: TokenBatch): Writes => {
    const { inputs, targets, weights = targets, starts = targets, positions = targets } = values;
    for (const { length: found } of [inputs, targets, weights, starts, positions])
      if (found !== tokens) throw new RangeError(`${found} tokens where ${batch} × ${length} belong`);
    const index = labelIndex(values, size);
    return [
      ...indexWrites(input.index, inputs, model.vocabSize),
      ...(packed ? [[packed.starts, starts] as Writes[0], ...indexWrites(packed.positions, positions, learned)] : []),
      [labels.rows, index.rows],
      [labels.targets, index.targets],
      [labels.weights, index.weights],
      ...(origins && index.origins ? [[origins.of, index.origins] as Writes[0]] : []),
    ];
  };
  const all = [input.index, packed?.positions ?? {}, graded].flatMap((tensors): Tensor[] => Object.values(tensors));
  return {
    input,
    labels,
    write: (values) => {
      for (const [tensor, numbers] of writesOf(values))
        device().write(tensor, numbers instanceof Int32Array ? unshared(numbers) : numbers);
    },
    dispose: () =>
      new Set([...all, ...(packed ? [packed.starts] : []), ...(origins ? [origins.of] : [])]).forEach((tensor) =>
        tensor.dispose(),
      ),
  };
}

/**
 * What `make` makes of each; where one fails, those made before it are freed.
 * @throws what `make` throws
 */
export function eachOrNone<T>(batches: readonly T[], make: (batch: T) => BatchBuffers): BatchBuffers[] {
  const made: BatchBuffers[] = [];
  try {
    for (const batch of batches) made.push(make(batch));
    return made;
  } catch (thrown) {
    made.forEach((buffers) => buffers.dispose());
    throw thrown;
  }
}

/** A batch with all that training and evaluation read of it. */
export function uploadBatch(batch: TokenBatch, model: ModelShape, room = labelRoom([batch])): BatchBuffers {
  const buffers = newBatchBuffers(batch, model, room);
  try {
    buffers.write(batch);
  } catch (thrown) {
    buffers.dispose();
    throw thrown;
  }
  return buffers;
}
