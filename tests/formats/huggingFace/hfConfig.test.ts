import { expect, test } from 'vitest';
import { parameterCount } from '../../../src/base/modelShape';
import { readHfConfig } from '../../../src/formats/huggingFace/hfConfig';
import { writeHfConfig } from '../../../src/formats/huggingFace/hfConfigWriting';
import { MODEL } from '../helpers';

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

test('Python’s Infinity and NaN in fields that no decoder reads are no fault, in those that one reads a named one', () => {
  const python = (field: string): string => JSON.stringify(SMOL).replace('{', `{${field}, `);
  const harmless = '"time_step_limit": [0.0, Infinity], "note": "NaN, -Infinity", "x": [-Infinity, NaN]';
  expect(readHfConfig(python(harmless), 'c')).toEqual(read({}));
  expect(() => readHfConfig(python(harmless).replace('LlamaFor', 'MambaFor'), 'c')).toThrow(
    expect.objectContaining({
      code: 'config-unsupported',
      facts: expect.objectContaining({ field: 'architectures', found: '"MambaForCausalLM"' }) as object,
    }),
  );
  for (const [written, found] of [
    ['NaN', '"NaN"'],
    ['-Infinity', '-Infinity'],
  ])
    expect(() => readHfConfig(JSON.stringify(SMOL).replace('100000', written!), 'c')).toThrow(
      expect.objectContaining({ facts: expect.objectContaining({ field: 'rope_theta', found }) as object }),
    );
});
