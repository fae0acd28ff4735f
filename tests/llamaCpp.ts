import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/**
 * llama.cpp itself, as node-llama-cpp builds it: its binary alone (30 MB), called as that package calls it, since the
 * package brings 150 others and graphics drivers of half a gigabyte.
 */
const BINARY = '@node-llama-cpp/linux-x64';
export const NO_LLAMA = `llama.cpp's binary (${BINARY}) is for 64-bit Linux with glibc`;

interface AddonModel {
  init(): Promise<boolean>;
  dispose(): Promise<void>;
  tokenize(text: string, specialTokens: boolean): Uint32Array;
  loadLora(lora: object): Promise<void>;
}
interface AddonContext {
  init(): Promise<boolean>;
  dispose(): Promise<void>;
  initBatch(size: number): void;
  addToBatch(sequence: number, first: number, tokens: Uint32Array, logits: Uint32Array): Uint32Array;
  decodeBatch(): Promise<void>;
  /** Forgets what it has read. */
  disposeSequence(sequence: number): void;
  sampleToken(
    index: number,
    sampler: object,
    probabilities: false,
    confidence: false,
    logits: true,
  ): Promise<unknown[]>;
  sampleToken(index: number, sampler: object): Promise<number>;
  setLoras(loras: object[], scales: number[]): void;
}
interface Addon {
  AddonModel: new (path: string, params: object) => AddonModel;
  AddonModelLora: new (model: AddonModel, path: string) => object;
  AddonContext: new (model: AddonModel, params: object) => AddonContext;
  AddonSampler: new (model: AddonModel) => { applyConfig(config: object): void };
  init(): Promise<void>;
  loadBackends(folder?: string): void;
  setLogger(logger: () => void): void;
}

const ADDON = join(import.meta.dirname, '../node_modules', BINARY, 'bins/linux-x64/llama-addon.node');
/** npm installs it nowhere else. */
export const hasLlamaCpp = existsSync(ADDON);

let opened: Promise<Addon> | undefined;
async function open(): Promise<Addon> {
  const addon = createRequire(import.meta.url)(ADDON) as Addon;
  addon.setLogger(() => undefined);
  await addon.init();
  addon.loadBackends();
  addon.loadBackends(dirname(ADDON));
  return addon;
}

export interface LlamaCpp {
  tokenize(text: string): number[];
  /** Logits [V] after each of the ids from `from` on, in one pass. */
  logits(ids: readonly number[], from: number): Promise<Float32Array[]>;
  /** Forgets all, reads these ids, and gives the likeliest token after them. */
  read(ids: readonly number[]): Promise<number>;
  /** Reads one more, and gives the likeliest token after it. */
  next(id: number): Promise<number>;
  dispose(): Promise<void>;
}

/** Opens a GGUF, with an adapter on it where one is given; on the CPU, with a cache in f32. */
export async function openLlamaCpp(model: string, adapter?: string, threads = 1): Promise<LlamaCpp> {
  const addon = await (opened ??= open());
  const loaded = new addon.AddonModel(model, { addonExports: addon, gpuLayers: 0 });
  if (!(await loaded.init())) throw new Error(`llama.cpp does not load ${model}`);
  const F32 = 0;
  const cache = { kvCacheKeyType: F32, kvCacheValueType: F32 };
  const context = new addon.AddonContext(loaded, {
    contextSize: 256,
    batchSize: 256,
    sequences: 1,
    flashAttention: false,
    threads,
    ...cache,
  });
  if (!(await context.init())) throw new Error(`llama.cpp makes no context for ${model}`);
  if (adapter !== undefined) {
    const lora = new addon.AddonModelLora(loaded, adapter);
    await loaded.loadLora(lora);
    context.setLoras([lora], [1]);
  }
  const sampler = new addon.AddonSampler(loaded);
  sampler.applyConfig({ temperature: 0 });
  let held = 0;
  const likeliest = async (ids: readonly number[]): Promise<number> => {
    context.initBatch(ids.length);
    const [place] = context.addToBatch(0, held, Uint32Array.from(ids), Uint32Array.of(ids.length - 1));
    await context.decodeBatch();
    held += ids.length;
    return context.sampleToken(place!, sampler);
  };
  return {
    read: (ids) => {
      context.disposeSequence(0);
      held = 0;
      return likeliest(ids);
    },
    next: (id) => likeliest([id]),
    tokenize: (text) => [...loaded.tokenize(text, true)],
    logits: async (ids, from) => {
      const asked = Uint32Array.from({ length: ids.length - from }, (_, i) => from + i);
      context.disposeSequence(0);
      context.initBatch(ids.length);
      const places = context.addToBatch(0, 0, Uint32Array.from(ids), asked);
      await context.decodeBatch();
      const rows: Float32Array[] = [];
      for (const place of places) rows.push(rowOf(await context.sampleToken(place, sampler, false, false, true)));
      return rows;
    },
    dispose: async () => {
      await context.dispose();
      await loaded.dispose();
    },
  };
}

/** The binary gives logits as pairs of token and value, in an order of its own. */
function rowOf(answer: unknown[]): Float32Array {
  const pairs = answer[3] as number[];
  const row = new Float32Array(pairs.length / 2);
  for (let i = 0; i < pairs.length; i += 2) row[pairs[i]!] = pairs[i + 1]!;
  return row;
}
