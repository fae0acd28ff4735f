import type { Engine } from '../../src/engine/device';
import { gpu, type Dispatch } from '../../src/engine/kernels/kernel';
import type { BenchCase } from './cases';
import { openOurs } from './ours';
import { median, onEveryPass } from './side';

/** Steps before the profiled ones, which compile. */
const WARM_UP = 1;
/** Profiled steps; of each op the median counts. */
const STEPS = 3;
/** Time stamps that one query set holds (WebGPU's limit), two for each dispatch. */
const MOST_STAMPS = 4096;

/** Milliseconds of the GPU per op in one training step, each dispatch in a pass of its own between two time stamps. */
export async function profile(engine: Engine, cases: BenchCase[]): Promise<void> {
  if (!engine.device.features.has('timestamp-query'))
    throw new Error('This adapter offers no time stamps, so nothing tells how long an op takes');
  const clock = new Clock(engine.device);
  for (const bench of cases) {
    const side = await openOurs(bench, 'eager');
    const steps: Stamp[][] = [];
    const walls: number[] = [];
    for (let i = 0; i < WARM_UP + STEPS; i++) {
      const start = performance.now();
      await side.step(i);
      const wall = performance.now() - start;
      const stamps = await clock.take();
      if (i >= WARM_UP) {
        steps.push(stamps);
        walls.push(wall);
      }
    }
    side.dispose();
    print(bench, steps, median(walls));
  }
}

/** A dispatch and how long the GPU took, in milliseconds. */
interface Stamp {
  key: string;
  ms: number;
}

/** Puts two time stamps around every dispatch that goes through the engine's door from now on. */
class Clock {
  readonly #stamps: GPUQuerySet;
  readonly #resolved: GPUBuffer;
  readonly #readable: GPUBuffer;
  #keys: string[] = [];

  constructor(readonly device: GPUDevice) {
    this.#stamps = device.createQuerySet({ type: 'timestamp', count: MOST_STAMPS });
    const size = 8 * MOST_STAMPS;
    this.#resolved = device.createBuffer({ size, usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC });
    this.#readable = device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
    const door = gpu();
    const run = door.run.bind(door);
    let current: string | undefined;
    onEveryPass(
      device,
      () => {},
      () => (current === undefined ? {} : this.#stamped(current)),
    );
    door.run = (dispatch: Dispatch) => {
      door.flush();
      current = dispatch.key;
      run(dispatch);
      current = undefined;
      door.flush();
    };
  }

  #stamped(key: string): GPUComputePassDescriptor {
    const at = 2 * this.#keys.length;
    if (at >= MOST_STAMPS) throw new Error(`a step has more than ${MOST_STAMPS / 2} dispatches`);
    this.#keys.push(key);
    const timestampWrites = { querySet: this.#stamps, beginningOfPassWriteIndex: at, endOfPassWriteIndex: at + 1 };
    return { timestampWrites };
  }

  /** What was stamped since the last call. */
  async take(): Promise<Stamp[]> {
    const keys = this.#keys;
    this.#keys = [];
    const encoder = this.device.createCommandEncoder();
    encoder.resolveQuerySet(this.#stamps, 0, 2 * keys.length, this.#resolved, 0);
    encoder.copyBufferToBuffer(this.#resolved, 0, this.#readable, 0, 16 * keys.length);
    this.device.queue.submit([encoder.finish()]);
    await this.#readable.mapAsync(GPUMapMode.READ);
    const times = new BigInt64Array(this.#readable.getMappedRange().slice(0));
    this.#readable.unmap();
    return keys.map((key, i) => ({ key, ms: Number(times[2 * i + 1]! - times[2 * i]!) / 1e6 }));
  }
}

function print({ name }: BenchCase, steps: Stamp[][], wall: number): void {
  const sums = steps.map((stamps) => sumByKey(stamps));
  const total = median(sums.map((sum) => [...sum.values()].reduce((a, b) => a + b, 0)));
  const rows = [...sums[0]!.keys()].map((key) => {
    const ms = median(sums.map((sum) => sum.get(key) ?? 0));
    const count = steps[0]!.filter((s) => s.key === key).length;
    return { op: key, dispatches: count, ms: round(ms), 'ms each': round(ms / count), '%': round((100 * ms) / total) };
  });
  console.log(
    `\n${name}: one step, ${steps[0]!.length} dispatches, ${round(total)} ms of the GPU ` +
      `(${round(wall)} ms in all here, where each dispatch is submitted by itself)`,
  );
  console.table(rows.sort((a, b) => b.ms - a.ms));
}

function sumByKey(stamps: Stamp[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { key, ms } of stamps) sums.set(key, (sums.get(key) ?? 0) + ms);
  return sums;
}

const round = (x: number): number => Number(x.toPrecision(3));
