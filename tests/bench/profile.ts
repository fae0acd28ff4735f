import { openEngine } from '../../src/engine/gpuEngine';
import { gpu, type DispatchPlan } from '../../src/engine/device/kernel';
import { dawn } from '../dawn';
import type { BenchCase } from './cases';
import { onEveryPass } from './counting';
import { median } from './side';
import { trained } from './sides/ours';

/** Steps before the profiled ones, which compile. */
const WARM_UP = 1;
/** Profiled steps; of each op the median counts. */
const STEPS = 3;
/** Time stamps that one query set holds (WebGPU's limit), two for each dispatch. */
const MOST_STAMPS = 4096;
/** Without it, Dawn rounds time stamps to a tenth of a millisecond, longer than most ops take. */
const FLAGS = ['disable-dawn-features=timestamp_quantization'];

/** An op in one training step. */
export interface OpRow {
  metric: 'op_ms_per_step';
  case: string;
  op: string;
  dispatches: number;
  ms: number;
  'ms each': number;
  /** Of the time of all ops. */
  '%': number;
}

/**
 * Milliseconds of the GPU per op in one replayed training step, each dispatch in a pass of its own between two time
 * stamps.
 */
export async function profile(cases: readonly BenchCase[]): Promise<OpRow[]> {
  const { device } = await openEngine({ gpu: dawn(FLAGS) });
  if (!device.features.has('timestamp-query'))
    throw new Error('This adapter offers no time stamps, so nothing tells how long an op takes');
  const clock = new Clock(device);
  const rows: OpRow[] = [];
  for (const bench of cases) {
    const side = await trained(bench);
    const steps: Stamp[][] = [];
    const walls: number[] = [];
    for (let i = 0; i < WARM_UP + STEPS; i++) {
      const start = performance.now();
      await side.step(i);
      walls.push(performance.now() - start);
      steps.push(await clock.take());
    }
    side.dispose();
    rows.push(...shown(bench, steps.slice(WARM_UP), median(walls.slice(WARM_UP))));
  }
  return rows;
}

/** A dispatch and how long the GPU took, in milliseconds. */
interface Stamp {
  key: string;
  ms: number;
}

/**
 * From now on replays give each dispatch a pass of its own, and every pass two time stamps; its pipeline's label tells
 * the op.
 */
class Clock {
  readonly #stamps: GPUQuerySet;
  readonly #resolved: GPUBuffer;
  readonly #readable: GPUBuffer;
  readonly #keys: string[] = [];

  constructor(readonly device: GPUDevice) {
    this.#stamps = device.createQuerySet({ type: 'timestamp', count: MOST_STAMPS });
    const size = 8 * MOST_STAMPS;
    this.#resolved = device.createBuffer({ size, usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC });
    this.#readable = device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
    const door = gpu();
    const replay = door.replay.bind(door);
    door.replay = (plan: DispatchPlan) => replay(plan, 1);
    onEveryPass(
      device,
      (pass) => this.#name(pass),
      () => this.#stamped(),
    );
  }

  #stamped(): GPUComputePassDescriptor {
    const at = 2 * this.#keys.length;
    if (at >= MOST_STAMPS) throw new Error(`a step has more than ${MOST_STAMPS / 2} dispatches`);
    this.#keys.push('');
    const timestampWrites = { querySet: this.#stamps, beginningOfPassWriteIndex: at, endOfPassWriteIndex: at + 1 };
    return { timestampWrites };
  }

  #name(pass: GPUComputePassEncoder): void {
    const at = this.#keys.length - 1;
    const setPipeline = pass.setPipeline.bind(pass);
    pass.setPipeline = (pipeline) => {
      this.#keys[at] = pipeline.label;
      setPipeline(pipeline);
    };
  }

  /** What was stamped since the last call. */
  async take(): Promise<Stamp[]> {
    const keys = this.#keys.splice(0);
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

function shown({ name }: BenchCase, steps: Stamp[][], wall: number): OpRow[] {
  const sums = steps.map((stamps) => sumByKey(stamps));
  const total = median(sums.map((sum) => [...sum.values()].reduce((a, b) => a + b, 0)));
  const rows = [...sums[0]!.keys()].map((op): OpRow => {
    const ms = median(sums.map((sum) => sum.get(op) ?? 0));
    const dispatches = steps[0]!.filter((s) => s.key === op).length;
    const figures = { ms: round(ms), 'ms each': round(ms / dispatches), '%': round((100 * ms) / total) };
    return { metric: 'op_ms_per_step', case: name, op, dispatches, ...figures };
  });
  rows.sort((a, b) => b.ms - a.ms);
  console.log(
    `\n${name}: one replayed step, ${steps[0]!.length} dispatches, ${round(total)} ms of the GPU ` +
      `(${round(wall)} ms in all here, where each dispatch is submitted by itself)`,
  );
  console.table(rows, ['op', 'dispatches', 'ms', 'ms each', '%']);
  return rows;
}

function sumByKey(stamps: Stamp[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { key, ms } of stamps) sums.set(key, (sums.get(key) ?? 0) + ms);
  return sums;
}

const round = (x: number): number => Number(x.toPrecision(3));
