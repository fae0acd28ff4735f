import { openCpuEngine } from '../../src/engine/cpu/engine';
import { caseNamed, type BenchCase } from './cases';
import { forkPeer, installPeers } from './forked';
import { openOurs } from './ours';
import { measured, median, type Measured, type Turn } from './side';

/** Turns of each side; the median counts. */
const ROUNDS = 5;
/** Steps of each side before the clock starts: WebAssembly is compiled twice, the second time while it runs. */
const WARM_UP = 4;
/** Above this the rounding of two programs drifts apart in the losses. */
const MOST_STEPS = 20;
const TOLERANCE = 1e-3;

export interface CpuRow {
  metric: 'train_tokens_per_s';
  case: string;
  backend: 'wasm';
  ours: number;
  peer: '@jax-js/jax';
  peerValue: number;
  ratio: number;
}

/**
 * Training on the CPU beside @jax-js/jax's WebAssembly: the same Llama and AdamW on one thread each, in turns in one run, each turn about
 * `seconds` long. @throws when the losses of the same steps differ
 */
export async function compareOnCpu(names: readonly BenchCase['name'][], seconds: number): Promise<CpuRow[]> {
  installPeers();
  const engine = await openCpuEngine();
  const rows: CpuRow[] = [];
  for (const name of names) rows.push(await compare(caseNamed(name), seconds));
  engine.dispose();
  return rows;
}

async function compare(bench: BenchCase, seconds: number): Promise<CpuRow> {
  const sides = [
    measured(await openOurs(bench), { dispatches: 0, submits: 0 }),
    await forkPeer('@jax-js/jax', bench, 'jaxWasm'),
  ];
  const turns: Turn[][] = [];
  for (const side of sides) turns.push([await side.turn(0, WARM_UP)]);
  const slowest = Math.max(...turns.map(([warm]) => warm!.seconds / WARM_UP));
  const steps = Math.max(1, Math.min(MOST_STEPS, Math.floor(seconds / slowest)));
  for (let round = 0; round < ROUNDS; round++)
    for (const [i, side] of sides.entries()) turns[i]!.push(await side.turn(WARM_UP + round * steps, steps));
  sides.forEach((side: Measured) => side.close());
  checkLosses(turns, bench);
  const [ours, peerValue] = turns.map((of) => rateOf(of, bench)) as [number, number];
  const ratio = Number((ours / peerValue).toFixed(2));
  return {
    metric: 'train_tokens_per_s',
    case: bench.name,
    backend: 'wasm',
    ours,
    peer: '@jax-js/jax',
    peerValue,
    ratio,
  };
}

function checkLosses(turns: Turn[][], { name }: BenchCase): void {
  const [ours, theirs] = turns.map((of) => of.flatMap((turn) => turn.losses)) as [number[], number[]];
  const apart = Math.max(...ours.map((loss, i) => Math.abs(loss / theirs[i]! - 1)));
  if (!(apart <= TOLERANCE)) throw new Error(`${name}: the losses differ, so the speeds can't be compared`);
}

/** Tokens per second. */
function rateOf([, ...turns]: Turn[], { settings }: BenchCase): number {
  const steps = median(turns.map((turn) => turn.losses.length / turn.seconds));
  return Math.round(settings.batchSize * settings.contextLength * steps);
}
