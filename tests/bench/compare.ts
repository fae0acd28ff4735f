import type { BenchCase } from './cases';
import { tokensOf, batchAt } from './cases';
import { median, type Generated, type Measured, type Report, type Turn } from './side';

export type PeerName = 'tfjs' | '@jax-js/jax' | '@genai-fi/nanogpt';
export type SideName = 'ours' | PeerName;

/** Opens a side where it is measured: in a process, or in a worker of a browser. */
export type Opener = (side: SideName, bench: BenchCase) => Promise<Measured>;

/** A browser whose workers the sides are. */
export interface BrowserSides {
  open: Opener;
  close(): Promise<void>;
}

/** A side under measurement: `warmUp` turns of one step, then `rounds` turns of `steps`. */
export interface Entry {
  name: SideName;
  measured: Measured;
  turns: Turn[];
  warmUp: number;
  steps: number;
  rounds: number;
  generated: Generated | undefined;
}

/** What one case came to; ours is the first entry. */
export interface Compared {
  bench: BenchCase;
  entries: Entry[];
  report: Report | undefined;
}

/** Turns of each side; the median counts. */
const ROUNDS = 3;
/**
 * A side with a step longer than this many turns takes one turn: that is long enough for the clock, and for the reader.
 */
const LONG = 3;
/** Steps of a turn: above this the rounding of two programs drifts apart in the losses. */
const MOST_STEPS = 20;
/**
 * Steps of each side before the clock starts: one compiles, one tells how long a step takes; WebAssembly is compiled a
 * second time while it runs, so quick ones get two more.
 */
const [LEAST_WARM_UP, WARM_UP] = [2, 4];
const TOLERANCE = 1e-3;

const PROMPT = 16;
const WRITTEN = 32;

/** Ours and the peers, in turns. @throws when a side did not compute what ours did */
export async function compare(
  bench: BenchCase,
  peers: readonly PeerName[],
  seconds: number,
  open: Opener,
): Promise<Compared> {
  const entries = [await warmed('ours', await open('ours', bench), bench, seconds)];
  for (const peer of peers) entries.push(...(await entered(peer, bench, seconds, open)));
  for (let round = 0; round < ROUNDS; round++)
    for (const { turns, warmUp, steps, rounds, measured } of entries)
      if (round < rounds) turns.push(await measured.turn(warmUp + round * steps, steps));
  const report = await entries[0]!.measured.report();
  entries.forEach(({ measured }) => measured.close());
  entries.forEach((entry) => checkSame(entry, entries[0]!, bench));
  return { bench, entries, report };
}

async function warmed(name: SideName, measured: Measured, bench: BenchCase, seconds: number): Promise<Entry> {
  // before the first step, when all have the same weights
  const generated = await measured.generate(batchAt(0, bench).inputs.subarray(0, PROMPT), WRITTEN);
  const turns: Turn[] = [];
  let step = 0;
  while (turns.length < LEAST_WARM_UP || (turns.length < WARM_UP && step < seconds)) {
    turns.push(await measured.turn(turns.length, 1));
    step = turns.at(-1)!.seconds;
  }
  const steps = Math.max(1, Math.min(MOST_STEPS, Math.floor(seconds / step)));
  return { name, measured, turns, warmUp: turns.length, steps, rounds: step > LONG * seconds ? 1 : ROUNDS, generated };
}

/** A peer that fails is left out, with its reason, and the run ends badly. */
async function entered(peer: PeerName, bench: BenchCase, seconds: number, open: Opener): Promise<Entry[]> {
  try {
    return [await warmed(peer, await open(peer, bench), bench, seconds)];
  } catch (thrown) {
    console.error(`${bench.name}: ${peer} can't be measured: ${String(thrown)}`);
    process.exitCode = 1;
    return [];
  }
}

const timed = ({ turns, warmUp }: Entry): Turn[] => turns.slice(warmUp);

/** The median over the turns on the clock. */
export const ofTurns = (entry: Entry, value: (turn: Turn) => number): number => median(timed(entry).map(value));

/** Training tokens per second. */
export const rateOf = (entry: Entry, bench: BenchCase): number =>
  ofTurns(entry, ({ losses, seconds }) => (tokensOf(bench) * losses.length) / seconds);

const lossesOf = ({ turns }: Entry): number[] => turns.flatMap((t) => t.losses);

/** The largest relative difference of the losses of the steps that both took; Infinity where one is no number. */
function difference(a: number[], b: number[]): number {
  const both = a.slice(0, b.length);
  return both.reduce((most, x, i) => Math.max(most, Number.isFinite(x) ? Math.abs(x / b[i]! - 1) : Infinity), 0);
}

/** nanogpt's block is its own, so are its losses. */
const comparable = ({ name }: Entry): boolean => name !== '@genai-fi/nanogpt';

/**
 * @throws when the losses of the same steps differ, the ids written from the same weights do, or a loss is no number
 */
function checkSame(entry: Entry, ours: Entry, { name }: BenchCase): void {
  const losses = lossesOf(entry);
  const bad = comparable(entry) ? !(difference(losses, lossesOf(ours)) <= TOLERANCE) : !losses.every(Number.isFinite);
  if (bad) throw new Error(`${name}: the losses of ${entry.name} differ, so the speeds can't be compared`);
  if (comparable(entry) && entry.generated && String(entry.generated.ids) !== String(ours.generated?.ids))
    throw new Error(`${name}: ${entry.name} writes other tokens, so the speeds can't be compared`);
}

/** What was computed, for the eye. */
export function summaryOf(entry: Entry, { entries, bench }: Compared) {
  const losses = lossesOf(entry);
  const apart = comparable(entry) ? difference(losses, lossesOf(entries[0]!)).toExponential(1) : 'its own block';
  return {
    case: bench.name,
    side: entry.name,
    steps: losses.length,
    losses: `${losses[0]!.toFixed(4)} … ${losses.at(-1)!.toFixed(4)}`,
    'apart from ours': entry.name === 'ours' ? '' : apart,
  };
}
