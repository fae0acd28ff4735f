import { loraScale, type LoraTarget } from '../../base/lora';
import { writeYaml } from '../yaml';
import type { TrainerFile, TrainerJob } from './job';

/** mlx-lm names layers by their place in a block; it has no GPT-2 layers that LoRA could sit in by these names. */
const KEYS: Partial<Record<LoraTarget, string>> = {
  q: 'self_attn.q_proj',
  k: 'self_attn.k_proj',
  v: 'self_attn.v_proj',
  o: 'self_attn.o_proj',
  gate: 'mlp.gate_proj',
  up: 'mlp.up_proj',
  down: 'mlp.down_proj',
  qkv: 'attn.c_attn',
};

/**
 * A configuration for mlx-lm on a Mac: `mlx_lm.lora --config mlx.yaml`, with the data as data/train.jsonl. It does not pack, masks
 * all but the last answer, and its adapters are not PEFT's: it begins a new one.
 */
export const mlxFiles = (job: TrainerJob): TrainerFile[] => [
  {
    path: 'mlx.yaml',
    text: writeYaml({
      model: job.baseModel,
      train: true,
      fine_tune_type: job.lora ? 'lora' : 'full',
      data: 'data',
      mask_prompt: job.dataset === 'messages' && job.assistantOnly,
      num_layers: -1, // all
      batch_size: job.batchSize,
      grad_accumulation_steps: job.accumulate,
      iters: job.steps * job.accumulate,
      learning_rate: job.learningRate,
      lr_schedule: scheduleOf(job),
      max_seq_length: job.maxLength,
      adapter_path: 'adapters',
      seed: job.seed,
      ...(job.lora && {
        lora_parameters: {
          keys: job.lora.targets.flatMap((target) => KEYS[target] ?? []),
          rank: job.lora.rank,
          scale: loraScale(job.lora), // mlx-lm takes the scale itself, not alpha
          dropout: job.lora.dropout,
        },
      }),
    }),
  },
];

/** mlx-lm counts the steps of the optimizer after warm-up. */
function scheduleOf({ schedule, learningRate, steps, warmupSteps }: TrainerJob) {
  const rest = Math.max(1, steps - warmupSteps);
  if (schedule === 'cosine') return { name: 'cosine_decay', warmup: warmupSteps, arguments: [learningRate, rest] };
  if (schedule === 'linear')
    return { name: 'linear_schedule', warmup: warmupSteps, arguments: [learningRate, 0, rest] };
  return undefined;
}
