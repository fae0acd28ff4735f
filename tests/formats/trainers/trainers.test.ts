// The files of all trainers, written from one job.
import { describe, expect, test } from 'vitest';
import type { HubOrigin } from '../../../src/base/records/model';
import { axolotlFiles } from '../../../src/formats/trainers/axolotl';
import type { TrainerJob } from '../../../src/formats/trainers/job';
import { llamaFactoryFiles } from '../../../src/formats/trainers/llamaFactory';
import { mlxFiles } from '../../../src/formats/trainers/mlx';
import { readmeFile } from '../../../src/formats/trainers/readme';
import { trlFiles } from '../../../src/formats/trainers/trl';

const JOB: TrainerJob = {
  baseModel: 'example/base "1"',
  family: 'qwen2',
  dataset: 'messages',
  validation: true,
  template: true,
  lora: { rank: 16, alpha: 32, dropout: 0.05, rankStabilized: true, targets: ['q', 'v', 'down'] },
  optimizer: {
    kind: 'adamw',
    beta1: 0.9,
    beta2: 0.99,
    epsilon: 1e-8,
    momentum: 0.9,
    weightDecay: 0.01,
    decayAll: false,
    clipNorm: 1,
  },
  schedule: { kind: 'cosine', rate: 2e-4, warmupSteps: 10, totalSteps: 200, finalShare: 0.1, startStep: 4 },
  rateNow: 9e-5,
  steps: 196,
  batchSize: 2,
  accumulate: 8,
  maxLength: 1024,
  packing: false,
  seed: 7,
};

describe('files for other trainers', () => {
  test('TRL: the schedule of the run from where it is, and the adapter that it has', () => {
    const [script] = trlFiles(JOB);
    expect(script!.text).toContain('BASE = "example/base \\"1\\""');
    expect(script!.text).toContain('START = 4\nTOTAL = 200\nWARMUP = 10\nRATE = 0.0002\nFINAL_SHARE = 0.1');
    expect(script!.text).toContain('PeftModel.from_pretrained(model, "adapter", is_trainable=True)');
    expect(script!.text).toContain('tokenizer.chat_template = file.read()');
    const { lora: _, ...whole } = JOB;
    expect(trlFiles({ ...whole, template: false })[0]!.text).not.toMatch(/Peft|chat_template/);
  });

  test('axolotl and LLaMA-Factory: what is trained, on what, and for how long', () => {
    const axolotl = axolotlFiles(JOB)[0]!.text;
    for (const line of ['lora_r: 16', 'peft_use_rslora: true', 'max_steps: 196', 'warmup_steps: 6'])
      expect(axolotl).toContain(line);
    expect(axolotl).toContain('chat_template: "jinja"\nchat_template_jinja: "chat_template.jinja"');
    expect(axolotl).not.toContain('attn_implementation');
    expect(axolotlFiles({ ...JOB, packing: true })[0]!.text).toContain(
      'sample_packing: true\nattn_implementation: "flash_attention_2"\n',
    );
    const { lora: _, ...whole } = JOB;
    const [config, info] = llamaFactoryFiles({ ...whole, dataset: 'text', validation: false });
    expect(config!.text).toContain('finetuning_type: "full"');
    expect(config!.text).toContain('stage: "pt"');
    expect(JSON.parse(info!.text)).toEqual({ train: { file_name: 'data/train.jsonl', columns: { prompt: 'text' } } });
  });

  test('mlx-lm: the scale instead of alpha, and GPT-2’s names', () => {
    const { text } = mlxFiles(JOB)[0]!;
    expect(text).toContain('scale: 8\n'); // 32 / √16
    expect(text).toContain('iters: 1568');
    expect(text).toContain('- "mlp.down_proj"');
    const gpt2 = mlxFiles({ ...JOB, family: 'gpt2', lora: { ...JOB.lora!, targets: ['qkv', 'o', 'down'] } })[0]!.text;
    for (const name of ['attn.c_attn', 'attn.c_proj', 'mlp.c_proj']) expect(gpt2).toContain(`- "${name}"`);
  });
});

describe('runs on pairs', () => {
  const DPO: TrainerJob = { ...JOB, dataset: 'pairs', preference: { kind: 'dpo', beta: 0.2 } };
  const ORPO: TrainerJob = { ...JOB, dataset: 'pairs', preference: { kind: 'orpo', beta: 0.2 } };
  const readmeOf = (job: TrainerJob): string =>
    readmeFile(job, {
      name: 'n',
      datasetNames: [],
      rows: { train: 3, validation: 1 },
      windows: 8,
      unlike: { weighted: 2, longPairs: 3 },
    }).text;

  test('TRL: the reference is the model without the adapter; ORPO grades the chosen answers alone', () => {
    const [dpo] = trlFiles(DPO);
    expect(dpo!.text).toContain('ref_model=AutoModelForCausalLM.from_pretrained(BASE, dtype=torch.float32),');
    expect(dpo!.text).toMatch(/args=DPOConfig\([\s\S]*beta=0.2,\n {8}disable_dropout=False,/);
    const [orpo] = trlFiles(ORPO);
    expect(orpo!.text).toContain('from trl.experimental.orpo import ORPOConfig, ORPOTrainer');
    expect(orpo!.text).toContain('class Trainer(ORPOTrainer):');
    expect(orpo!.text).toContain('likelihood = -(chosen * tokens).sum() / batch["graded"][0]');
    expect(orpo!.text).not.toContain('ref_model');
    for (const { text } of [dpo!, orpo!]) expect(text).not.toMatch(/undefined|SFT/);
  });

  test('KTO: TRL alone, with the weights of good and bad answers and the reference without the adapter', () => {
    const { preference: _, ...rest } = DPO;
    const kto: TrainerJob = { ...rest, dataset: 'thumbs', thumbs: { beta: 0.1, good: 1, bad: 1.5 } };
    const [script] = trlFiles(kto);
    expect(script!.text).toMatch(/class Trainer\(KTOTrainer\)[\s\S]*args=KTOConfig\([\s\S]*undesirable_weight=1.5,/);
    expect(script!.text).toContain('ref_model=AutoModelForCausalLM.from_pretrained(BASE, dtype=torch.float32),');
    expect(script!.text).not.toMatch(/undefined|SFT|DPO/);
    const readme = readmeOf(kto);
    expect(readme).toContain('None for axolotl, LLaMA-Factory\n  and mlx-lm.');
    expect(readme).not.toMatch(/undefined|axolotl train|llamafactory-cli|mlx_lm|TRL, axolotl/);
  });

  test('axolotl and LLaMA-Factory: loss, beta, and where the answers stand', () => {
    expect(axolotlFiles(DPO)[0]!.text).toContain('rl: "dpo"\nrl_beta: 0.2\n');
    expect(axolotlFiles(DPO)[0]!.text).toContain('type: "chat_template.default"');
    expect(axolotlFiles(ORPO)[0]!.text).toContain('rl: "orpo"\norpo_alpha: 0.2\n');
    const [dpo, info] = llamaFactoryFiles(DPO);
    expect(dpo!.text).toContain('stage: "dpo"\npref_loss: "sigmoid"\npref_beta: 0.2\n');
    expect(llamaFactoryFiles(ORPO)[0]!.text).toContain('stage: "dpo"\npref_loss: "orpo"\n');
    const columns = { messages: 'prompt', chosen: 'chosen', rejected: 'rejected' };
    expect(JSON.parse(info!.text)).toMatchObject({ train: { ranking: true, columns } });
  });

  test('mlx-lm has no file, and the README says so', () => {
    expect(mlxFiles(DPO)).toEqual([]);
    expect(readmeOf(DPO)).toContain('None for mlx-lm, which does not learn from pairs.');
    expect(readmeOf(DPO)).not.toMatch(/mlx_lm|mlx\.yaml|undefined/);
    expect(readmeOf(ORPO)).not.toContain('reference');
    expect(readmeOf(JOB)).toContain('mlx_lm.lora --config mlx.yaml');
  });

  test('an adapter comes back into the studio; all weights have no such way', () => {
    const { lora: _lora, ...whole } = JOB;
    expect(readmeOf(JOB)).toContain('press “Open an adapter” under the base');
    expect(readmeOf(JOB)).toContain('What mlx-lm writes is not PEFT');
    expect(readmeOf(whole)).not.toContain('Open an adapter');
  });
});

test('a rate that still rises goes on to the full one; a cosine ends at the share of it that the run has', () => {
  for (const files of [axolotlFiles, llamaFactoryFiles, mlxFiles])
    expect(files(JOB)[0]!.text).toContain('learning_rate: 0.0002\n');
  expect(axolotlFiles(JOB)[0]!.text).toContain('cosine_min_lr_ratio: 0.1\n');
  const past: TrainerJob = { ...JOB, schedule: { ...JOB.schedule, startStep: 10 } };
  expect(axolotlFiles(past)[0]!.text).toContain('learning_rate: 0.00009\n');
  expect(llamaFactoryFiles(past)[0]!.text).toMatch(
    /lr_scheduler_type: "cosine_with_min_lr"\nlr_scheduler_kwargs:\n {2}min_lr: 0.00002\d*\nwarmup_steps: 0\n/,
  );
  const constant: TrainerJob = { ...JOB, schedule: { ...JOB.schedule, kind: 'constant' } };
  expect(mlxFiles(constant)[0]!.text).toContain('name: "linear_schedule"\n  warmup: 6\n');
  expect(axolotlFiles(constant)[0]!.text).not.toContain('cosine');
});

test('GPT-2 as published drops out in training, the studio’s does not', () => {
  expect(trlFiles({ ...JOB, family: 'gpt2' })[0]!.text).toContain('attn_pdrop=0.0, embd_pdrop=0.0, resid_pdrop=0.0)');
  expect(trlFiles(JOB)[0]!.text).not.toContain('pdrop');
});

describe('the commit of the base', () => {
  const revision = '0123456789abcdef0123456789abcdef01234567';
  const pinned: TrainerJob = { ...JOB, baseModel: 'owner/base', revision };
  const from = { hub: 'https://huggingface.co', repo: 'owner/base', revision };
  const readmeOf = (job: TrainerJob, hub?: HubOrigin): string => {
    const base = { name: 'base', sha256: 'abc', hub };
    return readmeFile(job, {
      name: 'n',
      datasetNames: [],
      base,
      rows: { train: 1, validation: 0 },
      windows: 1,
      unlike: { weighted: 0, longPairs: 0 },
    }).text;
  };

  test('is pinned by each trainer that has an option for it', () => {
    const [script] = trlFiles(pinned);
    expect(script!.text).toContain(`BASE = "owner/base"\nREVISION = "${revision}"\n`);
    expect(script!.text).toContain('AutoTokenizer.from_pretrained(BASE, revision=REVISION)');
    expect(script!.text).toContain(
      'AutoModelForCausalLM.from_pretrained(BASE, revision=REVISION, dtype=torch.float32)',
    );
    expect(axolotlFiles(pinned)[0]!.text).toContain(`base_model: "owner/base"\nrevision_of_model: "${revision}"\n`);
    const factory = llamaFactoryFiles(pinned)[0]!.text;
    expect(factory).toContain(`model_name_or_path: "owner/base"\nmodel_revision: "${revision}"\n`);
  });

  test('is fetched first for mlx-lm, and the README says where everything is from', () => {
    const text = readmeOf(pinned, from);
    expect(text).toContain(`hf download owner/base --revision ${revision} --local-dir base\n    mlx_lm.lora`);
    expect(text).toContain('mlx_lm.lora --config mlx.yaml --model base ');
    expect(text).toContain(`fetched from https://huggingface.co/owner/base at commit ${revision}`);
    expect(text).not.toContain('HF_ENDPOINT');
    const mirror = 'https://hf-mirror.com';
    expect(readmeOf(pinned, { ...from, hub: mirror })).toContain(`export HF_ENDPOINT=${mirror}`);
  });

  test('is nowhere where it is not known', () => {
    const texts = [trlFiles, axolotlFiles, llamaFactoryFiles, mlxFiles].flatMap((files) => files(JOB));
    for (const { text } of texts) expect(text).not.toMatch(/revision|undefined/i);
    expect(readmeOf(JOB)).not.toMatch(/hf download|commit|undefined/);
  });
});
