import { expect, test } from 'vitest';
import { loraSpecs } from '../../../../src/base/lora';
import { GPT2, parameterSpecs, type ModelShape } from '../../../../src/base/modelShape';
import { defaultSettings } from '../../../../src/base/settings/trainSettings';
import { decayOf } from '../../../../src/engine/training/optim/optimizer';
import { MODEL } from '../../../storage/storage';

const decaying = (model: ModelShape, decayAll = false): string[] =>
  parameterSpecs(model)
    .filter((spec) => decayOf(spec, { ...defaultSettings(), weightDecay: 0.1, decayAll }) > 0)
    .map(({ name }) => name);

// what the setting's help says
test('matrices of the blocks decay, and a head of its own; norms, biases, embeddings and positions do not', () => {
  const blocks = [...Array(MODEL.layers).keys()].flatMap((i) =>
    ['qkv', 'o', 'gateUp', 'down'].map((matrix) => `layers.${i}.${matrix}`),
  );
  expect(decaying(MODEL)).toEqual(blocks);
  expect(decaying({ ...MODEL, tiedEmbeddings: false })).toEqual([...blocks, 'head']);
  const gpt2 = decaying({ ...MODEL, ...GPT2, kvHeads: MODEL.heads });
  expect(gpt2).toEqual(blocks.map((name) => name.replace('gateUp', 'up')));
});

test('all of an adapter decays, and everything where a person asked for it', () => {
  const lora = { rank: 2, alpha: 2, dropout: 0, rankStabilized: false, targets: ['q' as const, 'up' as const] };
  const settings = { ...defaultSettings(), weightDecay: 0.1 };
  expect(loraSpecs(MODEL, lora).every((spec) => decayOf(spec, settings) === 0.1)).toBe(true);
  expect(decaying(MODEL, true)).toHaveLength(parameterSpecs(MODEL).length);
});
