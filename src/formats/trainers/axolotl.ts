import { writeYaml } from '../yaml';
import { targetModules, type TrainerFile, type TrainerJob } from './job';

/** A configuration for axolotl: `axolotl train axolotl.yaml`. */
export const axolotlFiles = (job: TrainerJob): TrainerFile[] => [
  {
    path: 'axolotl.yaml',
    text: writeYaml({
      base_model: job.baseModel,
      datasets: [datasetOf(job)],
      ...(job.dataset === 'messages' ? { chat_template: 'tokenizer_default' } : {}),
      train_on_inputs: !job.assistantOnly,
      output_dir: './output',
      sequence_len: job.maxLength,
      sample_packing: job.packing,
      ...adapterOf(job),
      max_steps: job.steps,
      micro_batch_size: job.batchSize,
      gradient_accumulation_steps: job.accumulate,
      optimizer: 'adamw_torch',
      learning_rate: job.learningRate,
      lr_scheduler: job.schedule === 'constant' ? 'constant_with_warmup' : job.schedule,
      warmup_steps: job.warmupSteps,
      weight_decay: job.weightDecay,
      bf16: 'auto',
      seed: job.seed,
    }),
  },
];

const datasetOf = ({ datasetFile, dataset, assistantOnly }: TrainerJob) => ({
  path: datasetFile,
  ds_type: 'json',
  ...(dataset === 'text'
    ? { type: 'completion', field: 'text' }
    : {
        type: 'chat_template',
        field_messages: 'messages',
        ...(assistantOnly ? { roles_to_train: ['assistant'], train_on_eos: 'turn' } : { roles_to_train: ROLES }),
      }),
});

const ROLES = ['system', 'user', 'assistant', 'tool'];

const adapterOf = ({ lora, family, adapter }: TrainerJob) =>
  lora && {
    adapter: 'lora',
    lora_model_dir: adapter,
    lora_r: lora.rank,
    lora_alpha: lora.alpha,
    lora_dropout: lora.dropout,
    lora_target_modules: targetModules(family, lora.targets),
    lora_fan_in_fan_out: family === 'gpt2',
    peft_use_rslora: lora.rankStabilized,
  };
