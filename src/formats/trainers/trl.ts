import { writeYaml } from '../yaml';
import { targetModules, type TrainerFile, type TrainerJob } from './job';

/** A script for TRL and a configuration for accelerate: `accelerate launch --config_file accelerate.yaml train.py`. */
export const trlFiles = (job: TrainerJob): TrainerFile[] => [
  { path: 'train.py', text: script(job) },
  {
    path: 'accelerate.yaml',
    text: writeYaml({
      compute_environment: 'LOCAL_MACHINE',
      distributed_type: 'NO',
      mixed_precision: 'bf16',
      num_machines: 1,
      num_processes: 1,
      use_cpu: false,
    }),
  },
];

/** JSON strings and numbers are Python's too. */
const python = (value: string | number | boolean | readonly string[]): string =>
  typeof value === 'boolean' ? (value ? 'True' : 'False') : JSON.stringify(value);

const call = (name: string, options: Record<string, Parameters<typeof python>[0]>): string => {
  const rows = Object.entries(options).map(([key, value]) => `    ${key}=${python(value)},`);
  return `${name}(\n${rows.join('\n')}\n)`;
};

function script(job: TrainerJob): string {
  const { lora, adapter } = job;
  const peft = lora && (adapter === undefined ? 'LoraConfig' : 'PeftModel');
  return `${[
    'from datasets import load_dataset',
    ...(peft ? [`from peft import ${peft}`] : []),
    'from transformers import AutoModelForCausalLM, AutoTokenizer',
    'from trl import SFTConfig, SFTTrainer',
    '',
    `base = ${python(job.baseModel)}`,
    'tokenizer = AutoTokenizer.from_pretrained(base)',
    'model = AutoModelForCausalLM.from_pretrained(base)',
    ...(adapter === undefined
      ? []
      : [`model = PeftModel.from_pretrained(model, ${python(adapter)}, is_trainable=True)`]),
    `dataset = load_dataset("json", data_files=${python(job.datasetFile)}, split="train")`,
    `args = ${call('SFTConfig', options(job))}`,
    ...(peft === 'LoraConfig' ? [`peft_config = ${call('LoraConfig', loraOptions(job))}`] : []),
    `trainer = SFTTrainer(model=model, args=args, train_dataset=dataset, processing_class=tokenizer${
      peft === 'LoraConfig' ? ', peft_config=peft_config' : ''
    })`,
    'trainer.train()',
    'trainer.save_model()',
  ].join('\n')}\n`;
}

const options = (job: TrainerJob): Record<string, string | number | boolean> => ({
  output_dir: 'output',
  max_steps: job.steps,
  per_device_train_batch_size: job.batchSize,
  gradient_accumulation_steps: job.accumulate,
  learning_rate: job.learningRate,
  lr_scheduler_type: job.schedule === 'constant' ? 'constant_with_warmup' : job.schedule,
  warmup_steps: job.warmupSteps,
  weight_decay: job.weightDecay,
  max_length: job.maxLength,
  packing: job.packing,
  ...(job.dataset === 'messages' ? { assistant_only_loss: job.assistantOnly } : { dataset_text_field: 'text' }),
  bf16: true,
  seed: job.seed,
});

function loraOptions({ lora, family }: TrainerJob): Record<string, string | number | boolean | string[]> {
  if (!lora) return {};
  return {
    task_type: 'CAUSAL_LM',
    r: lora.rank,
    lora_alpha: lora.alpha,
    lora_dropout: lora.dropout,
    use_rslora: lora.rankStabilized,
    fan_in_fan_out: family === 'gpt2',
    target_modules: targetModules(family, lora.targets),
  };
}
