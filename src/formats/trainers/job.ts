// What every trainer's configuration is written from: one run, its settings and its files.
import type { LoraShape, LoraTarget } from '../../base/lora';
import type { Family } from '../../base/modelShape';

/** What stands beside the configurations, by the names that they use. */
export const JOB_FILES = {
  train: 'data/train.jsonl',
  validation: 'data/valid.jsonl',
  windows: 'windows.jsonl',
  template: 'chat_template.jinja',
  adapter: 'adapter',
  mlxAdapter: 'adapter/mlx.safetensors',
  base: 'base',
} as const;

/** The rest of a run in plain words, from which the files of other trainers are written. */
export interface TrainerJob {
  /** A repository, `HuggingFaceTB/SmolLM2-135M-Instruct`, or a folder. */
  baseModel: string;
  /** The commit of the repository that the run was trained beside; absent for a folder, and where it is not known. */
  revision?: string;
  family: Family;
  /**
   * Each row of the data has `messages`, of which the assistant's count, or `text`, or a `prompt` with a `chosen` and a
   * `rejected` answer, or with a `completion` and a `label` that says whether it is good.
   */
  dataset: 'messages' | 'text' | 'pairs' | 'thumbs';
  /** With pairs. Of DPO the reference is the model without the adapter. */
  preference?: { kind: 'dpo' | 'orpo'; beta: number };
  /** Of KTO, which no trainer but TRL is given: how much good and bad answers count. The reference is as with DPO. */
  thumbs?: { beta: number; good: number; bad: number };
  /** Some rows are held out. */
  validation: boolean;
  /** The template that wrote the conversations lies beside. */
  template: boolean;
  /** It is the studio's: the tokenizer of the base names none. */
  givenTemplate?: true;
  /** Absent: all weights are trained. Else training goes on from the adapter beside. */
  lora?: LoraShape;
  optimizer: {
    /** adamw, adam, sgd */
    kind: string;
    beta1: number;
    beta2: number;
    epsilon: number;
    momentum: number;
    weightDecay: number;
    /** Else norms, biases and embeddings do not decay. */
    decayAll: boolean;
    /** 0: gradients are not clipped. */
    clipNorm: number;
  };
  /** As of the whole run, which began `startStep` steps ago. */
  schedule: {
    /** cosine, linear, constant */
    kind: string;
    rate: number;
    warmupSteps: number;
    totalSteps: number;
    finalShare: number;
    startStep: number;
  };
  /** The rate of the next step, for trainers that begin a schedule of their own. */
  rateNow: number;
  steps: number;
  batchSize: number;
  accumulate: number;
  maxLength: number;
  packing: boolean;
  seed: number;
}

export interface TrainerFile {
  path: string;
  text: string;
}

/** Of the warm-up, what is left. */
export const warmupLeft = ({ schedule }: TrainerJob): number => Math.max(0, schedule.warmupSteps - schedule.startStep);

/** The highest rate from here on: the present one, unless it still rises. */
export const peakRate = (job: TrainerJob): number => (warmupLeft(job) ? job.schedule.rate : job.rateNow);

/** Where the rate ends. */
export const finalRate = ({ schedule: { rate, finalShare } }: TrainerJob): number => rate * finalShare;

/** As transformers names schedules. */
export const schedulerName = ({ schedule: { kind } }: TrainerJob): string =>
  kind === 'constant' ? 'constant_with_warmup' : kind;

const DECODER: Record<LoraTarget, string> = {
  q: 'q_proj',
  k: 'k_proj',
  v: 'v_proj',
  qkv: 'c_attn',
  o: 'o_proj',
  gate: 'gate_proj',
  up: 'up_proj',
  down: 'down_proj',
};

/** GPT-2 has two layers named c_proj, told apart by what they lie in. */
const GPT2: Partial<Record<LoraTarget, string>> = {
  qkv: 'attn.c_attn',
  o: 'attn.c_proj',
  up: 'mlp.c_fc',
  down: 'mlp.c_proj',
};

/** The modules of PEFT that these targets are. */
export const targetModules = (family: Family, targets: readonly LoraTarget[]): string[] =>
  targets.map((target) => (family === 'gpt2' ? GPT2[target] : undefined) ?? DECODER[target]);
