import { describe, expect, test } from 'vitest';
import { openEngine } from '../../src/engine/gpuEngine';
import { gpu } from '../../src/engine/device/kernel';
import { variantFor } from '../../src/engine/ops/matmul/matmulVariants';
import { kernelVariants } from '../../src/engine/device/variants';
import { testEngine } from '../gpu';
import { randomTensor, toTensor } from '../tensors';

/** A GPU that gives what it is told to. */
const fake = (adapter: object | null): GPU => ({ requestAdapter: async () => adapter }) as GPU;

describe('opening the engine', () => {
  test('names what is missing', async () => {
    await expect(openEngine({ gpu: fake(null) })).rejects.toMatchObject({ code: 'webgpu-adapter' });
    const refusing = {
      limits: {},
      features: new Set<string>(),
      info: { description: 'Test adapter', vendor: 'test' },
      requestDevice: async () => {
        throw new Error('no more devices');
      },
    };
    await expect(openEngine({ gpu: fake(refusing) })).rejects.toMatchObject({
      code: 'webgpu-device',
      facts: { adapter: 'Test adapter', message: 'no more devices' },
    });
  });

  test('takes the full limits of the adapter and says what it found', async () => {
    const engine = await testEngine();
    const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
    expect(engine.facts.limits.maxBufferSize).toBe(adapter!.limits.maxBufferSize);
    expect(engine.device.limits.maxStorageBufferBindingSize).toBe(adapter!.limits.maxStorageBufferBindingSize);
    expect(engine.facts.available).toBe(true);
    expect(engine.facts.features).toEqual([...engine.device.features].sort());
    const software = engine.facts.features.includes('subgroups') ? 'subgroup32' : 'registers';
    expect(variantFor('NT', 512, 512)).toBe(engine.facts.isFallback ? software : 'workgroup');
    expect(Object.keys(kernelVariants())).toEqual(['matmul NT middle']);
  });

  test('measures the matmul and leaves no tensor behind', async () => {
    const engine = await testEngine();
    const before = engine.tensors();
    expect(await engine.measureMatmul()).toBeGreaterThan(1e6);
    expect(engine.tensors()).toBe(before);
  });

  test('turns a lost device into an error at the next read, and closes', async () => {
    const engine = await testEngine();
    const tensor = toTensor(randomTensor('x', [3]));
    engine.device.destroy();
    await engine.lost;
    await expect(gpu().read(tensor)).rejects.toMatchObject({ code: 'gpu-lost' });
    engine.dispose();
    expect(() => gpu()).toThrow('engine-closed');
  });
});
