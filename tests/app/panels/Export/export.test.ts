import { expect, test } from 'vitest';
import type { CheckpointSummary } from '../../../../src/base/records/checkpoint';
import type { RunRecord } from '../../../../src/base/records/run';
import type { GuidesOfFile } from '../../../../src/base/wire/guides';
import { ExportState, type ExportWorld } from '../../../../src/app/panels/Export/export.svelte';
import { VerifyState } from '../../../../src/app/panels/Export/verify.svelte';

const RUN = { id: 'run', name: 'fables' } as RunRecord;
const CHECKPOINTS = [100, 300].map((step) => ({ id: `at-${step}`, step, best: step === 300 }) as CheckpointSummary);

const NOTHING: GuidesOfFile = { name: 'x', guides: [] };

/** A file as the save dialog gives it; what was written to it. */
function pickedFile(name: string): { handle: FileSystemFileHandle; written: number[] } {
  const written: number[] = [];
  const handle = {
    name,
    createWritable: () =>
      Promise.resolve(new WritableStream<Uint8Array>({ write: (chunk) => void written.push(...chunk) })),
    getFile: () => Promise.resolve(new File([Uint8Array.from(written)], name)),
  };
  return { handle: handle as Partial<FileSystemFileHandle> as FileSystemFileHandle, written };
}

interface Page {
  exporting: ExportState;
  /** The names that the save dialog was opened with. */
  offered: string[];
  /** The names that the browser's downloads were given. */
  downloads: string[];
  /** The guides that were handed along with a model. */
  guides: (string | undefined)[];
}

function page(patch: Partial<ExportWorld> = {}, data: Partial<ExportWorld['data']> = {}): Page {
  const [offered, downloads, guides]: [string[], string[], (string | undefined)[]] = [[], [], []];
  const { pickFile, ...rest } = patch;
  const exporting = new ExportState({
    data: {
      listCheckpoints: () => Promise.resolve(CHECKPOINTS),
      exportChoices: (id) =>
        Promise.resolve([
          { kind: 'safetensors', fileName: `fables-${id}.zip`, use: NOTHING },
          { kind: 'gguf-q8', fileName: `fables-${id}.gguf`, use: NOTHING },
        ]),
      exportModel: async (id, _kind, guide, target) => {
        guides.push(guide);
        const bytes = Uint8Array.of(1, 2, 3);
        const named = { fileName: `fables-${id}.gguf`, bytes: 3 };
        if (!target) return { ...named, blob: new Blob([bytes]) };
        const writer = target.getWriter();
        await writer.write(bytes);
        await writer.close();
        return named;
      },
      ...data,
    },
    runs: { list: [RUN] },
    models: { byId: () => undefined },
    verifying: new VerifyState({
      gpu: { verify: () => Promise.reject(new Error()), verifyInLlama: () => Promise.reject(new Error()) },
      connectLlama: () => Promise.resolve(),
    }),
    pickFile: (name, ...others) => {
      offered.push(name);
      return pickFile ? pickFile(name, ...others) : Promise.resolve(undefined);
    },
    download: (name) => void downloads.push(name),
    guideOf: ({ fileName }, saved) => `${fileName} as ${saved}`,
    ...rest,
  });
  return { exporting, offered, downloads, guides };
}

test('the dialog offers the name that the worker gave, and the message shows the name that the person picked', async () => {
  const { handle, written } = pickedFile('mine.gguf');
  const { exporting, offered, downloads, guides } = page({ pickFile: () => Promise.resolve(handle) });
  await exporting.choose('run');
  exporting.chooseKind('gguf-q8');
  await exporting.save('GGUF');
  expect(offered).toEqual(['fables-at-300.gguf']);
  expect(exporting.result).toEqual({ fileName: 'mine.gguf', bytes: 3 });
  expect(written).toEqual([1, 2, 3]);
  expect(guides).toEqual(['fables-at-300.gguf as mine.gguf']);
  expect(downloads).toEqual([]);
  expect(exporting.saved).toMatchObject({ weightsId: 'at-300', kind: 'gguf-q8', fileName: 'mine.gguf' });
  expect((await exporting.saved!.open()).size).toBe(3);
});

test('without a save dialog the file goes to the downloads under the same name', async () => {
  const { exporting, downloads } = page();
  await exporting.choose('run', 'at-100');
  exporting.chooseKind('gguf-q8');
  await exporting.save('GGUF');
  expect(downloads).toEqual(['fables-at-100.gguf']);
  expect(exporting.result?.fileName).toBe('fables-at-100.gguf');
});

test('a guide is saved beside a file that cannot hold it, under the name that the file was given', async () => {
  const { exporting, downloads } = page({ pickFile: () => Promise.resolve(pickedFile('mine.gguf').handle) });
  exporting.saveGuide();
  expect(downloads).toEqual([]);
  await exporting.choose('run');
  exporting.chooseKind('gguf-q8');
  exporting.saveGuide();
  await exporting.save('GGUF');
  exporting.saveGuide();
  expect(downloads).toEqual(['fables-at-300.gguf.GUIDE.md', 'mine.gguf.GUIDE.md']);
});

test('the dialog opens within the press: nothing is awaited before it', async () => {
  const { exporting, offered } = page({ pickFile: () => Promise.resolve('cancelled') });
  await exporting.choose('run');
  const saving = exporting.save('zip');
  expect(offered).toEqual(['fables-at-300.zip']);
  await saving;
  expect(exporting.result).toBeUndefined();
});

test('while the name of another checkpoint is asked, there is nothing to save', async () => {
  const answers: (() => void)[] = [];
  const { exporting, offered } = page(
    {},
    {
      exportChoices: (id) =>
        new Promise((resolve) =>
          answers.push(() => resolve([{ kind: 'safetensors', fileName: `${id}.zip`, use: NOTHING }])),
        ),
    },
  );
  const chosen = exporting.choose('run');
  await expect.poll(() => answers.length).toBe(1);
  const again = exporting.chooseCheckpoint('at-100');
  answers[0]!();
  await chosen;
  expect(exporting.fileName).toBeUndefined();
  await exporting.save('zip');
  expect(offered).toEqual([]);
  answers[1]!();
  await again;
  expect(exporting.fileName).toBe('at-100.zip');
});

test('a kind that the weights cannot be written in gives way to the whole model', async () => {
  const { exporting } = page();
  exporting.chooseKind('peft');
  await exporting.choose('run');
  expect(exporting.kinds).toEqual(['safetensors', 'gguf-q8']);
  expect(exporting.kind).toBe('safetensors');
});

test('weights that cannot be opened say why', async () => {
  const { exporting } = page({}, { exportChoices: () => Promise.reject(new Error('gone')) });
  await exporting.choose('run');
  expect(exporting.task.error?.facts).toMatchObject({ message: 'gone' });
  expect(exporting.fileName).toBeUndefined();
});
