/** Opens the GPU: the adapter, its device with all its limits, and tfjs on top. The CPU path is in cpuEngine.ts. */
import * as tf from '@tensorflow/tfjs-core';
import { AtelierError } from '../base/errors/errors';
import type { MachineFacts } from '../base/wire/machine';
import { attach, detach, gpu } from './device/kernel';
import { linear } from './ops/matmul/linear';
import { chooseVariantsFor } from './device/variants';

/**
 * The limits that compute work meets. WebGPU gives the (small) defaults for every limit that is not asked for:
 * https://www.w3.org/TR/webgpu/#limits
 */
const LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupSizeZ',
  'maxComputeWorkgroupsPerDimension',
] as const;

/** Used where an adapter offers them; nothing requires them. */
const FEATURES = ['shader-f16', 'subgroups', 'timestamp-query'];

type Facts = MachineFacts['webgpu'] & { available: true };

interface Opened {
  /** Settles when the device is gone; never for the CPU. */
  readonly lost: Promise<Pick<GPUDeviceLostInfo, 'reason' | 'message'>>;
  /** Bytes of the device's memory held: tensors, free buffers, staging. */
  gpuBytes(): number;
  /** Live tfjs tensors; flat over steps unless something leaks. */
  tensors(): number;
  /**
   * f32 multiply-adds of the matmul in use, counted as two operations each, per second: what training can hope for.
   * Takes about 0.2 s.
   */
  measureMatmul(): Promise<number>;
  /** Gives free memory back to the device. */
  trim(): void;
  dispose(): void;
}

/** The GPU. */
export interface Engine extends Opened {
  readonly kind: 'gpu';
  readonly facts: Facts;
  readonly device: GPUDevice;
  /** Why nothing can be read from the device any more, if it is so; it is lost then. */
  fault(): AtelierError | undefined;
}

/** The CPU, opened by `openCpuEngine` (cpuEngine.ts). */
export interface CpuEngine extends Opened {
  readonly kind: 'cpu';
}

export type AnyEngine = Engine | CpuEngine;

async function requestAdapter(given?: GPU): Promise<GPUAdapter> {
  const api = given ?? (typeof navigator === 'undefined' ? undefined : navigator.gpu);
  if (!api) throw new AtelierError('webgpu-missing');
  const adapter = await api.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) throw new AtelierError('webgpu-adapter');
  return adapter;
}

/**
 * SwiftShader and its like run on the CPU. Not every browser flags them by `isFallbackAdapter`:
 * https://developer.mozilla.org/en-US/docs/Web/API/GPUAdapterInfo/isFallbackAdapter
 */
function isSoftware(info: GPUAdapterInfo): boolean {
  return info.isFallbackAdapter || /swiftshader|llvmpipe|lavapipe/i.test(`${info.architecture} ${info.description}`);
}

async function requestDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  const offered = LIMITS.filter((name) => name in adapter.limits);
  try {
    return await adapter.requestDevice({
      requiredLimits: Object.fromEntries(offered.map((name) => [name, adapter.limits[name]])),
      // tfjs brings older WebGPU types, which lack the feature `subgroups` (https://www.w3.org/TR/webgpu/#subgroups).
      requiredFeatures: FEATURES.filter((name) => adapter.features.has(name)) as GPUFeatureName[],
    });
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    throw new AtelierError(
      'webgpu-device',
      { adapter: adapter.info.description || adapter.info.vendor, message },
      { cause: thrown },
    );
  }
}

function factsOf({ info }: GPUAdapter, device: Pick<GPUDevice, 'features' | 'limits'>): Facts {
  const { maxBufferSize, maxStorageBufferBindingSize, maxComputeWorkgroupStorageSize } = device.limits;
  return {
    available: true,
    vendor: info.vendor,
    architecture: info.architecture,
    description: info.description,
    isFallback: isSoftware(info),
    features: [...device.features].sort(),
    limits: { maxBufferSize, maxStorageBufferBindingSize, maxComputeWorkgroupStorageSize },
  };
}

/**
 * Repeats a 512³ product, four times as often until the clock can tell; one number is read back at the end of each
 * round. Each product goes back to the pool at once, so that a thousand of them take the memory of one, and the pool is
 * emptied at the end.
 */
async function measureMatmul(): Promise<number> {
  const size = 512;
  const [x, w] = [tf.ones([size, size]), tf.ones([size, size])];
  const round = async (times: number): Promise<number> => {
    const start = performance.now();
    for (let i = 1; i < times; i++) linear(x, w).dispose();
    const last = linear(x, w);
    await gpu().read(last, 0, 4);
    last.dispose();
    return (performance.now() - start) / 1000;
  };
  await round(1);
  let times = 1;
  let seconds = await round(times);
  while (seconds < 0.1 && times < 1024) seconds = await round((times *= 4));
  tf.dispose([x, w]);
  gpu().trim();
  return (2 * size ** 3 * times) / seconds;
}

/**
 * What the adapter offers, without opening it: for a page that computes on the CPU.
 * @throws webgpu-missing, webgpu-adapter
 */
export async function probeGpu(): Promise<Facts> {
  const adapter = await requestAdapter();
  const features = new Set(FEATURES.filter((name) => adapter.features.has(name)));
  return factsOf(adapter, { features, limits: adapter.limits });
}

/**
 * Opens the GPU for this thread: the high-performance adapter, a device with the adapter's full limits, tfjs on top of
 * it. One engine is open at a time.
 * @throws webgpu-missing, webgpu-adapter, webgpu-device
 */
export async function openEngine(options: { gpu?: GPU } = {}): Promise<Engine> {
  const adapter = await requestAdapter(options.gpu);
  const device = await requestDevice(adapter);
  const attached = await attach(device, adapter.info);
  const facts = factsOf(adapter, device);
  chooseVariantsFor(facts.isFallback ? 'software' : 'gpu', device.features);
  return {
    kind: 'gpu',
    facts,
    device,
    lost: device.lost,
    fault: () => attached.fault,
    gpuBytes: () => gpu().bytes().allocated,
    tensors: () => tf.memory().numTensors,
    measureMatmul,
    trim: () => gpu().trim(),
    dispose: () => {
      detach(attached);
      device.destroy();
    },
  };
}
