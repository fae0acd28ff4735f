/** A captured step, ready to be replayed. How its dispatches are recorded, `Captures` knows (captures.ts). */
import type { Dispatch } from './dispatch';
import type { Compiled } from './pipelines';

/**
 * Bytes of one dispatch's params: the strictest alignment of dynamic offsets that WebGPU allows an adapter
 * (`minUniformBufferOffsetAlignment`, https://www.w3.org/TR/webgpu/#limits).
 */
export const SLOT = 256;

/** A dispatch with everything looked up: what a plan keeps of it. */
export interface Recorded extends Pick<Dispatch, 'params' | 'live' | 'workgroups'> {
  compiled: Compiled;
  /** Those of the arena are symbols, which have no place yet. */
  buffers: GPUBuffer[];
}

interface Planned {
  compiled: Compiled;
  group: GPUBindGroup;
  /** Where its params stand, as WebGPU takes it. */
  offsets: [number];
  workgroups: [number, number, number];
}

/**
 * Dispatches of a captured step, ready to be encoded again: one call each for bind group and dispatch, and no
 * allocation. All params stand in one uniform buffer, those with a live part first, so that a replay uploads these
 * alone.
 */
export class DispatchPlan {
  readonly #planned: Planned[];
  readonly #live: { write: (view: DataView) => void; view: DataView }[] = [];
  readonly #host: ArrayBuffer;
  readonly #liveBytes: number;

  /**
   * @param params uniform buffer of `SLOT` bytes for every dispatch; it belongs to the plan from now on
   * @param bound where a buffer of the dispatches stands
   */
  constructor(
    readonly device: GPUDevice,
    readonly params: GPUBuffer,
    recorded: readonly Recorded[],
    bound: (buffer: GPUBuffer) => GPUBufferBinding,
  ) {
    const all = new ArrayBuffer(SLOT * recorded.length);
    this.#liveBytes = SLOT * recorded.filter(({ live }) => live).length;
    const next = { live: 0, still: this.#liveBytes };
    this.#planned = recorded.map((dispatch) => {
      const kind = dispatch.live ? 'live' : 'still';
      const offset = next[kind];
      next[kind] += SLOT;
      dispatch.params?.(new DataView(all, offset, SLOT));
      return this.#plan(dispatch, offset, bound);
    });
    device.queue.writeBuffer(params, 0, all);
    this.#host = all.slice(0, this.#liveBytes);
    recorded
      .flatMap(({ live }) => live ?? [])
      .forEach((write, i) => this.#live.push({ write, view: new DataView(this.#host, i * SLOT, SLOT) }));
  }

  #plan(
    { compiled, buffers, workgroups }: Recorded,
    offset: number,
    bound: (buffer: GPUBuffer) => GPUBufferBinding,
  ): Planned {
    const entries: GPUBindGroupEntry[] = buffers.map((buffer, binding) => ({ binding, resource: bound(buffer) }));
    entries.push({ binding: buffers.length, resource: { buffer: this.params, size: SLOT } });
    const group = this.device.createBindGroup({ layout: compiled.layout, entries });
    return { compiled, group, offsets: [offset], workgroups };
  }

  /** Dispatches. */
  get length(): number {
    return this.#planned.length;
  }

  /**
   * Compiles the shaders of the plan that are not yet compiled, side by side.
   * @param told called with the shaders of the plan that are compiled, and all of them, each time it changes
   */
  async compile(told: (done: number, total: number) => void): Promise<void> {
    const all = new Set(this.#planned.map(({ compiled }) => compiled));
    const missing = [...all].filter(({ ready }) => !ready);
    let done = all.size - missing.length;
    if (missing.length > 0) told(done, all.size);
    const each = async (compiled: Compiled): Promise<void> => {
      await compiled.compile();
      told(++done, all.size);
    };
    await Promise.all(missing.map(each));
  }

  /** Uploads the live params as they are now: for all submits after this call. */
  refresh(): void {
    for (const { write, view } of this.#live) write(view);
    if (this.#liveBytes) this.device.queue.writeBuffer(this.params, 0, this.#host);
  }

  /** Encodes the dispatches `from` … `to` − 1. */
  encode(pass: GPUComputePassEncoder, from: number, to: number): void {
    let current: GPUComputePipeline | undefined;
    for (let i = from; i < to; i++) {
      const { compiled, group, offsets, workgroups } = this.#planned[i]!;
      const { pipeline } = compiled;
      if (pipeline !== current) pass.setPipeline((current = pipeline));
      pass.setBindGroup(0, group, offsets);
      pass.dispatchWorkgroups(workgroups[0], workgroups[1], workgroups[2]);
    }
  }
}
