// The rows of an evaluation as tasks of lm-evaluation-harness. On request the harness runs them on the saved model and
// must have our numbers to 1e-3: HARNESS_PYTHON names a Python that has lm_eval[hf].
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { PreferencePair } from '../../../src/base/conversation';
import type { EvaluationReport } from '../../../src/base/wire/evaluation';
import type { AtelierDb } from '../../../src/storage/db';
import { ComputeStudio } from '../../../src/studio/computeStudio';
import { harnessFile } from '../../../src/studio/evaluate/harnessFile';
import { evaluationReport } from '../../../src/studio/evaluate/report';
import { exportModel } from '../../../src/studio/export/exportModel';
import { folderOf } from '../../../src/studio/models/modelFolder';
import { keepModel } from '../../../src/studio/models/openModel';
import { dawn } from '../../dawn';
import { freshStorage } from '../../storage/storage';
import { storedLetters } from '../score/families';

const PYTHON = process.env['HARNESS_PYTHON'];
const STARTER = join(import.meta.dirname, '../../../public/models/atelier-starter');

const TEXTS = [
  'The small fox ran over the hill and did not look back.',
  'A letter came on Monday.\nNobody   opened it, and so the week went by.',
  '“Where to?” asked the driver – “Home,” she said. 好的。',
  '[1, 2, 3]',
];
const pair = (question: string, chosen: string, rejected: string): PreferencePair => ({
  prompt: [{ role: 'user', content: question }],
  chosen: [{ role: 'assistant', content: chosen }],
  rejected: [{ role: 'assistant', content: rejected }],
});
const PAIRS = [
  pair('What is in the box?', 'A key and a map.', 'I like boxes of all sizes, and there was a time when I had many.'),
  pair('Who went home?', 'The dog went home before it was dark.', 'No.'),
  pair('Say hello.', 'Hello there!', '你好，你好，你好。'),
  pair('Where is the cat?', 'It sat on the mat.', 'It sat in the hat.'),
  pair('Count to three.', 'One, two, three.', '1 2 3'),
];

beforeAll(() => void dawn());

async function evaluation(rows: readonly string[], content: 'text' | 'preference', writing: 'plain' | 'template') {
  const db = await freshStorage();
  const files = readdirSync(STARTER).map((name) => new File([readFileSync(join(STARTER, name))], name));
  const model = await keepModel(db, { ...(await folderOf(files)), source: 'atelier-starter' });
  const { id: datasetId } = await storedLetters(db, rows, { content });
  const studio = new ComputeStudio(db);
  const { id } = await studio.evaluations.begin(
    {
      ...{ name: 'Tried', from: { kind: 'dataset', datasetId, name: 'rows' }, mostRows: 50, longestAnswer: 1, seed: 1 },
      ...{ models: [{ weightsId: model.id, name: 'm', writing }], general: false, parts: ['language', 'preference'] },
    },
    new AbortController().signal,
  );
  return { db, id, modelId: model.id, studio };
}

const pairs = (writing: 'plain' | 'template') =>
  evaluation(
    PAIRS.map((one) => JSON.stringify(one)),
    'preference',
    writing,
  );

/** Rows of a task in the zip, which is stored uncompressed. */
async function rowsIn(db: AtelierDb, id: string): Promise<string> {
  const { blob, fileName } = await harnessFile(db, id);
  expect(fileName).toBe('Tried-lm-eval.zip');
  return blob.text();
}

test('pairs stand as the model reads them, with the tokens that begin and end a turn', async () => {
  const { db, id } = await pairs('template');
  const written = await rowsIn(db, id);
  const [line] = written.split('\n').filter((one) => one.startsWith('{"context"') && one.includes('Say hello'));
  const { context, choices, gold } = JSON.parse(line!) as { context: string; choices: string[]; gold: number };
  expect(gold).toBe(0);
  expect(context).toMatch(/Say hello\.[\s\S]*assistant\s*$/);
  expect(choices[0]).toMatch(/^Hello there!<\|/);
  expect(choices[1]).toMatch(/^你好/);
});

test('plain pairs stand behind their lines, and texts as they are', async () => {
  const { db, id } = await pairs('plain');
  expect(await rowsIn(db, id)).toContain('user: Say hello.\\nassistant:","choices":[" Hello there!');
  const texts = await evaluation(TEXTS, 'text', 'plain');
  expect(await rowsIn(texts.db, texts.id)).toContain(JSON.stringify({ text: TEXTS[1] }));
});

describe.skipIf(PYTHON === undefined)('on request, the harness', { timeout: 600_000 }, () => {
  function unpacked(folder: string, blob: Blob, bytes: ArrayBuffer): void {
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `${blob.size}.zip`);
    writeFileSync(file, new Uint8Array(bytes));
    expect(spawnSync('unzip', ['-q', '-o', file, '-d', folder]).status).toBe(0);
    rmSync(file);
  }

  /** By metric, as the harness writes them: `acc,none`. */
  function harness(folder: string, model: string): Record<string, number> {
    const tasks = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
    const names = tasks.map((file) => /^task: "(.*)"$/m.exec(readFileSync(join(folder, file), 'utf8'))![1]!);
    const options = ['--include_path', '.', '--tasks', names.join(','), '--output_path', 'out', '--device', 'cpu'];
    const done = spawnSync(
      PYTHON!,
      ['-m', 'lm_eval', 'run', '--model', 'hf', '--model_args', `pretrained=${model},dtype=float32`, ...options],
      { cwd: folder, encoding: 'utf8', env: { ...process.env, HF_HUB_OFFLINE: '1', HF_DATASETS_OFFLINE: '1' } },
    );
    expect([done.status, done.stderr.slice(-3000)]).toEqual([0, expect.any(String)]);
    const [inner] = readdirSync(join(folder, 'out'));
    const file = readdirSync(join(folder, 'out', inner!)).find((name) => name.startsWith('results'))!;
    const told = JSON.parse(readFileSync(join(folder, 'out', inner!, file), 'utf8')) as {
      results: Record<string, Record<string, number>>;
    };
    return Object.assign({}, ...names.map((name) => told.results[name])) as Record<string, number>;
  }

  async function both(of: Awaited<ReturnType<typeof evaluation>>) {
    const { db, id, modelId, studio } = of;
    await studio.evaluations.measure(id, () => undefined, new AbortController().signal);
    const report = await evaluationReport(db, id);
    const folder = mkdtempSync(join(tmpdir(), 'atelier-harness-'));
    try {
      const model = (await exportModel(db, modelId, 'safetensors')).blob!;
      const tasks = (await harnessFile(db, id)).blob;
      unpacked(join(folder, 'model'), model, await model.arrayBuffer());
      unpacked(folder, tasks, await tasks.arrayBuffer());
      return { report, told: harness(folder, 'model') };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  const ours = ({ metrics }: EvaluationReport, key: string): number =>
    metrics.find((metric) => metric.key === key)!.values[0]!;

  test('measures texts as we do', async () => {
    const { report, told } = await both(await evaluation(TEXTS, 'text', 'plain'));
    for (const [key, name] of [
      ['wordPerplexity', 'word_perplexity'],
      ['bytePerplexity', 'byte_perplexity'],
      ['bitsPerByte', 'bits_per_byte'],
    ] as const)
      expect(Math.abs(told[`${name},none`]! / ours(report, key) - 1), name).toBeLessThan(1e-3);
  });

  test.each(['plain', 'template'] as const)('chooses between answers as we do, %s', async (writing) => {
    const { report, told } = await both(await pairs(writing));
    for (const [key, name] of [
      ['accuracyByLikelihood', 'acc'],
      ['accuracyByCharacter', 'acc_norm'],
      ['accuracyByByte', 'acc_bytes'],
    ] as const)
      expect(Math.abs(told[`${name},none`]! - ours(report, key)), name).toBeLessThan(1e-3);
  });
});
