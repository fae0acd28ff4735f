// The configuration of axolotl that resumes a run on another machine.
// https://docs.axolotl.ai/docs/config-reference.html
import { writeYaml } from '../yaml';
import {
  finalRate,
  JOB_FILES,
  peakRate,
  schedulerName,
  targetModules,
  warmupLeft,
  type TrainerFile,
  type TrainerJob,
} from './job';

/**
 * A configuration for axolotl: `axolotl train axolotl.yaml`. Names as in axolotl.utils.schemas of 0.19, whose parser a
 * test asks.
 */
export const axolotlFiles = (job: TrainerJob): TrainerFile[] => [
  {
    path: 'axolotl.yaml',
    text: writeYaml({
      base_model: job.baseModel,
      revision_of_model: job.revision, // of its tokenizer too
      ...(job.template ? templateOf() : {}),
      ...preferenceOf(job),
      datasets: [datasetOf(job, JOB_FILES.train)],
      ...(job.validation ? { test_datasets: [{ ...datasetOf(job, JOB_FILES.validation), split: 'train' }] } : {}),
      dataset_prepared_path: 'prepared',
      output_dir: './output',
      sequence_len: job.maxLength,
      excess_length_strategy: 'truncate',
      sample_packing: job.packing,
      ...(job.packing && { attn_implementation: 'flash_attention_2' }), // others would let packed rows see each other
      ...adapterOf(job),
      max_steps: job.steps,
      micro_batch_size: job.batchSize,
      gradient_accumulation_steps: job.accumulate,
      ...optimizerOf(job),
      ...scheduleOf(job),
      bf16: 'auto',
      seed: job.seed,
    }),
  },
];

const templateOf = () => ({ chat_template: 'jinja', chat_template_jinja: JOB_FILES.template });

const preferenceOf = ({ preference }: TrainerJob) =>
  preference && { rl: preference.kind, [preference.kind === 'dpo' ? 'rl_beta' : 'orpo_alpha']: preference.beta };

function datasetOf(job: TrainerJob, path: string) {
  const file = { path, ds_type: 'json' };
  if (job.dataset === 'text') return { ...file, type: 'completion', field: 'text' };
  if (job.dataset === 'pairs') return { path, type: pairType(job), field_messages: 'prompt' }; // more it has no names for
  return {
    ...file,
    type: 'chat_template',
    ...(job.template ? templateOf() : {}),
    field_messages: 'messages',
    roles_to_train: ['assistant'],
    train_on_eos: 'turn',
  };
}

/**
 * Its own reader for ORPO knows single questions only; names are looked up beside that one, and the dot leads to the
 * one of DPO.
 */
const pairType = ({ preference }: TrainerJob): string =>
  `${preference!.kind === 'orpo' ? '.dpo.' : ''}chat_template.default`;

const adapterOf = ({ lora, family }: TrainerJob) =>
  lora && {
    adapter: 'lora',
    lora_model_dir: JOB_FILES.adapter,
    lora_r: lora.rank,
    lora_alpha: lora.alpha,
    lora_dropout: lora.dropout,
    lora_target_modules: targetModules(family, lora.targets),
    lora_fan_in_fan_out: family === 'gpt2',
    peft_use_rslora: lora.rankStabilized,
  };

const scheduleOf = (job: TrainerJob) => ({
  learning_rate: peakRate(job),
  lr_scheduler: schedulerName(job),
  ...(job.schedule.kind === 'cosine' && { cosine_min_lr_ratio: finalRate(job) / peakRate(job) }),
  warmup_steps: warmupLeft(job),
});

const optimizerOf = ({ optimizer: o }: TrainerJob) => ({
  optimizer: o.kind === 'sgd' ? 'sgd' : 'adamw_torch',
  ...(o.kind === 'sgd'
    ? { optim_args: { momentum: o.momentum } }
    : { adam_beta1: o.beta1, adam_beta2: o.beta2, adam_epsilon: o.epsilon }),
  weight_decay: o.kind === 'adamw' ? o.weightDecay : 0,
  max_grad_norm: o.clipNorm,
});
