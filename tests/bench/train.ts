import { writeFileSync } from 'node:fs';
import { defaultConfig, type TrainConfig } from '../../src/base/config';
import type { ModelConfig } from '../../src/base/modelConfig';
import { modelOf, presetNamed, type PresetName } from '../../src/base/presets';
import { stream } from '../../src/base/rng';
import { openEngine, type Engine } from '../../src/engine/device';
import { createTrainer } from '../../src/engine/step';
import { initialWeights, uploadWeights } from '../../src/engine/weights';
import { dawn } from '../dawn';
import { PlainTfjs, type PlainBatch } from './plainTfjs';

/**
 * Tokens per second of training, ours and the plain composition's, measured in turns in one run on one device. Before
 * the clock starts both compile their shaders; the losses of all steps must agree, or the comparison is void.
 *   npm run bench -- [--seconds s] [--case 0.1M] [--json FILE]
 * A turn is about `--seconds` long for the slower side, but at least one step and at most MOST_STEPS.
 */
export async function main(args: string[]): Promise<void> {
  const option = (name: string): string | undefined => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined);
  const seconds = Number(option('--seconds') ?? 5);
  const engine = await openEngine({ gpu: dawn() });
  const countDispatches = dispatchCounter(engine);
  const adapter = [engine.facts.vendor, engine.facts.architecture, engine.facts.description].filter(Boolean).join(' ');
  const rows: Row[] = [];
  for (const name of CASES.filter((c) => !option('--case') || c === option('--case'))) {
    rows.push(await measure(name, seconds, adapter, countDispatches));
  }
  console.table(rows, ['case', 'ours', 'peer', 'peerValue', 'ratio']);
  console.log(`train_tokens_per_s on ${adapter}`);
  const file = option('--json');
  if (file) writeFileSync(file, `${JSON.stringify(rows, null, 1)}\n`);
}

interface Row {
  metric: string;
  case: string;
  backend: string;
  ours: number;
  peer: string;
  peerValue: number;
  ratio: number;
  adapter: string;
}

/** One side of the comparison: queues step `i` and gives its loss. */
interface Side {
  step(i: number): Promise<number>;
  dispose(): void;
}

const CASES: PresetName[] = ['0.1M', '0.8M'];
const VOCABULARY = 256;
/** Turns of each side; the median counts. */
const ROUNDS = 3;
/** Steps of a turn: above this the rounding of two programs drifts apart in the losses. */
const MOST_STEPS = 20;
/** Steps of each side before the clock starts: one compiles, one tells how long a step takes. */
const WARM_UP = 2;
/** Steps queued before the oldest one's loss is awaited, on both sides. */
const AHEAD = 2;
const TOLERANCE = 1e-3;

const SIDES = ['ours', 'tfjs'] as const;
type PerSide<T> = Record<(typeof SIDES)[number], T>;

async function measure(name: PresetName, seconds: number, adapter: string, countDispatches: Counter): Promise<Row> {
  const preset = presetNamed(name);
  const settings: TrainConfig = { ...defaultConfig(), ...preset.config };
  const model = modelOf(preset, VOCABULARY, settings.contextLength);
  const sides = { ours: await ourSide(model, settings), tfjs: plainSide(model, settings) };
  const turns: PerSide<Turn[]> = { ours: [], tfjs: [] };
  for (const side of SIDES)
    for (let i = 0; i < WARM_UP; i++) turns[side].push(await turn(sides[side], i, 1, countDispatches));
  const slowest = Math.max(...SIDES.map((side) => turns[side].at(-1)!.seconds));
  const steps = Math.max(1, Math.min(MOST_STEPS, Math.floor(seconds / slowest)));
  for (let round = 0; round < ROUNDS; round++) {
    for (const side of SIDES)
      turns[side].push(await turn(sides[side], WARM_UP + round * steps, steps, countDispatches));
  }
  Object.values(sides).forEach((side) => side.dispose());
  checkLosses(name, turns);
  const [ours, peerValue] = SIDES.map((side) => tokensPerSecond(turns[side].slice(WARM_UP), settings));
  const ratio = Number((ours! / peerValue!).toFixed(2));
  return {
    metric: 'train_tokens_per_s',
    case: name,
    backend: 'webgpu',
    ours: ours!,
    peer: 'tfjs',
    peerValue: peerValue!,
    ratio,
    adapter,
  };
}

/** Prints dispatches and losses of both sides. @throws when the losses differ */
function checkLosses(name: string, turns: PerSide<Turn[]>): void {
  const [ours, tfjs] = SIDES.map((side) => turns[side].flatMap((t) => t.losses));
  const difference = ours!.reduce(
    (most, x, i) => Math.max(most, Number.isFinite(x) ? Math.abs(x / tfjs![i]! - 1) : Infinity),
    0,
  );
  console.log(
    `${name}: dispatches per step ${turns.ours.at(-1)!.dispatches} (ours), ${turns.tfjs.at(-1)!.dispatches} (tfjs); ` +
      `${ours!.length} losses, ${ours![0]!.toFixed(4)} to ${ours!.at(-1)!.toFixed(4)}, differ by at most ${difference.toExponential(1)}`,
  );
  if (!(difference <= TOLERANCE)) throw new Error(`${name}: the losses differ, so the speeds can't be compared`);
}

function tokensPerSecond(turns: Turn[], { batchSize, contextLength }: TrainConfig): number {
  const rates = turns.map((t) => t.losses.length / t.seconds).sort((a, b) => a - b);
  return Math.round(batchSize * contextLength * rates[Math.floor(rates.length / 2)]!);
}

/** Some steps of one side on the clock. */
interface Turn {
  losses: number[];
  seconds: number;
  /** Per step. */
  dispatches: number;
}

/** Steps `from` … `from + count − 1`, at most AHEAD of them under way. */
async function turn(side: Side, from: number, count: number, countDispatches: Counter): Promise<Turn> {
  const before = countDispatches();
  const start = performance.now();
  const losses: Promise<number>[] = [];
  for (let i = 0; i < count; i++) {
    losses.push(side.step(from + i));
    await losses[i - AHEAD + 1];
  }
  const values = await Promise.all(losses);
  return {
    losses: values,
    seconds: (performance.now() - start) / 1000,
    dispatches: (countDispatches() - before) / count,
  };
}

async function ourSide(model: ModelConfig, settings: TrainConfig): Promise<Side> {
  const trainer = createTrainer(model, settings, await uploadWeights(model, initialWeights(model, settings.seed)));
  const { batchSize: batch, contextLength: length, learningRate } = settings;
  return {
    step: async (i) =>
      (await trainer.step([{ ...batchAt(i, settings), batch, length, labels: batch * length }], learningRate)).loss,
    dispose: () => trainer.dispose(),
  };
}

function plainSide(model: ModelConfig, settings: TrainConfig): Side {
  const { batchSize, contextLength, learningRate } = settings;
  const plain = new PlainTfjs(model, settings, batchSize, contextLength, initialWeights(model, settings.seed));
  return {
    step: async (i) => (await plain.step(batchAt(i, settings), learningRate))[0]!,
    dispose: () => plain.dispose(),
  };
}

/** Windows of a sequence with something to learn: each token follows from the one before, but for one in four. */
function batchAt(i: number, { batchSize, contextLength, seed }: TrainConfig): PlainBatch {
  const random = stream(seed, 'bench', i);
  const inputs = new Int32Array(batchSize * contextLength);
  const targets = new Int32Array(inputs.length);
  let token = random.below(VOCABULARY);
  for (let j = 0; j < inputs.length; j++) {
    inputs[j] = token;
    token = random.below(4) ? (token * 5 + 17) % VOCABULARY : random.below(VOCABULARY);
    targets[j] = token;
  }
  return { inputs, targets };
}

type Counter = () => number;

/** Dispatches recorded on this device so far, whoever records them. */
function dispatchCounter({ device }: Engine): Counter {
  let count = 0;
  const createEncoder = device.createCommandEncoder.bind(device);
  device.createCommandEncoder = (descriptor) => {
    const encoder = createEncoder(descriptor);
    const begin = encoder.beginComputePass.bind(encoder);
    encoder.beginComputePass = (options) => {
      const pass = begin(options);
      const dispatch = pass.dispatchWorkgroups.bind(pass);
      pass.dispatchWorkgroups = (...sizes) => {
        count++;
        dispatch(...sizes);
      };
      return pass;
    };
    return encoder;
  };
  return () => count;
}
