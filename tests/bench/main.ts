import { writeFileSync } from 'node:fs';
import { openEngine, type Engine } from '../../src/engine/device';
import { flopsPerToken } from '../../src/studio/estimate';
import { dawn } from '../dawn';
import { caseNamed, CASES, type BenchCase } from './cases';
import { compareOnCpu } from './cpu';
import { forkPeer, installPeers, PEERS, type PeerName } from './forked';
import { bestMatmul, generationRate, openOurs } from './ours';
import { profile } from './profile';
import { compareTokenizers } from './tokenizers';
import { counting, measured, median, type Counts, type Measured, type Turn } from './side';

/**
 * Tokens per second of training, ours and the peers', measured in turns in one run on one adapter, each peer in a process of
 * its own. Before the clock starts all compile their shaders; the losses of the same steps must agree, or the comparison is void.
 *   npm run bench -- [--seconds s] [--case 0.1M] [--peer tfjs] [--json FILE]
 *   npm run bench -- --profile [--case 0.1M]      the time of each op in one training step
 *   npm run bench -- --cpu [--seconds s] [--case 0.1M] [--json FILE]      training on the CPU
 *   npm run bench -- --tokenizer [--json FILE]      megabytes of text per second to ids
 * A turn is about `--seconds` long, but at least one step and at most MOST_STEPS.
 */
export async function main(args: string[]): Promise<void> {
  const option = (name: string): string | undefined => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined);
  const seconds = Number(option('--seconds') ?? 3);
  const file = option('--json');
  const keep = (rows: readonly object[]): void => {
    if (file) writeFileSync(file, `${JSON.stringify(rows, null, 1)}\n`);
  };
  if (args.includes('--cpu')) {
    const rows = await compareOnCpu(chosen(CASES, option('--case')), seconds);
    console.table(rows);
    return keep(rows);
  }
  if (args.includes('--tokenizer')) {
    const rows = compareTokenizers();
    console.table(rows);
    return keep(rows);
  }
  const gpu = dawn(PROFILE_FLAGS);
  const counts = counting(gpu);
  const engine = await openEngine({ gpu });
  const cases = chosen(CASES, option('--case')).map(caseNamed);
  if (args.includes('--profile')) return profile(engine, cases);
  const peers = chosen(PEERS, option('--peer'));
  if (peers.some((peer) => peer !== 'tfjs')) installPeers();
  const rows: Row[] = [];
  for (const bench of cases) {
    rows.push(...(await compare(bench, peers, seconds, engine, counts)));
  }
  console.table(rows, ['metric', 'case', 'ours', 'peer', 'peerValue', 'ratio']);
  console.log(
    `on ${rows[0]!.adapter}; matmul_gflops: a training step's, beside the best of our matmul alone in this run`,
  );
  keep(rows);
}

/** Without it, Dawn rounds time stamps to a tenth of a millisecond, longer than most ops take. */
const PROFILE_FLAGS = ['disable-dawn-features=timestamp_quantization'];

/** All, or the one that was asked for. */
function chosen<T extends string>(all: readonly T[], name: string | undefined): T[] {
  const some = all.filter((x) => name === undefined || x === name);
  if (!some.length) throw new Error(`"${String(name)}" is none of: ${all.join(', ')}`);
  return some;
}

interface Row {
  metric: 'train_tokens_per_s' | 'generate_tokens_per_s' | 'matmul_gflops';
  case: string;
  backend: 'webgpu';
  ours: number;
  /** Absent where nobody is compared with. */
  peer?: PeerName | 'matmul';
  peerValue?: number;
  ratio?: number;
  adapter: string;
}

/** Turns of each side; the median counts. */
const ROUNDS = 3;
/** A side with a step longer than this many turns takes one turn: that is long enough for the clock, and for the reader. */
const LONG = 3;
/** Steps of a turn: above this the rounding of two programs drifts apart in the losses. */
const MOST_STEPS = 20;
/** Steps of each side before the clock starts: one compiles, one tells how long a step takes. */
const WARM_UP = 2;
const TOLERANCE = 1e-3;

/** One side under measurement: warm-up turns of one step, then `rounds` turns of `steps`. */
interface Entry {
  name: PeerName | 'ours';
  measured: Measured;
  turns: Turn[];
  steps: number;
  rounds: number;
}

async function compare(
  bench: BenchCase,
  peers: PeerName[],
  seconds: number,
  engine: Engine,
  counts: Counts,
): Promise<Row[]> {
  const side = await openOurs(bench);
  const entries = [await warmed('ours', measured(side, counts), seconds)];
  for (const peer of peers) entries.push(...(await entered(peer, bench, seconds)));
  for (let round = 0; round < ROUNDS; round++)
    for (const { turns, steps, rounds, measured } of entries)
      if (round < rounds) turns.push(await measured.turn(WARM_UP + round * steps, steps));
  entries.slice(1).forEach((entry) => entry.measured.close());
  console.table(entries.map((entry) => summary(entry, entries[0]!, bench)));
  entries.forEach((entry) => checkLosses(entry, entries[0]!, bench));
  const generated = await generationRate(side.trainer, bench);
  side.dispose();
  return rowsOf(bench, entries, generated, await bestMatmul(engine), adapterOf(engine));
}

async function warmed(name: Entry['name'], measured: Measured, seconds: number): Promise<Entry> {
  const turns: Turn[] = [];
  for (let i = 0; i < WARM_UP; i++) turns.push(await measured.turn(i, 1));
  const step = turns.at(-1)!.seconds;
  const steps = Math.max(1, Math.min(MOST_STEPS, Math.floor(seconds / step)));
  return { name, measured, turns, steps, rounds: step > LONG * seconds ? 1 : ROUNDS };
}

/** A peer that fails is left out, with its reason, and the run ends badly. */
async function entered(peer: PeerName, bench: BenchCase, seconds: number): Promise<Entry[]> {
  try {
    return [await warmed(peer, await forkPeer(peer, bench), seconds)];
  } catch (thrown) {
    console.error(`${bench.name}: ${peer} can't be measured: ${String(thrown)}`);
    process.exitCode = 1;
    return [];
  }
}

const rateOf = ({ turns }: Entry, { settings }: BenchCase): number =>
  Math.round(
    settings.batchSize * settings.contextLength * median(turns.slice(WARM_UP).map((t) => t.losses.length / t.seconds)),
  );

const lossesOf = ({ turns }: Entry): number[] => turns.flatMap((t) => t.losses);

/** The largest relative difference of the losses of the steps that both took; Infinity where one is no number. */
function difference(a: number[], b: number[]): number {
  const both = a.slice(0, b.length);
  return both.reduce((most, x, i) => Math.max(most, Number.isFinite(x) ? Math.abs(x / b[i]! - 1) : Infinity), 0);
}

/** nanogpt's block is its own, so are its losses. */
const comparable = ({ name }: Entry): boolean => name !== '@genai-fi/nanogpt';

function summary(entry: Entry, ours: Entry, bench: BenchCase) {
  const losses = lossesOf(entry);
  const apart = comparable(entry) ? difference(losses, lossesOf(ours)).toExponential(1) : 'its own block';
  const last = entry.turns.at(-1)!;
  return {
    case: bench.name,
    side: entry.name,
    'tokens/s': rateOf(entry, bench),
    dispatches: last.dispatches,
    submits: Math.round(last.submits * 10) / 10,
    // a peer whose step waits in between would show a part of it
    'script ms': entry === ours ? Math.round(last.script * 10) / 10 : '',
    steps: losses.length,
    losses: `${losses[0]!.toFixed(4)} … ${losses.at(-1)!.toFixed(4)}`,
    'apart from ours': entry === ours ? '' : apart,
  };
}

/** @throws when a side did not compute what ours did, or a loss is no number */
function checkLosses(entry: Entry, ours: Entry, { name }: BenchCase): void {
  const losses = lossesOf(entry);
  const bad = comparable(entry) ? !(difference(losses, lossesOf(ours)) <= TOLERANCE) : !losses.every(Number.isFinite);
  if (bad) throw new Error(`${name}: the losses of ${entry.name} differ, so the speeds can't be compared`);
}

function adapterOf({ facts }: Engine): string {
  return [facts.vendor, facts.architecture, facts.description].filter(Boolean).join(' ');
}

function rowsOf(bench: BenchCase, entries: Entry[], generated: number, matmul: number, adapter: string): Row[] {
  const [ours, ...peers] = entries;
  const rate = rateOf(ours!, bench);
  const shared = { case: bench.name, backend: 'webgpu', adapter } as const;
  const against = (value: number, peer: Row['peer'], peerValue: number) => ({
    ...shared,
    ours: value,
    peer,
    peerValue,
    ratio: Number((value / peerValue).toFixed(2)),
  });
  const gflops = (flops: number): number => Number((flops / 1e9).toFixed(3));
  const trained = rate * flopsPerToken(bench.model, bench.settings.contextLength);
  return [
    ...peers.map((peer) => ({
      metric: 'train_tokens_per_s' as const,
      ...against(rate, peer.name as PeerName, rateOf(peer, bench)),
    })),
    { metric: 'generate_tokens_per_s', ...shared, ours: generated },
    { metric: 'matmul_gflops', ...against(gflops(trained), 'matmul', gflops(matmul)) },
  ];
}
