import { describe, expect, test } from 'vitest';
import { defaultSettings } from '../../src/base/settings/trainSettings';
import { sizeOf } from '../../src/base/numbers/dtype';
import { parameterCount, type ModelShape } from '../../src/base/modelShape';
import { readGenerationConfig, writeGenerationConfig } from '../../src/formats/huggingFace/generationConfig';
import { readHfConfig } from '../../src/formats/huggingFace/hfConfig';
import { writeHfConfig } from '../../src/formats/huggingFace/hfConfigWriting';
import { writeModelCard } from '../../src/formats/huggingFace/modelCard';
import { matchTensors, tensorPlan } from '../../src/formats/huggingFace/tensorNames';
import type { TensorSpec } from '../../src/base/numbers/tensorData';

const MODEL: ModelShape = {
  vocabSize: 301,
  hiddenSize: 60,
  intermediateSize: 77,
  layers: 2,
  heads: 6,
  kvHeads: 2,
  headDim: 10,
  contextLength: 48,
  ropeTheta: 12_345,
  normEps: 1e-5,
};

const SMOL = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  vocab_size: 49152,
  hidden_size: 576,
  intermediate_size: 1536,
  num_hidden_layers: 30,
  num_attention_heads: 9,
  num_key_value_heads: 3,
  hidden_act: 'silu',
  max_position_embeddings: 8192,
  rms_norm_eps: 1e-5,
  rope_theta: 100000,
  rope_scaling: null,
  rope_interleaved: false,
  tie_word_embeddings: true,
  attention_bias: false,
  eos_token_id: 0,
};
const read = (patch: object): ReturnType<typeof readHfConfig> =>
  readHfConfig(JSON.stringify({ ...SMOL, ...patch }), 'c');

describe('config.json', () => {
  test('what is written reads back', () => {
    expect(readHfConfig(writeHfConfig(MODEL, { eos: [0] }), 'c')).toEqual({ model: MODEL, endTokenIds: [0] });
  });

  test('the shape of SmolLM2-135M has its published parameter count', () => {
    const { model } = read({});
    expect(parameterCount(model)).toBe(134_515_008);
    expect(model).toMatchObject({ headDim: 64, ropeTheta: 100_000, contextLength: 8192 });
  });

  test('the spelling of transformers 5, and a list of end tokens', () => {
    const { rope_theta: _, ...rest } = SMOL;
    const v5 = {
      ...rest,
      rope_parameters: { rope_type: 'default', rope_theta: 5e5 },
      dtype: 'bfloat16',
      eos_token_id: [1, 106],
    };
    expect(readHfConfig(JSON.stringify(v5), 'c')).toMatchObject({ model: { ropeTheta: 5e5 }, endTokenIds: [1, 106] });
  });

  test.each([
    ['architectures', { architectures: ['MistralForCausalLM'] }],
    ['architectures', { architectures: ['Gemma3ForConditionalGeneration'] }],
    ['model_type', { model_type: 'mistral' }],
    ['model_type', { architectures: undefined, model_type: 'phi3' }],
    ['hidden_act', { hidden_act: 'relu' }],
    ['rope_scaling.rope_type', { rope_scaling: { rope_type: 'longrope', factor: 32 } }],
    ['rope_scaling.rope_type', { rope_scaling: { type: 'dynamic', factor: 2 } }],
    ['rope_parameters.rope_type', { rope_parameters: { rope_type: 'yarn' } }],
    ['rope_parameters.partial_rotary_factor', { rope_parameters: { partial_rotary_factor: 0.5 } }],
    ['rope_interleaved', { rope_interleaved: true }],
    ['sliding_window', { sliding_window: 1024 }],
    ['quantization_config', { quantization_config: { bits: 4 } }],
  ])('%s: refused by name', (field, patch) => {
    expect(() => read(patch)).toThrow(
      expect.objectContaining({ code: 'config-unsupported', facts: expect.objectContaining({ field }) as object }),
    );
  });

  test.each([
    ['hidden_size', { hidden_size: 'big' }],
    ['hidden_size', { hidden_size: 577 }],
    ['num_hidden_layers', { num_hidden_layers: 1e9 }],
    ['num_key_value_heads', { num_key_value_heads: 4 }],
    ['vocab_size', { vocab_size: 0 }],
    ['rms_norm_eps', { rms_norm_eps: -1 }],
    ['head_dim', { head_dim: 63 }],
    ['eos_token_id', { eos_token_id: 'end' }],
    ['attention_bias', { attention_bias: 'yes' }],
    ['rope_scaling', { rope_scaling: 'llama3' }],
    ['rope_parameters.rope_theta', { rope_theta: null, rope_scaling: null, rope_parameters: { rope_theta: 'x' } }],
  ])('%s: a value that can’t be', (field, patch) => {
    expect(() => read(patch)).toThrow(
      expect.objectContaining({ code: 'config-value', facts: expect.objectContaining({ field }) as object }),
    );
  });

  test('a missing field is named', () => {
    expect(() => read({ vocab_size: undefined })).toThrow(
      expect.objectContaining({ code: 'config-missing', facts: { file: 'c', field: 'vocab_size' } }),
    );
  });

  test('what differs from Llama 1: biases, stretched angles, a head of its own', () => {
    const llama3 = {
      rope_type: 'llama3',
      factor: 32,
      low_freq_factor: 1,
      high_freq_factor: 4,
      original_max_position_embeddings: 8192,
    };
    const { model } = read({ attention_bias: true, mlp_bias: true, tie_word_embeddings: false, rope_scaling: llama3 });
    expect(model).toMatchObject({
      qkvBias: true,
      outputBias: true,
      feedForwardBias: true,
      tiedEmbeddings: false,
      ropeScaling: { type: 'llama3', factor: 32, lowFactor: 1, highFactor: 4, originalContext: 8192 },
    });
    expect(read({ rope_scaling: { type: 'linear', factor: 2 } }).model.ropeScaling).toEqual({
      type: 'linear',
      factor: 2,
    });
    expect(read({ tie_word_embeddings: undefined }).model.tiedEmbeddings).toBe(false);
  });

  test('Gemma 3 in the words of transformers 4 and 5', () => {
    const { rope_theta: _theta, rope_scaling: _scaling, rope_interleaved: _i, hidden_act: _act, ...sizes } = SMOL;
    const gemma = {
      ...sizes,
      architectures: ['Gemma3ForCausalLM'],
      model_type: 'gemma3_text',
      hidden_size: 640,
      num_attention_heads: 4,
      num_key_value_heads: 1,
      num_hidden_layers: 8,
      sliding_window: 512,
    };
    const v4 = { ...gemma, sliding_window_pattern: 4, rope_local_base_freq: 5e3, rope_theta: 2e6 };
    const types = Array.from({ length: 8 }, (_, i) => (i % 4 === 3 ? 'full_attention' : 'sliding_attention'));
    const kinds = { full_attention: { rope_theta: 2e6 }, sliding_attention: { rope_theta: 5e3, rope_type: 'default' } };
    const v5 = { ...gemma, layer_types: types, rope_parameters: kinds };
    const { model } = readHfConfig(JSON.stringify(v4), 'c');
    expect(readHfConfig(JSON.stringify(v5), 'c').model).toEqual(model);
    expect(model).toMatchObject({
      family: 'gemma3',
      headDim: 256,
      normOffset: 1,
      activation: 'geluTanh',
      attentionScale: 1 / 16,
      embeddingScale: Math.sqrt(640),
      ropeTheta: 2e6,
      slidingRopeTheta: 5e3,
      slidingLayers: [true, true, true, false, true, true, true, false],
    });
    const odd = JSON.stringify({ ...gemma, final_logit_softcapping: 30 });
    expect(() => readHfConfig(odd, 'c')).toThrow(expect.objectContaining({ code: 'config-unsupported' }));
  });

  test('Qwen slides only where use_sliding_window says so', () => {
    const { rope_interleaved: _, ...sizes } = SMOL;
    const qwen = { ...sizes, architectures: ['Qwen2ForCausalLM'], model_type: 'qwen2', num_hidden_layers: 3 };
    const read = (patch: object) => readHfConfig(JSON.stringify({ ...qwen, ...patch }), 'c').model;
    const window = { sliding_window: 4096, max_window_layers: 2 };
    expect(read({ ...window, use_sliding_window: false }).slidingLayers).toBeUndefined();
    expect(read({ ...window, use_sliding_window: true })).toMatchObject({
      slidingWindow: 4096,
      slidingLayers: [false, false, true],
    });
  });

  test('a model that its family can’t say is not written', () => {
    expect(() => writeHfConfig({ ...MODEL, qkNorm: true }, { eos: [0] })).toThrow(
      expect.objectContaining({
        code: 'config-unwritable',
        facts: expect.objectContaining({ field: 'qkNorm' }) as object,
      }),
    );
  });

  test('generation_config.json: temperature 0 is greedy, and what is written reads back', () => {
    const facts = { eos: [0, 7], bos: 1, topK: 40, topP: 0.9, minP: 0.05, repetitionPenalty: 1.1, maxTokens: 99 };
    const greedy = writeGenerationConfig({ ...facts, temperature: 0 });
    expect(JSON.parse(greedy)).toMatchObject({ do_sample: false });
    expect(readGenerationConfig(greedy, 'g').temperature).toBe(0);
    const sampled = { ...facts, temperature: 0.5 };
    expect(readGenerationConfig(writeGenerationConfig(sampled), 'g')).toEqual(sampled);
  });
});

describe('names of tensors', () => {
  const tensors = (): TensorSpec[] =>
    tensorPlan(MODEL).flatMap((p) => p.slices.map((s): TensorSpec => ({ name: s.name, dtype: 'F32', shape: s.shape })));

  test('the slices of a parameter are the whole of it, in order', () => {
    for (const { parameter, slices } of tensorPlan(MODEL)) {
      let row = 0;
      for (const slice of slices) {
        expect(slice.row).toBe(row);
        expect(slice.shape).toEqual([slice.rows, ...parameter.shape.slice(1)]);
        row += slice.rows;
      }
      expect(row).toBe(parameter.shape[0]);
    }
    expect(tensors().reduce((n, t) => n + sizeOf(t.shape), 0)).toBe(parameterCount(MODEL));
  });

  test('names and shapes are those of LlamaForCausalLM', () => {
    const shapes = Object.fromEntries(tensors().map((t) => [t.name, t.shape]));
    expect(shapes).toMatchObject({
      'model.embed_tokens.weight': [301, 60],
      'model.layers.1.input_layernorm.weight': [60],
      'model.layers.1.self_attn.q_proj.weight': [60, 60],
      'model.layers.1.self_attn.k_proj.weight': [20, 60],
      'model.layers.1.self_attn.v_proj.weight': [20, 60],
      'model.layers.1.self_attn.o_proj.weight': [60, 60],
      'model.layers.1.post_attention_layernorm.weight': [60],
      'model.layers.1.mlp.gate_proj.weight': [77, 60],
      'model.layers.1.mlp.up_proj.weight': [77, 60],
      'model.layers.1.mlp.down_proj.weight': [60, 77],
      'model.norm.weight': [60],
    });
    expect(Object.keys(shapes)).toHaveLength(2 + 2 * 9);
  });

  test('a whole set passes, with the tied head and old buffers beside it', () => {
    const extra: TensorSpec[] = [
      { name: 'lm_head.weight', dtype: 'F32', shape: [301, 60] },
      { name: 'model.layers.0.self_attn.rotary_emb.inv_freq', dtype: 'F32', shape: [5] },
    ];
    expect(() => matchTensors(MODEL, [...tensors(), ...extra], 'm')).not.toThrow();
  });

  test('missing, misshapen and unknown tensors are named', () => {
    const all = tensors();
    const failure = (list: TensorSpec[]): unknown => {
      try {
        matchTensors(MODEL, list, 'm');
      } catch (error) {
        return error;
      }
      return undefined;
    };
    expect(failure(all.slice(0, -1))).toMatchObject({ code: 'tensor-missing', facts: { tensor: 'model.norm.weight' } });
    expect(failure([{ ...all[0]!, shape: [60, 301] }, ...all.slice(1)])).toMatchObject({
      code: 'tensor-shape',
      facts: { found: '[60, 301]', expected: '[301, 60]' },
    });
    expect(failure([...all, { name: 'model.layers.2.x', dtype: 'F32', shape: [] }])).toMatchObject({
      code: 'tensor-unknown',
    });
  });
});

describe('model card', () => {
  const card = writeModelCard({
    name: 'a: "name" | <script>',
    holds: 'model',
    model: MODEL,
    tokenizer: { kind: 'bpe' },
    dtype: 'F32',
    chat: false,
    origin: { tunedFrom: 'first\nrun' },
    datasetNames: ['one.txt', '二.md'],
    step: 1234,
    tokens: 56_789,
    validationLoss: 2.34567,
    settings: { ...defaultSettings(), learningRate: 0.00123 },
    exportedAt: new Date('2026-03-04T05:06:07Z'),
  });

  test('says what is known and leaves out what is not', () => {
    for (const fact of ['1234', '56,789', '2.3457', '0.00123', 'one.txt, 二.md', '2026-03-04', 'first run']) {
      expect(card).toContain(fact);
    }
    expect(card).not.toMatch(/undefined|NaN|Training loss|SHA-256|base_model|license/);
  });

  test('an adapter names its base, the base’s licence, and what was trained', () => {
    const text = writeModelCard({
      name: 'fables',
      holds: 'adapter',
      model: { ...MODEL, family: 'qwen2' },
      tokenizer: { kind: 'pretrained' },
      dtype: 'BF16',
      chat: true,
      origin: { tunedFrom: 'owner/base' },
      base: { name: 'base', repository: 'owner/base', revision: '0a1b', licence: 'apache-2.0' },
      adapter: { rank: 4, alpha: 8, dropout: 0, rankStabilized: false, targets: ['q', 'down'] },
      datasetNames: ['one.jsonl'],
      exportedAt: new Date('2026-03-04T05:06:07Z'),
    });
    const head = ['library_name: "peft"', 'license: "apache-2.0"', 'base_model: "owner/base"', '- "qwen2"', '- "lora"'];
    for (const fact of [...head, 'Qwen 2 architecture', 'rank 4, alpha 8, counted 2 times', 'q, down', 'PeftModel'])
      expect(text).toContain(fact);
    expect(text).toContain('| Base | owner/base, commit 0a1b |');
    expect(text).toContain('AutoModelForCausalLM.from_pretrained("owner/base", revision="0a1b")');
    expect(text).not.toMatch(/undefined|NaN|Llama/);
  });

  test('a name can’t break the head or the page', () => {
    expect(card.split('---')[1]).toContain('model_name: "a: \\"name\\" | <script>"');
    expect(card.split('---').slice(2).join()).not.toContain('<script>');
  });
});
