/** One side of the comparison, on its device. */
export interface Side {
  /** Queues step `i` and gives its loss. */
  step(i: number): Promise<number>;
  /**
   * The ids that it likes best after a prompt, one after the other; absent where a side cannot write with this model.
   */
  generate?(prompt: Int32Array, count: number): Promise<number[]>;
  /** What our engine alone knows of itself; asked last. */
  report?(): Promise<Report>;
  dispose(): void;
}

/** Of our own side. */
export interface Report {
  adapter: string;
  /** Bytes that the trainer holds on the device, and those that memory.ts foretold. */
  bytes: number;
  predictedBytes: number;
  /** The best of a few measurements of the matmul alone, in operations per second: what the adapter can do. */
  matmul: number;
}

/** Some steps of one side on the clock. */
export interface Turn {
  losses: number[];
  seconds: number;
  /** Per step, of every device of the process. */
  dispatches: number;
  submits: number;
  /**
   * Milliseconds per step until `step` returns: all of the JavaScript of a side that queues a step without waiting, as
   * ours does.
   */
  script: number;
  /** The most bytes of buffers so far, of every device of the process. */
  peakBytes: number;
  /**
   * Milliseconds of all processors per step, where the process tells: on an adapter that computes on the CPU, what
   * others do to the machine hardly changes it.
   */
  cpu: number | undefined;
}

/** Writing on the clock. */
export interface Generated {
  ids: number[];
  tokensPerSecond: number;
}

/** A side and the clock beside it, in a process or a worker of its own. */
export interface Measured {
  turn(from: number, count: number): Promise<Turn>;
  /** Undefined where the side cannot write. */
  generate(prompt: Int32Array, count: number): Promise<Generated | undefined>;
  report(): Promise<Report | undefined>;
  close(): void;
}

/** What was given to the GPU so far, and the bytes of buffers there. */
export interface Counts {
  dispatches: number;
  submits: number;
  bytes: number;
  peakBytes: number;
}

export const noCounts = (): Counts => ({ dispatches: 0, submits: 0, bytes: 0, peakBytes: 0 });

/** Steps queued before the oldest one's loss is awaited, on every side. */
const AHEAD = 2;

/** Milliseconds that all threads of the process took so far; a browser does not tell. */
function cpuTime(): number | undefined {
  if (typeof process === 'undefined') return undefined;
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Steps `from` … `from + count − 1`, at most AHEAD of them under way. */
async function turn(side: Side, from: number, count: number, counts: Counts): Promise<Turn> {
  const before = { ...counts };
  const cpu = cpuTime();
  const start = performance.now();
  const losses: Promise<number>[] = [];
  let script = 0;
  for (let i = 0; i < count; i++) {
    const begun = performance.now();
    losses.push(side.step(from + i));
    script += performance.now() - begun;
    await losses[i - AHEAD + 1];
  }
  const values = await Promise.all(losses);
  return {
    losses: values,
    seconds: (performance.now() - start) / 1000,
    dispatches: (counts.dispatches - before.dispatches) / count,
    submits: (counts.submits - before.submits) / count,
    script: script / count,
    peakBytes: counts.peakBytes,
    cpu: cpu === undefined ? undefined : (cpuTime()! - cpu) / count,
  };
}

/** Writing is timed so often, the median counts; and not once more after so many milliseconds. */
const [ROUNDS, ENOUGH] = [3, 5000];

/** The prompt's own time is included; the first tokens, which compile, are not. */
async function generated(side: Side, prompt: Int32Array, count: number): Promise<Generated | undefined> {
  if (!side.generate) return undefined;
  await side.generate(prompt, 2);
  const taken: number[] = [];
  let ids: number[] = [];
  while (taken.length < ROUNDS && taken.reduce((sum, ms) => sum + ms, 0) < ENOUGH) {
    const start = performance.now();
    ids = await side.generate(prompt, count);
    taken.push(performance.now() - start);
  }
  return { ids, tokensPerSecond: (1000 * count) / median(taken) };
}

export const measured = (side: Side, counts: Counts): Measured => ({
  turn: (from, count) => turn(side, from, count, counts),
  generate: (prompt, count) => generated(side, prompt, count),
  report: async () => side.report?.(),
  close: () => side.dispose(),
});

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** The place of the largest. */
export const largest = (values: ArrayLike<number>): number => {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
};
