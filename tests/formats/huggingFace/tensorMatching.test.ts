import { expect, test } from 'vitest';
import { GPT2, type ModelShape } from '../../../src/base/modelShape';
import { matchTensors } from '../../../src/formats/huggingFace/tensorMatching';
import { tensorPlan } from '../../../src/formats/huggingFace/tensorNames';
import type { TensorSpec } from '../../../src/base/numbers/tensorData';
import { MODEL } from '../helpers';

const tensors = (model = MODEL): TensorSpec[] =>
  tensorPlan(model).flatMap((p) => p.slices.map((s): TensorSpec => ({ name: s.name, dtype: 'F32', shape: s.shape })));
const failure = (list: TensorSpec[], model = MODEL): unknown => {
  try {
    matchTensors(model, list, 'm');
  } catch (error) {
    return error;
  }
  return undefined;
};

test('a whole set passes, with the tied head and old buffers beside it', () => {
  const extra: TensorSpec[] = [
    { name: 'lm_head.weight', dtype: 'F32', shape: [301, 60] },
    { name: 'model.layers.0.self_attn.rotary_emb.inv_freq', dtype: 'F32', shape: [5] },
  ];
  expect(() => matchTensors(MODEL, [...tensors(), ...extra], 'm')).not.toThrow();
});

test('missing, misshapen and unknown tensors are named', () => {
  const all = tensors();
  expect(failure(all.slice(0, -1))).toMatchObject({ code: 'tensor-missing', facts: { tensor: 'model.norm.weight' } });
  expect(failure([{ ...all[0]!, shape: [60, 301] }, ...all.slice(1)])).toMatchObject({
    code: 'tensor-shape',
    facts: { found: '[60, 301]', expected: '[301, 60]' },
  });
  expect(failure([...all, { name: 'model.layers.2.x', dtype: 'F32', shape: [] }])).toMatchObject({
    code: 'tensor-unknown',
  });
});

const UNTIED: ModelShape = { ...MODEL, tiedEmbeddings: false };
const OF_GPT2: ModelShape = { ...MODEL, ...GPT2, kvHeads: MODEL.heads };
const inBody = (change: (inside: string) => string) => (name: string) =>
  name.startsWith('lm_head') ? name : change(name.replace(/^(model|transformer)\./, ''));

test.each<[string, (name: string) => string, ModelShape]>([
  ['nothing', inBody((inside) => inside), MODEL],
  ['nothing, the head beside', inBody((inside) => inside), UNTIED],
  ['nothing in GPT-2', inBody((inside) => inside), OF_GPT2],
  ['transformer., as old conversions have it', inBody((inside) => `transformer.${inside}`), MODEL],
  ['model. in GPT-2', inBody((inside) => `model.${inside}`), OF_GPT2],
  ['language_model. around all', (name) => `language_model.${name}`, UNTIED],
  ['model.language_model. beside the head', inBody((inside) => `model.language_model.${inside}`), UNTIED],
  ['module. of data parallel training', (name) => `module.${name}`, UNTIED],
  ['base_model.model. of PEFT', (name) => `base_model.model.${name}`, UNTIED],
  ['a name of its own', inBody((inside) => `my_llm.core.${inside}`), MODEL],
  ['_orig_mod. of torch.compile', (name) => `_orig_mod.${name}`, UNTIED],
  ['_orig_mod. of each block', (name) => name.replace(/(layers\.\d+\.)/, '$1_orig_mod.'), MODEL],
  [
    'wrappers in wrappers',
    (name) => `_forward_module._orig_mod.${name.replace(/(\.\d+\.)/, '$1_fsdp_wrapped_module.')}`,
    MODEL,
  ],
])('what stands around the model is no matter: %s', (_, renamed, model) => {
  const plain = tensors(model);
  const found = matchTensors(
    model,
    plain.map((t) => ({ ...t, name: renamed(t.name) })),
    'm',
  );
  expect([...found.keys()]).toEqual(plain.map(({ name }) => name));
  for (const [name, tensor] of found) expect(tensor.name).toBe(renamed(name));
});

test('errors name tensors as the file does', () => {
  const renamed = tensors().map((t) => ({ ...t, name: t.name.replace('model.', 'language_model.model.') }));
  const missing = { code: 'tensor-missing', facts: { tensor: 'language_model.model.norm.weight' } };
  expect(failure(renamed.slice(0, -1))).toMatchObject(missing);
  const beside: TensorSpec = { name: 'vision_tower.patch.weight', dtype: 'F32', shape: [2] };
  expect(failure([...renamed, beside])).toMatchObject({ code: 'tensor-unknown', facts: { tensor: beside.name } });
});

test('two models in one file, and one tensor under two names, are refused', () => {
  const twice = tensors().map((t) => ({ ...t, name: `draft.${t.name}` }));
  expect(failure([...tensors(), ...twice])).toMatchObject({
    code: 'tensor-unknown',
    facts: { tensor: 'draft.model.embed_tokens.weight' },
  });
  const compiled = { ...tensors()[3]!, name: `_orig_mod.${tensors()[3]!.name}` };
  expect(failure([...tensors(), compiled])).toMatchObject({ code: 'safetensors-duplicate' });
});

test('names of another kind are told beside those that belong there', () => {
  const meta = [{ ...tensors()[0]!, name: 'tok_embeddings.weight' }, ...tensors().slice(1)];
  expect(failure(meta)).toMatchObject({
    code: 'tensor-names',
    facts: { found: 'tok_embeddings.weight', expected: 'model.embed_tokens.weight' },
  });
});

test('a tensor without values is told as that', () => {
  const empty = tensors().map((t, i) => (i === 2 ? { ...t, shape: [0] } : t));
  expect(failure(empty)).toMatchObject({ code: 'tensor-empty', facts: { found: '[0]' } });
});

test('a head beside a tied model is given, for its values may differ', () => {
  const head: TensorSpec = { name: 'lm_head.weight', dtype: 'F32', shape: [301, 60] };
  expect(matchTensors(MODEL, [...tensors(), head], 'm').get('lm_head.weight')).toBe(head);
  const inside = { ...head, name: 'language_model.lm_head.weight' };
  const around = tensors().map((t) => ({ ...t, name: `language_model.${t.name}` }));
  expect(matchTensors(MODEL, [...around, inside], 'm').get('lm_head.weight')).toBe(inside);
});
