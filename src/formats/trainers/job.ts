import type { LoraConfig, LoraTarget } from '../../base/lora';
import type { Family } from '../../base/modelConfig';

/** A fine-tuning in plain words, from which the files of other trainers are written. */
export interface TrainerJob {
  /** A repository or a folder, `HuggingFaceTB/SmolLM2-135M-Instruct`. */
  baseModel: string;
  family: Family;
  /** A JSONL file beside the configuration, with `messages` or `text` in each row. */
  datasetFile: string;
  dataset: 'messages' | 'text';
  /** The loss counts what the assistant says and nothing else. */
  assistantOnly: boolean;
  /** Absent: all weights are trained. */
  lora?: LoraConfig;
  /** A PEFT adapter that training goes on from. */
  adapter?: string;
  learningRate: number;
  schedule: 'cosine' | 'linear' | 'constant';
  warmupSteps: number;
  steps: number;
  batchSize: number;
  accumulate: number;
  maxLength: number;
  packing: boolean;
  weightDecay: number;
  seed: number;
}

export interface TrainerFile {
  path: string;
  text: string;
}

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
