// A base that was opened from a GGUF is tuned on calls of tools and leaves as an adapter for that very file.
// How files are opened: tests/studio/models/openGguf.test.ts.
import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { readGguf } from '../../../src/formats/gguf/ggufReading';
import { fromBytes } from '../../../src/base/numbers/asyncBuffer';
import { defaultSettings } from '../../../src/base/settings/trainSettings';
import { exportModel } from '../../../src/studio/export/exportModel';
import { prepare } from '../../../src/studio/data/prepare';
import { openFiles } from '../../../src/studio/models/openFiles';
import { dawn, LONG } from '../../dawn';
import { TuningOnGpu } from '../tuningOnGpu';

const GGUF = readFileSync(new URL('../../fixtures/gguf/qwen3.gguf', import.meta.url));
const TALKS = Array.from({ length: 12 }, (_, i) => ({
  messages: [
    { role: 'user', content: `${i}?` },
    { role: 'assistant', content: null, tool_calls: [{ function: { name: 'f', arguments: { n: i } } }] },
  ],
}));

beforeAll(() => void dawn());

test('a GGUF learns, and its adapter as GGUF has the names and sides of its matrices', LONG, async () => {
  const on = await TuningOnGpu.open(TALKS, 280, { task: 'chat', method: 'lora', loraRank: 2, frozenPrecision: 'f32' });
  const base = await openFiles(on.db, [new File([GGUF], 'qwen3.gguf')], {});
  const patch = { contextLength: 64, batchSize: 2, steps: 3, sampleEvery: 0, validationEvery: 3, learningRate: 2e-2 };
  const settings = { ...defaultSettings(), task: 'chat', method: 'lora', loraRank: 2, frozenPrecision: 'f32' } as const;
  const { id: preparedId } = await prepare(on.db, { ...on.askedFor(base.id), tokenizerId: base.tokenizerId });
  const run = await on.studio.start({
    ...{ name: 'r', start: { kind: 'weights', weightsId: base.id }, preparedId, tokenizerId: base.tokenizerId },
    settings: { ...settings, ...patch },
  });
  await on.ended();
  const { losses, id } = await on.outcome(run.id);
  expect(losses.at(-1)).toBeLessThan(losses[0]!);
  const { blob } = await exportModel(on.db, id, 'gguf-lora');
  const [adapter, file] = await Promise.all([
    readGguf(fromBytes(new Uint8Array(await blob!.arrayBuffer())), 'lora'),
    readGguf(fromBytes(new Uint8Array(GGUF)), 'base'),
  ]);
  expect(adapter.metadata.get('general.architecture')).toBe(file.metadata.get('general.architecture'));
  const shapes = new Map(file.tensors.map(({ name, shape }) => [name, shape]));
  const downs = adapter.tensors.filter(({ name }) => name.endsWith('.lora_a'));
  expect(downs.length).toBeGreaterThan(5);
  for (const { name, shape } of downs) {
    const [outputs, inputs] = shapes.get(name.replace('.lora_a', ''))!;
    const up = adapter.tensors.find((other) => other.name === name.replace('.lora_a', '.lora_b'));
    expect([shape, up?.shape], name).toEqual([
      [2, inputs],
      [outputs, 2],
    ]);
  }
});
