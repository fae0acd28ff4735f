import { noCounts, type Counts } from './side';

/**
 * Counts dispatches, submits and bytes of buffers on every device that this GPU gives from now on, whoever asks for it.
 */
export function counting(api: GPU): Counts {
  const counts = noCounts();
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
  const createBuffer = device.createBuffer.bind(device);
  device.createBuffer = (descriptor) => counted(createBuffer(descriptor), counts);
  return device;
}

function counted(buffer: GPUBuffer, counts: Counts): GPUBuffer {
  let held = buffer.size;
  counts.peakBytes = Math.max(counts.peakBytes, (counts.bytes += held));
  const destroy = buffer.destroy.bind(buffer);
  buffer.destroy = () => {
    counts.bytes -= held;
    held = 0; // it may be destroyed twice
    destroy();
  };
  return buffer;
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
