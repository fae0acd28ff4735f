/** One side of the comparison: queues step `i` and gives its loss. */
export interface Side {
  step(i: number): Promise<number>;
  dispose(): void;
}

/** Some steps of one side on the clock. */
export interface Turn {
  losses: number[];
  seconds: number;
  /** Per step, of every device of the process. */
  dispatches: number;
  submits: number;
  /** Milliseconds per step until `step` returns: all of the JavaScript of a side that queues a step without waiting, as ours does. */
  script: number;
}

/** A side and the clock beside it, in this process or another. */
export interface Measured {
  turn(from: number, count: number): Promise<Turn>;
  close(): void;
}

/** What a process gave its GPU to do so far. */
export interface Counts {
  dispatches: number;
  submits: number;
}

/** Steps queued before the oldest one's loss is awaited, on every side. */
const AHEAD = 2;

/** Steps `from` … `from + count − 1`, at most AHEAD of them under way. */
async function turn(side: Side, from: number, count: number, counts: Counts): Promise<Turn> {
  const before = { ...counts };
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
  };
}

export const measured = (side: Side, counts: Counts): Measured => ({
  turn: (from, count) => turn(side, from, count, counts),
  close: () => side.dispose(),
});

/** Counts dispatches and submits on every device that this GPU gives from now on, whoever asks for it. */
export function counting(api: GPU): Counts {
  const counts: Counts = { dispatches: 0, submits: 0 };
  const requestAdapter = api.requestAdapter.bind(api);
  api.requestAdapter = async (options) => {
    const adapter = await requestAdapter(options);
    if (adapter) {
      const requestDevice = adapter.requestDevice.bind(adapter);
      adapter.requestDevice = async (descriptor) => countOn(await requestDevice(descriptor), counts);
    }
    return adapter;
  };
  return counts;
}

function countOn(device: GPUDevice, counts: Counts): GPUDevice {
  onEveryPass(device, (pass) => {
    const dispatch = pass.dispatchWorkgroups.bind(pass);
    pass.dispatchWorkgroups = (...sizes) => {
      counts.dispatches++;
      dispatch(...sizes);
    };
  });
  const submit = device.queue.submit.bind(device.queue);
  device.queue.submit = (buffers) => {
    counts.submits++;
    submit(buffers);
  };
  return device;
}

/** Calls `see` with every compute pass that begins on the device; `describe` may give its descriptor. */
export function onEveryPass(
  device: GPUDevice,
  see: (pass: GPUComputePassEncoder) => void,
  describe?: () => GPUComputePassDescriptor,
): void {
  const createEncoder = device.createCommandEncoder.bind(device);
  device.createCommandEncoder = (descriptor) => {
    const encoder = createEncoder(descriptor);
    const begin = encoder.beginComputePass.bind(encoder);
    encoder.beginComputePass = (options) => {
      const pass = begin(describe?.() ?? options);
      see(pass);
      return pass;
    };
    return encoder;
  };
}

export const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
