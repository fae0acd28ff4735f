import type { Family } from '../../base/modelConfig';
import { writeYaml } from '../yaml';
import { targetModules, type TrainerFile, type TrainerJob } from './job';

const DATASET = 'train';

/** LLaMA-Factory's names for the template of a family's chat models. */
const TEMPLATE: Record<Family, string> = {
  llama: 'llama3',
  qwen2: 'qwen',
  qwen3: 'qwen3',
  gemma3: 'gemma3',
  gpt2: 'default',
};

/**
 * A configuration for LLaMA-Factory with its dataset_info.json: `llamafactory-cli train llamafactory.yaml`. Its templates are
 * its own; `template` names one where that of the family is not the right one.
 */
export const llamaFactoryFiles = (job: TrainerJob, template = TEMPLATE[job.family]): TrainerFile[] => [
  {
    path: 'llamafactory.yaml',
    text: writeYaml({
      model_name_or_path: job.baseModel,
      stage: job.dataset === 'text' ? 'pt' : 'sft',
      do_train: true,
      ...adapterOf(job),
      dataset: DATASET,
      dataset_dir: '.',
      ...(job.dataset === 'text' ? {} : { template, train_on_prompt: !job.assistantOnly }),
      cutoff_len: job.maxLength,
      packing: job.packing,
      output_dir: 'output',
      per_device_train_batch_size: job.batchSize,
      gradient_accumulation_steps: job.accumulate,
      learning_rate: job.learningRate,
      max_steps: job.steps,
      lr_scheduler_type: job.schedule === 'constant' ? 'constant_with_warmup' : job.schedule,
      warmup_steps: job.warmupSteps,
      weight_decay: job.weightDecay,
      bf16: true,
      seed: job.seed,
    }),
  },
  { path: 'dataset_info.json', text: `${JSON.stringify({ [DATASET]: datasetOf(job) }, null, 2)}\n` },
];

const adapterOf = ({ lora, family, adapter }: TrainerJob) =>
  lora
    ? {
        finetuning_type: 'lora',
        adapter_name_or_path: adapter,
        lora_rank: lora.rank,
        lora_alpha: lora.alpha,
        lora_dropout: lora.dropout,
        lora_target: targetModules(family, lora.targets).join(','),
        use_rslora: lora.rankStabilized,
      }
    : { finetuning_type: 'full' };

const datasetOf = ({ datasetFile, dataset }: TrainerJob) =>
  dataset === 'text'
    ? { file_name: datasetFile, columns: { prompt: 'text' } }
    : {
        file_name: datasetFile,
        formatting: 'sharegpt',
        columns: { messages: 'messages' },
        tags: {
          role_tag: 'role',
          content_tag: 'content',
          user_tag: 'user',
          assistant_tag: 'assistant',
          system_tag: 'system',
        },
      };
