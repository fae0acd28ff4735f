import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { fromBlob } from '../../../../src/base/numbers/asyncBuffer';
import { defaultSettings, type TrainSettings } from '../../../../src/base/settings/trainSettings';
import type { RunEvent } from '../../../../src/base/wire/events';
import type { ModelRecord } from '../../../../src/base/records/model';
import { listZip } from '../../../../src/formats/zip';
import { listCheckpoints } from '../../../../src/storage/checkpoints';
import type { AtelierDb } from '../../../../src/storage/db';
import { readHistory } from '../../../../src/storage/runs';
import { exportModel } from '../../../../src/studio/export/exportModel';
import { ComputeStudio } from '../../../../src/studio/computeStudio';
import { importFile } from '../../../../src/studio/data/importData';
import { prepare } from '../../../../src/studio/data/prepare';
import { dawn } from '../../../dawn';
import { freshStorage } from '../../../storage/storage';
import { familyModel } from '../../models/publishedModels';

// A run that is stopped in the middle and taken to a bigger machine. With WRITE_JOB=<folder> the zips are unpacked
// there, for tests/fixtures/job.py, which lets TRL go on with them and compares its first loss with the studio's next
// one.

const CONFIG: Partial<TrainSettings> = {
  contextLength: 48,
  batchSize: 2,
  accumulate: 2,
  steps: 6,
  saveEverySteps: 3,
  validationEvery: 3,
  learningRate: 1e-2,
  loraRank: 3,
  loraDropout: 0,
  frozenPrecision: 'f32',
  warmupShare: 0.2,
};
const TALKS = Array.from({ length: 40 }, (_, i) => ({
  messages: [
    { role: 'user', content: `Is ${i} odd?` },
    { role: 'assistant', content: i % 2 ? 'Yes, it is.' : 'No.', ...(i % 10 === 1 && { weight: 0.5 }) },
  ],
}));

const message = (role: string, content: string) => ({ role, content });
const PAIRS = Array.from({ length: 40 }, (_, i) => ({
  prompt: [message('user', `Is ${i} odd?`)],
  chosen: [
    message('assistant', i % 2 ? 'Yes, it is.' : 'No.'),
    ...(i === 0 ? [message('user', 'Sure?'), message('assistant', 'Yes.')] : []),
  ],
  rejected: [message('assistant', i % 3 ? 'Odd?' : 'Not sure.')],
}));

let db: AtelierDb;
let base: ModelRecord;
let talks: string;
beforeAll(async () => {
  dawn(); // the studio looks what there is, and computes on the CPU all the same: it is faster than a GPU in software at this size
  db = await freshStorage();
  base = await familyModel(db, 'smol');
  talks = await imported(TALKS);
});

async function imported(rows: readonly object[]): Promise<string> {
  const lines = rows.map((row) => JSON.stringify(row)).join('\n');
  return (await importFile(db, new File([lines], 'rows.jsonl'))).id;
}

interface Trained {
  checkpointId: string;
  /** Of all steps. */
  losses: number[];
}

/** Six steps, and the checkpoint after the third. */
async function trained(patch: Partial<TrainSettings>, datasetId = talks): Promise<Trained> {
  const settings = { ...defaultSettings(), ...CONFIG, ...patch };
  const { tokenizerId, id: weightsId } = base;
  const asked = { datasetIds: [datasetId], tokenizerId, seed: 1, validationShare: 0.2, task: settings.task, weightsId };
  const { id: preparedId } = await prepare(db, asked);
  const studio = new ComputeStudio(db);
  await studio.computeOn('cpu');
  const events: RunEvent[] = [];
  studio.subscribe((batch) => events.push(...batch));
  const start = { kind: 'weights', weightsId } as const;
  const { id } = await studio.start({ name: 'odd', start, preparedId, tokenizerId, settings });
  const ended = (e: RunEvent): boolean => e.type === 'error' || (e.type === 'run' && e.run.status === 'finished');
  while (!events.some(ended)) await new Promise((done) => setTimeout(done, 20));
  const losses = (await readHistory(db, id)).flatMap((part) => part.steps.map((p) => p.loss));
  const found = (await listCheckpoints(db, id)).find(({ step }) => step === 3);
  return { checkpointId: found!.id, losses };
}

/** @param name of the folder that is written, if any. */
async function jobOf({ checkpointId, losses }: Trained, name?: string): Promise<Map<string, string>> {
  const { blob, fileName } = await exportModel(db, checkpointId, 'job');
  const files = new Map<string, string>();
  for (const file of await listZip(fromBlob(blob!), fileName)) {
    const bytes = Buffer.from(await (await file.open()).slice(0, file.byteLength));
    files.set(file.path, bytes.toString('utf8'));
    const folder = process.env['WRITE_JOB'];
    if (!folder || !name) continue;
    const path = join(folder, name, file.path);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
    writeFileSync(join(folder, name, 'expected.json'), JSON.stringify({ loss: losses[3] }));
  }
  return files;
}

const linesOf = (text: string): unknown[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

interface Row {
  input_ids: number[];
  labels: number[];
}

describe('a run as a job for another trainer', () => {
  let chat: Trained;
  test('conversations and an adapter: data as it was split, windows with their masks, and everything that names them', async () => {
    chat = await trained({ task: 'chat', method: 'lora' });
    const files = await jobOf(chat, 'chat');
    expect([...files.keys()].filter((path) => !path.startsWith('base/')).sort()).toEqual(
      [
        'README.md',
        'accelerate.yaml',
        'adapter/adapter_config.json',
        'adapter/adapter_model.safetensors',
        'adapter/mlx.safetensors',
        'axolotl.yaml',
        'data/train.jsonl',
        'data/valid.jsonl',
        'dataset_info.json',
        'llamafactory.yaml',
        'mlx.yaml',
        'train.py',
        'windows.jsonl',
        'chat_template.jinja',
      ].sort(),
    );
    const rows = [...linesOf(files.get('data/train.jsonl')!), ...linesOf(files.get('data/valid.jsonl')!)];
    expect(rows).toHaveLength(TALKS.length);
    expect(rows).toEqual(expect.arrayContaining(TALKS));
    expect(linesOf(files.get('data/valid.jsonl')!)).toHaveLength(8);

    const windows = linesOf(files.get('windows.jsonl')!) as { rows: Row[] }[];
    expect(windows.length % 4).toBe(0); // whole steps of 2 × 2
    for (const { input_ids, labels } of windows.flatMap((window) => window.rows)) {
      expect(labels).toHaveLength(input_ids.length);
      expect(labels.some((label) => label >= 0)).toBe(true);
      for (const [i, label] of labels.entries()) expect([-100, input_ids[i]]).toContain(label);
    }
    expect(files.get('train.py')).toContain('START = 3\nTOTAL = 6\nWARMUP = 1');
    expect(files.get('axolotl.yaml')).toContain('lora_model_dir: "adapter"');
    expect(files.get('base/chat_template.jinja')).toBe(files.get('chat_template.jinja')); // the base came without one
    expect(files.get('README.md')).toContain(`SHA-256 ${base.sha256}`);
    expect(files.get('README.md')).toContain('count as 1: 4 rows have such weights');
  });

  test('plain text and all weights: the model so far is the base', async () => {
    const files = await jobOf(await trained({ task: 'text', method: 'full', learningRate: 1e-3 }), 'text');
    expect(files.has('adapter/adapter_config.json')).toBe(false);
    expect(files.has('base/model.safetensors')).toBe(true);
    const [row] = linesOf(files.get('data/train.jsonl')!) as { text: string }[];
    expect(row!.text).toMatch(/Is \d+ odd\?/);
    const [window] = linesOf(files.get('windows.jsonl')!) as { rows: Row[] }[];
    expect(window!.rows).toHaveLength(1);
    expect(window!.rows[0]!.input_ids).toHaveLength(49);
    expect(window!.rows[0]!.labels.slice(1)).toEqual(window!.rows[0]!.input_ids.slice(1));
  });

  test.each(['dpo', 'orpo'] as const)(
    'pairs (%s): both answers of a window, and the base as the reference',
    async (task) => {
      const run = await trained(
        { task, method: 'lora', preferenceBeta: 0.3, learningRate: 2e-3 },
        await imported(PAIRS),
      );
      const files = await jobOf(run, task);
      expect(files.has('mlx.yaml')).toBe(false);
      const rows = [...linesOf(files.get('data/train.jsonl')!), ...linesOf(files.get('data/valid.jsonl')!)];
      const single = PAIRS.slice(1).map(({ prompt, chosen, rejected }) => ({
        prompt,
        chosen: chosen[0],
        rejected: rejected[0],
      }));
      expect(rows).toHaveLength(single.length); // the first has an answer of three messages
      expect(rows).toEqual(expect.arrayContaining(single));
      expect(files.get('README.md')).toContain('only: 1 of the pairs');

      const windows = linesOf(files.get('windows.jsonl')!) as { rows: Row[]; graded: number }[];
      expect(windows.length % 4).toBe(0);
      const graded = ({ labels }: Row): number => labels.filter((label) => label >= 0).length;
      for (const { rows } of windows) {
        expect(rows).toHaveLength(2);
        expect(rows.every((row) => graded(row) > 0)).toBe(true);
      }
      const step = windows.slice(0, 4); // two micro-batches of two
      const labels = step.reduce((sum, { rows }) => sum + graded(rows[0]!), 0);
      for (const window of step) expect(window.graded).toBe(labels / 2);
      expect(files.get('train.py')).toContain('beta=0.3,');
    },
  );

  // after those whose base is taken along
  test('a base of a hub is named with its commit instead of being taken along', async () => {
    const hub = {
      hub: 'https://huggingface.co',
      repo: 'owner/tiny',
      revision: '0123456789abcdef'.repeat(2) + '01234567',
    };
    expect((await familyModel(db, 'smol', { hub })).id).toBe(base.id); // the same files, this time from there
    const files = await jobOf(chat);
    expect([...files.keys()].filter((path) => path.startsWith('base/'))).toEqual([]);
    const adapter = JSON.parse(files.get('adapter/adapter_config.json')!) as object;
    expect(adapter).toMatchObject({ base_model_name_or_path: 'owner/tiny', revision: hub.revision });
    for (const file of ['train.py', 'axolotl.yaml', 'README.md']) {
      expect(files.get(file)).toContain('owner/tiny');
      expect(files.get(file)).toContain(hub.revision);
    }
    expect(files.get('mlx.yaml')).toContain('model: "owner/tiny"');
    // it takes the template of the model's folder, and this model has none
    expect(files.get('llamafactory.yaml')).toContain('model_name_or_path: "base"');
    expect(files.get('README.md')).toContain('cp chat_template.jinja base/\n    llamafactory-cli');
  });

  test('marked answers: each with its mark and the question beside another answer, for TRL alone', async () => {
    const marked = Array.from({ length: 40 }, (_, i) => ({
      ...{ prompt: `Is ${i} odd?`, completion: i % 2 ? 'Yes, it is.' : 'No.', label: i % 3 > 0 },
    }));
    const kto = { task: 'kto', method: 'lora', batchSize: 4, goodWeight: 1, badWeight: 1.5 } as const;
    const files = await jobOf(await trained(kto, await imported(marked)), 'kto');
    expect([...files.keys()].some((path) => /axolotl|llama|mlx|dataset_info/.test(path))).toBe(false);
    const rows = linesOf(files.get('data/train.jsonl')!) as { prompt: unknown; completion: unknown; label: boolean }[];
    const told = marked.map(({ prompt, completion, label }) => ({
      ...{ prompt: [message('user', prompt)], completion: [message('assistant', completion)], label },
    }));
    expect(told).toEqual(expect.arrayContaining(rows));
    const windows = linesOf(files.get('windows.jsonl')!) as { rows: [Row, Row]; label: boolean }[];
    expect(new Set(windows.map(({ label }) => label))).toEqual(new Set([true, false]));
    for (const [at, { rows: both }] of windows.entries()) {
      const [answer, mismatched] = both;
      const neighbour = windows[at % 4 ? at - 1 : at + 3]!.rows[0]; // of the answer before, in its micro-batch
      const graded = ({ labels }: Row): number[] => labels.filter((label) => label >= 0);
      expect(graded(mismatched)).toEqual(graded(neighbour));
      expect(mismatched.input_ids.slice(0, 5)).toEqual(answer.input_ids.slice(0, 5));
    }
    expect(files.get('train.py')).toContain('undesirable_weight=1.5,');
  });

  test('a model that was not trained here is refused', async () => {
    await expect(exportModel(db, base.id, 'job')).rejects.toMatchObject({ code: 'job-no-run' });
  });
});
