/**
 * Compiles shaders and keeps them by their key. What a shader computes and when it runs, its op and kernel.ts decide.
 */
import type { Bind, Dispatch } from './dispatch';
import type { Shader } from './shader';

interface Compiled {
  pipeline: GPUComputePipeline;
  layout: GPUBindGroupLayout;
  wgsl: string;
}

/** Compiled shaders by key; bind group layouts are shared by all shaders with the same pattern of reads and writes. */
export class Pipelines {
  #compiled = new Map<string, Compiled>();
  #layouts = new Map<string, GPUBindGroupLayout>();

  constructor(
    readonly device: GPUDevice,
    readonly paramBytes: number,
  ) {}

  /** Compiles at the first use; a shader that doesn't compile surfaces as `gpu-fault` at the next read. */
  get({ shader, binds }: Dispatch, verify: boolean): Compiled {
    const found = this.#compiled.get(shader.key);
    if (!found) return this.#compile(shader, binds);
    if (verify && found.wgsl !== shader.wgsl()) throw new Error(`one key for two shaders: ${shader.key}`);
    return found;
  }

  #compile({ key, wgsl }: Shader, binds: readonly Bind[]): Compiled {
    const code = wgsl();
    const layout = this.#layout(binds.map((bind) => (bind.write ? 'storage' : 'read-only-storage')));
    const pipeline = this.device.createComputePipeline({
      label: key,
      layout: this.device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module: this.device.createShaderModule({ code, label: key }), entryPoint: 'main' },
    });
    const compiled = { pipeline, layout, wgsl: code };
    this.#compiled.set(key, compiled);
    return compiled;
  }

  #layout(types: GPUBufferBindingType[]): GPUBindGroupLayout {
    const name = types.join();
    let layout = this.#layouts.get(name);
    if (!layout) {
      const entries: GPUBindGroupLayoutEntry[] = types.map((type, binding) => ({
        binding,
        visibility: GPUShaderStage.COMPUTE,
        buffer: { type },
      }));
      // Shaders that declare no params get them bound as well, so that one layout rule serves all.
      const params: GPUBufferBindingLayout = { type: 'uniform', hasDynamicOffset: true, minBindingSize: 0 };
      entries.push({ binding: types.length, visibility: GPUShaderStage.COMPUTE, buffer: params });
      layout = this.device.createBindGroupLayout({ label: name, entries });
      this.#layouts.set(name, layout);
    }
    return layout;
  }
}
