// What the page knows of this browser and computer, and the estimate of a run on it.
import type { TrainSettings } from '../settings/trainSettings';
import type { ErrorCode } from '../errors/errors';
import type { PresetName } from '../settings/presets';

/** What this browser and this computer offer, as measured or reported; nothing here is guessed. */
export interface MachineFacts {
  webgpu:
    | { available: false; reason: 'no-api' | 'no-adapter' | 'device-refused'; detail: string }
    | {
        available: true;
        vendor: string;
        architecture: string;
        description: string;
        isFallback: boolean;
        features: string[];
        limits: { maxBufferSize: number; maxStorageBufferBindingSize: number; maxComputeWorkgroupStorageSize: number };
        /** f32 matmul rate measured on this graphics card, FLOP/s; absent until measured. */
        matmulFlops?: number;
        /** When, ms since 1970; absent where an earlier version measured. */
        matmulAt?: number;
        /** Which matmul runs for which shape on this graphics card; absent until measured with these kernels. */
        kernelChoices?: KernelChoices;
      };
  /** Present where the person chose that the CPU computes; nothing else chooses it. */
  cpu?: {
    /** f32 matmul rate measured on one thread, FLOP/s; absent until measured. */
    matmulFlops?: number;
    /** When, ms since 1970; absent where an earlier version measured. */
    matmulAt?: number;
  };
  threads: number;
  /** Gigabytes as the browser reports them (rounded, at most 8); absent where it doesn't. */
  deviceMemory?: number;
}

/** NN is a b, NT a bᵀ, TN aᵀ b. */
export type MatmulForm = 'NN' | 'NT' | 'TN';
/** Few rows (a token being written), or by the number of results. */
export type MatmulSize = 'few' | 'small' | 'middle' | 'large';

/** What was measured for one shape class, and which variant runs there from then on. */
export interface KernelChoice {
  form: MatmulForm;
  size: MatmulSize;
  chosen: string;
  /**
   * FLOP/s by variant, fastest first; those that do not run on this graphics card, or for which there was no time, are
   * absent.
   */
  trials: { variant: string; flops: number }[];
}

/** The matmul's variants on one graphics card, by measurement. */
export interface KernelChoices {
  /** Of the kernels that were timed: newer ones are timed again. */
  version: number;
  /** When, ms since 1970. */
  at: number;
  classes: KernelChoice[];
}

/** Whether there is something to train on: the GPU, or the CPU where it was chosen. */
export const canCompute = ({ cpu, webgpu }: MachineFacts): boolean => cpu !== undefined || webgpu.available;

/** f32 matmul rate of what computes, FLOP/s, where it was measured. */
export function matmulRate({ cpu, webgpu }: MachineFacts): number | undefined {
  if (cpu) return cpu.matmulFlops;
  return webgpu.available ? webgpu.matmulFlops : undefined;
}

/** When that rate was measured, ms since 1970, where it is known. */
export function matmulRateAt({ cpu, webgpu }: MachineFacts): number | undefined {
  if (cpu) return cpu.matmulAt;
  return webgpu.available ? (webgpu.matmulAt ?? webgpu.kernelChoices?.at) : undefined;
}

export interface StorageFacts {
  usedBytes: number;
  /** What the browser says it would allow; not a promise. */
  quotaBytes: number;
  persisted: boolean;
  datasets: number;
  runs: number;
  checkpointBytes: number;
  /** Parts of a hub's files whose model is not kept yet. */
  downloadBytes: number;
}

/** How much of each kind is stored. */
export interface StoredCounts {
  runs: number;
  texts: number;
  models: number;
}

/** What the storage holds, to be compared with what was last seen there. */
export interface StoredSummary extends StoredCounts {
  /** The version of the schema. */
  schema: number;
  /** With what was deleted and can still be restored. */
  records: StoredCounts;
  /** When something was last stored; absent where nothing is. */
  savedAt?: number;
  /** Records that cannot be read. */
  unreadable: number;
}

/** What a run will need, before it starts. All but `parameters` are estimates and shown as such. */
export interface RunEstimate {
  parameters: number;
  /** Those that are trained: all, or those of the adapter. */
  trained: number;
  /** Blocks that are computed again in the backward pass, since their activations have no room. */
  recomputedBlocks: number;
  gpuBytes: number;
  gpuBytesParts: { weights: number; gradients: number; optimizer: number; activations: number; logits: number };
  checkpointBytes: number;
  totalSteps: number;
  tokensPerStep: number;
  /** Of a mix, the main text first: the tokens that an epoch reads of it, and how often over. */
  epoch?: { tokens: number; passes: number }[];
  /** From the rate measured on this graphics card; absent where none was measured. */
  seconds?: number;
  /** The rate is that of steps of a run on this graphics card; absent: a share of its matmul rate is assumed. */
  measured?: true;
  /** The largest single buffer and what the graphics card allows. */
  largestBuffer: number;
  refusal?: { code: ErrorCode; facts: Record<string, string | number> };
  /** Beside a refusal: what to change in the settings so that the run fits; absent where nothing was found. */
  fitting?: Partial<TrainSettings>;
}

export interface PresetFit {
  preset: PresetName;
  gpuBytes: number;
  fits: boolean;
  /** Of a whole run by the preset's own settings, an estimate; absent where the machine was not measured. */
  seconds?: number;
  /** It rests on the pace of a run of such a model on this machine; absent: on the matmul rate alone. */
  measured?: true;
}
