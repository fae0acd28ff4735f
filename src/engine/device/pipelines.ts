/**
 * Compiles shaders and keeps them by their key. What a shader computes and when it runs, its op and kernel.ts decide.
 */
import type { Bind, Dispatch } from './dispatch';
import type { Shader } from './shader';

/** One shader of a device. It compiles when its pipeline is asked for, unless `compile` was awaited before. */
export class Compiled {
  #pipeline: GPUComputePipeline | undefined;

  constructor(
    readonly device: GPUDevice,
    readonly layout: GPUBindGroupLayout,
    readonly wgsl: string,
    readonly label: string,
  ) {}

  get ready(): boolean {
    return this.#pipeline !== undefined;
  }

  /** A shader that doesn't compile surfaces as `gpu-fault` at the next read. */
  get pipeline(): GPUComputePipeline {
    return (this.#pipeline ??= this.device.createComputePipeline(this.#descriptor()));
  }

  /** Compiles it in a thread of the device; one that doesn't compile is asked for again by `pipeline`, which tells. */
  async compile(): Promise<void> {
    const made = await this.device.createComputePipelineAsync(this.#descriptor()).catch(() => undefined);
    this.#pipeline ??= made;
  }

  #descriptor(): GPUComputePipelineDescriptor {
    const { device, label, layout, wgsl: code } = this;
    return {
      label,
      layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module: device.createShaderModule({ code, label }), entryPoint: 'main' },
    };
  }
}

/** The shaders of a device by key; all with the same pattern of reads and writes share a bind group layout. */
export class Pipelines {
  #compiled = new Map<string, Compiled>();
  #layouts = new Map<string, GPUBindGroupLayout>();

  constructor(
    readonly device: GPUDevice,
    readonly paramBytes: number,
  ) {}

  get({ shader, binds }: Dispatch, verify: boolean): Compiled {
    const found = this.#compiled.get(shader.key);
    if (!found) return this.#add(shader, binds);
    if (verify && found.wgsl !== shader.wgsl()) throw new Error(`one key for two shaders: ${shader.key}`);
    return found;
  }

  #add({ key, wgsl }: Shader, binds: readonly Bind[]): Compiled {
    const layout = this.#layout(binds.map((bind) => (bind.write ? 'storage' : 'read-only-storage')));
    const compiled = new Compiled(this.device, layout, wgsl(), key);
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
