// The configuration of LLaMA-Factory that resumes a run on another machine.
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
 * A configuration for LLaMA-Factory with its dataset_info.json: `llamafactory-cli train llamafactory.yaml`. Names as in
 * llamafactory.hparams of 0.9.5. Without `template` it takes the one of the model's tokenizer, which is the one that
 * was trained with here.
 */
export const llamaFactoryFiles = (job: TrainerJob): TrainerFile[] => [
  {
    path: 'llamafactory.yaml',
    text: writeYaml({
      ...modelOf(job),
      stage: STAGES[job.dataset],
      ...preferenceOf(job),
      do_train: true,
      ...adapterOf(job),
      dataset: 'train',
      ...(job.validation ? { eval_dataset: 'validation' } : {}),
      dataset_dir: '.',
      ...(job.dataset === 'messages' ? { train_on_prompt: false, mask_history: false } : {}),
      cutoff_len: job.maxLength,
      packing: job.packing,
      ...(job.packing && job.dataset === 'messages' ? { neat_packing: true } : {}), // rows do not see each other
      output_dir: 'output',
      per_device_train_batch_size: job.batchSize,
      gradient_accumulation_steps: job.accumulate,
      ...optimizerOf(job),
      learning_rate: peakRate(job),
      max_steps: job.steps,
      ...scheduleOf(job),
      warmup_steps: warmupLeft(job),
      bf16: true,
      seed: job.seed,
    }),
  },
  {
    path: 'dataset_info.json',
    text: `${JSON.stringify({ train: datasetOf(job, JOB_FILES.train), ...(job.validation && { validation: datasetOf(job, JOB_FILES.validation) }) }, null, 2)}\n`,
  },
];

const STAGES: Partial<Record<TrainerJob['dataset'], string>> = { text: 'pt', messages: 'sft', pairs: 'dpo' }; // ORPO is a loss of its stage dpo

/**
 * Without a template in the model's folder it would train on bare text, and say nothing: the README makes a folder that
 * has one.
 */
const modelOf = ({ baseModel, revision, givenTemplate }: TrainerJob) =>
  givenTemplate ? { model_name_or_path: JOB_FILES.base } : { model_name_or_path: baseModel, model_revision: revision };

const scheduleOf = (job: TrainerJob) =>
  job.schedule.kind === 'cosine'
    ? { lr_scheduler_type: 'cosine_with_min_lr', lr_scheduler_kwargs: { min_lr: finalRate(job) } }
    : { lr_scheduler_type: schedulerName(job) };

const preferenceOf = ({ preference }: TrainerJob) =>
  preference && { pref_loss: preference.kind === 'dpo' ? 'sigmoid' : 'orpo', pref_beta: preference.beta };

const adapterOf = ({ lora, family }: TrainerJob) =>
  lora
    ? {
        finetuning_type: 'lora',
        adapter_name_or_path: JOB_FILES.adapter,
        lora_rank: lora.rank,
        lora_alpha: lora.alpha,
        lora_dropout: lora.dropout,
        lora_target: targetModules(family, lora.targets).join(','),
        use_rslora: lora.rankStabilized,
      }
    : { finetuning_type: 'full' };

const optimizerOf = ({ optimizer: o }: TrainerJob) => ({
  optim: o.kind === 'sgd' ? 'sgd' : 'adamw_torch',
  ...(o.kind === 'sgd'
    ? { optim_args: `momentum=${o.momentum}` }
    : { adam_beta1: o.beta1, adam_beta2: o.beta2, adam_epsilon: o.epsilon }),
  weight_decay: o.kind === 'adamw' ? o.weightDecay : 0,
  max_grad_norm: o.clipNorm,
});

const datasetOf = ({ dataset }: TrainerJob, file: string) =>
  dataset === 'text'
    ? { file_name: file, columns: { prompt: 'text' } }
    : {
        file_name: file,
        formatting: 'sharegpt',
        ...(dataset === 'pairs'
          ? { ranking: true, columns: { messages: 'prompt', chosen: 'chosen', rejected: 'rejected' } }
          : { columns: { messages: 'messages' } }),
        tags: {
          role_tag: 'role',
          content_tag: 'content',
          user_tag: 'user',
          assistant_tag: 'assistant',
          observation_tag: 'tool',
          system_tag: 'system',
        },
      };
