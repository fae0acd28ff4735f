import { expect, test } from 'vitest';
import { answering, remote, type OpenSide } from './answer';
import { caseNamed, resized, tokensOf } from './cases';
import { compare, rateOf, type Opener, type SideName } from './compare';
import { rowsOf } from './rows';
import { noCounts, type Measured, type Turn } from './side';

const bench = caseNamed('0.1M');

interface Fake {
  loss?: (step: number) => number;
  ids?: number[];
  /** Of a step. */
  seconds?: number;
}

/** A side that computes nothing, and keeps the sizes of its turns. */
function fake({ loss = (i) => 5 - i / 100, ids, seconds = 1 }: Fake, turns: number[]): Measured {
  const turn = async (from: number, count: number): Promise<Turn> => {
    turns.push(count);
    const losses = Array.from({ length: count }, (_, i) => loss(from + i));
    return { losses, seconds: count * seconds, dispatches: 10, submits: 1, script: 0.5, peakBytes: 100, cpu: 7 };
  };
  const report = { adapter: 'none', bytes: 50, predictedBytes: 100, matmul: 1e9 };
  return {
    turn,
    generate: async () => ids && { ids, tokensPerSecond: 8 },
    report: async () => report,
    close: () => undefined,
  };
}

async function run(sides: Partial<Record<SideName, Fake>>, seconds = 2) {
  const turns: Partial<Record<SideName, number[]>> = {};
  const open: Opener = async (side) => fake(sides[side]!, (turns[side] = []));
  const peers = (Object.keys(sides) as SideName[]).filter((side) => side !== 'ours');
  return { turns, compared: await compare(bench, peers, seconds, open) };
}

test('sides that computed the same are compared, by the medians of their turns', async () => {
  const { compared, turns } = await run({ ours: { seconds: 0.5, ids: [1, 2] }, tfjs: { ids: [1, 2] } });
  expect(turns).toEqual({ ours: [1, 1, 1, 1, 4, 4, 4], tfjs: [1, 1, 1, 1, 2, 2, 2] });
  expect(rateOf(compared.entries[0]!, bench)).toBe(2 * tokensOf(bench));
  const rows = rowsOf(compared, 'webgpu', 'a test');
  expect(rows).toContainEqual({
    ...{ metric: 'train_tokens_per_s', case: '0.1M', backend: 'webgpu', adapter: 'none, in a test' },
    ...{ ours: 2 * tokensOf(bench), peer: 'tfjs', peerValue: tokensOf(bench), ratio: 2 },
  });
  expect(rows.find(({ peer }) => peer === 'predicted')).toMatchObject({ metric: 'peak_gpu_bytes', ratio: 0.5 });
  expect(rows.filter(({ metric }) => metric === 'generate_tokens_per_s')).toHaveLength(1);
});

test('a side whose steps are long takes two to warm up, and one turn', async () => {
  const { turns } = await run({ ours: {}, tfjs: { seconds: 7 } });
  expect(turns.tfjs).toEqual([1, 1, 1]);
});

test.each<[string, Fake]>([
  ['other losses', { loss: (i) => 5.01 - i / 100 }],
  ['a loss that is no number', { loss: () => NaN }],
  ['other tokens', { ids: [1, 3] }],
])('%s: no figures', async (_, peer) => {
  await expect(run({ ours: { ids: [1, 2] }, '@jax-js/jax': peer })).rejects.toThrow(/can't be compared/);
});

test('the block of nanogpt is its own, but its losses are numbers', async () => {
  const other = { loss: () => 3, ids: [4] };
  expect((await run({ ours: { ids: [1] }, '@genai-fi/nanogpt': other })).compared.entries).toHaveLength(2);
  await expect(run({ ours: {}, '@genai-fi/nanogpt': { loss: () => Infinity } })).rejects.toThrow(/can't be compared/);
});

test('a case runs in other batches where they are asked for', () => {
  const large = caseNamed('124M');
  expect(tokensOf(large)).toBe(4096);
  expect(tokensOf(resized(large, { batchSize: '1', contextLength: '32' }))).toBe(32);
  expect(resized(large, { batchSize: undefined })).toEqual(large);
  for (const sizes of [{ batchSize: '0' }, { contextLength: '1.5' }, { contextLength: '2048' }, { batchSize: 'one' }])
    expect(() => resized(large, sizes)).toThrow('124M: a batch of');
});

test('a side in another process is given the case as it was asked for', async () => {
  const small = resized(bench, { batchSize: '1', contextLength: '8' });
  const opened: unknown[] = [];
  const open: OpenSide = async (given) => {
    opened.push(given);
    return { step: async () => 1, dispose: () => undefined };
  };
  const answer = answering(open, async () => undefined, noCounts());
  await remote(
    (question) => answer(structuredClone(question)),
    () => undefined,
    small,
  );
  expect(opened).toEqual([small]);
});
