// What a thread of this origin can do. The served page and the served worker run it themselves: code that a test injects
// is not bound by the policy.

const settled = async (attempt) => {
  try {
    return await attempt();
  } catch (error) {
    return `refused: ${error.name}`;
  }
};

/** Multiplies one number by two on the GPU. */
async function gpuAnswer() {
  const adapter = await navigator.gpu?.requestAdapter();
  if (!adapter) return 'no adapter';
  const device = await adapter.requestDevice();
  const module = device.createShaderModule({
    code: '@group(0) @binding(0) var<storage, read_write> x: array<f32>; @compute @workgroup_size(1) fn main() { x[0] = x[0] * 2; }',
  });
  const pipeline = device.createComputePipeline({ layout: 'auto', compute: { module } });
  const usage = GPUBufferUsage;
  const buffer = device.createBuffer({ size: 4, usage: usage.STORAGE | usage.COPY_SRC | usage.COPY_DST });
  const staging = device.createBuffer({ size: 4, usage: usage.MAP_READ | usage.COPY_DST });
  device.queue.writeBuffer(buffer, 0, new Float32Array([21]));
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(
    0,
    device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries: [{ binding: 0, resource: { buffer } }] }),
  );
  pass.dispatchWorkgroups(1);
  pass.end();
  encoder.copyBufferToBuffer(buffer, 0, staging, 0, 4);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  return new Float32Array(staging.getMappedRange())[0];
}

/** Tries what must not work; a WebSocket tells its refusal by an event. */
export async function probe(elsewhere) {
  const socket = () =>
    new Promise((resolve) => {
      const ws = new WebSocket(elsewhere.replace('http', 'ws') + '/socket');
      ws.onopen = () => resolve('opened');
      ws.onerror = () => resolve('refused: event');
    });
  return {
    gpu: await settled(gpuAnswer),
    fetch: await settled(async () => (await fetch(`${elsewhere}/fetch`)).text()),
    opaque: await settled(async () => (await fetch(`${elsewhere}/opaque`, { mode: 'no-cors' })).type),
    socket: await settled(socket),
    module: await settled(async () => (await import(`${elsewhere}/module.js`)).default),
    eval: await settled(() => (0, eval)('1 + 1')),
    isolated: globalThis.crossOriginIsolated,
  };
}
