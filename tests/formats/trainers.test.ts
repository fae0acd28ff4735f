import { describe, expect, test } from 'vitest';
import { writeModelfile } from '../../src/formats/modelfile';
import { axolotlFiles } from '../../src/formats/trainers/axolotl';
import type { TrainerJob } from '../../src/formats/trainers/job';
import { llamaFactoryFiles } from '../../src/formats/trainers/llamaFactory';
import { mlxFiles } from '../../src/formats/trainers/mlx';
import { trlFiles } from '../../src/formats/trainers/trl';
import { writeYaml } from '../../src/formats/yaml';

const JOB: TrainerJob = {
  baseModel: 'example/base "1"',
  family: 'qwen2',
  datasetFile: 'train.jsonl',
  dataset: 'messages',
  assistantOnly: true,
  lora: { rank: 16, alpha: 32, dropout: 0.05, rankStabilized: true, targets: ['q', 'v', 'down'] },
  learningRate: 2e-4,
  schedule: 'cosine',
  warmupSteps: 10,
  steps: 200,
  batchSize: 2,
  accumulate: 8,
  maxLength: 1024,
  packing: false,
  weightDecay: 0.01,
  seed: 7,
};

test('YAML: nesting, lists of objects, and strings that look like something else', () => {
  expect(writeYaml({ a: 'no', b: [1, 'x: y'], c: [{ d: null, e: ['f'] }], g: {}, h: undefined, i: [] })).toBe(
    'a: "no"\nb:\n  - 1\n  - "x: y"\nc:\n  - d: null\n    e:\n      - "f"\ng:\ni: []\n',
  );
});

describe('files for other trainers', () => {
  test('TRL: an adapter to begin with is gone on from, instead of a new one', () => {
    const [fresh] = trlFiles(JOB);
    expect(fresh!.text).toContain('base = "example/base \\"1\\""');
    expect(fresh!.text).toContain('target_modules=["q_proj","v_proj","down_proj"]');
    expect(fresh!.text).toContain('assistant_only_loss=True');
    const [further] = trlFiles({ ...JOB, adapter: 'adapter' });
    expect(further!.text).toContain('PeftModel.from_pretrained(model, "adapter", is_trainable=True)');
    expect(further!.text).not.toContain('LoraConfig');
  });

  test('axolotl and LLaMA-Factory: what is trained, on what, and for how long', () => {
    const axolotl = axolotlFiles(JOB)[0]!.text;
    for (const line of ['lora_r: 16', 'peft_use_rslora: true', 'max_steps: 200', 'type: "chat_template"'])
      expect(axolotl).toContain(line);
    const { lora: _, ...whole } = JOB;
    const [config, info] = llamaFactoryFiles({ ...whole, dataset: 'text' });
    expect(config!.text).toContain('finetuning_type: "full"');
    expect(config!.text).toContain('stage: "pt"');
    expect(JSON.parse(info!.text)).toEqual({ train: { file_name: 'train.jsonl', columns: { prompt: 'text' } } });
  });

  test('mlx-lm: the scale instead of alpha', () => {
    const { text } = mlxFiles(JOB)[0]!;
    expect(text).toContain('scale: 8\n'); // 32 / √16
    expect(text).toContain('iters: 1600');
    expect(text).toContain('- "mlp.down_proj"');
  });
});

describe('Modelfile', () => {
  test('the format is seen in the chat template, and its end of a turn stops', () => {
    const text = writeModelfile({
      from: './m.gguf',
      end: '</s>',
      chatTemplate: "{{ '<|im_start|>' }}",
      parameters: { top_k: 40 },
    });
    expect(text).toContain('FROM ./m.gguf\nTEMPLATE """{{- range');
    expect(text).toContain('PARAMETER stop "<|im_end|>"');
    expect(text).toContain('PARAMETER top_k 40');
  });

  test('an unknown format is left to the GGUF; no template means the prompt as it is', () => {
    expect(writeModelfile({ from: 'm', end: '</s>', chatTemplate: '[INST]' })).toBe('FROM m\n');
    expect(writeModelfile({ from: 'm', end: '</s>', adapter: 'a' })).toBe(
      'FROM m\nADAPTER a\nTEMPLATE """{{ .Prompt }}"""\n',
    );
  });

  test('quotes in a text can’t end it', () => {
    const text = writeModelfile({ from: 'm', end: '</s>', chatTemplate: '-', system: 'a """ b"', license: 'MIT' });
    expect(text.match(/"""/g)).toHaveLength(4);
  });
});
