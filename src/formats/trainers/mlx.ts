// The configuration of mlx-lm that resumes a run on another machine.
import { loraScale } from '../../base/lora';
import { writeYaml } from '../yaml';
import { finalRate, JOB_FILES, peakRate, targetModules, warmupLeft, type TrainerFile, type TrainerJob } from './job';

/**
 * A configuration for mlx-lm on a Mac: `mlx_lm.lora --config mlx.yaml`, with data/train.jsonl and data/valid.jsonl.
 * Names as in mlx_lm.lora of 0.32. It does not pack, grades the last answer of a conversation only, and has a form of
 * its own for adapters. No option names a revision: the README fetches that one first. It does not learn from pairs.
 */
export const mlxFiles = (job: TrainerJob): TrainerFile[] => (job.dataset === 'pairs' ? [] : [configuration(job)]);

const configuration = (job: TrainerJob): TrainerFile => ({
  path: 'mlx.yaml',
  text: writeYaml({
    model: job.baseModel,
    train: true,
    fine_tune_type: job.lora ? 'lora' : 'full',
    data: 'data',
    mask_prompt: job.dataset === 'messages',
    num_layers: -1, // all, see mlx_lm.lora --num-layers
    batch_size: job.batchSize,
    grad_accumulation_steps: job.accumulate,
    iters: job.steps * job.accumulate, // it counts batches
    ...optimizerOf(job),
    learning_rate: peakRate(job),
    lr_schedule: scheduleOf(job),
    max_seq_length: job.maxLength,
    ...(job.lora && { resume_adapter_file: JOB_FILES.mlxAdapter }),
    adapter_path: 'adapters',
    seed: job.seed,
    ...(job.lora && {
      lora_parameters: {
        keys: keysOf(job),
        rank: job.lora.rank,
        scale: loraScale(job.lora), // the scale itself, not alpha
        dropout: job.lora.dropout,
      },
    }),
  }),
});

/** mlx-lm names layers by their place in a block. */
const keysOf = ({ lora, family }: TrainerJob): string[] =>
  targetModules(family, lora!.targets).map((name) => {
    if (family === 'gpt2') return name;
    return `${/^(q|k|v|o)_proj$/.test(name) ? 'self_attn' : 'mlp'}.${name}`;
  });

function optimizerOf({ optimizer: o }: TrainerJob) {
  const betas = { betas: [o.beta1, o.beta2], eps: o.epsilon };
  if (o.kind === 'sgd') return { optimizer: 'sgd', optimizer_config: { sgd: { momentum: o.momentum } } };
  if (o.kind === 'adam') return { optimizer: 'adam', optimizer_config: { adam: betas } };
  return { optimizer: 'adamw', optimizer_config: { adamw: { ...betas, weight_decay: o.weightDecay } } };
}

/**
 * mlx-lm counts the steps of the optimizer after warm-up. A constant rate that still rises is a line that ends where it
 * began.
 */
function scheduleOf(job: TrainerJob) {
  const { kind } = job.schedule;
  const warmup = warmupLeft(job);
  const [full, last] = [peakRate(job), finalRate(job)];
  const rest = Math.max(1, job.steps - warmup);
  if (kind === 'cosine') return { name: 'cosine_decay', warmup, arguments: [full, rest, last] };
  if (kind === 'linear') return { name: 'linear_schedule', warmup, arguments: [full, last, rest] };
  return warmup ? { name: 'linear_schedule', warmup, arguments: [full, full, rest] } : undefined;
}
