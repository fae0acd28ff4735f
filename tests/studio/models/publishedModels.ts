import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { defaultSettings, type TrainSettings } from '../../../src/base/settings/trainSettings';
import type { HubOrigin, ModelRecord } from '../../../src/base/records/model';
import { sizeOf } from '../../../src/base/numbers/dtype';
import { loraSpecs, type LoraShape } from '../../../src/base/lora';
import { stream } from '../../../src/base/numbers/rng';
import type { TensorSource } from '../../../src/storage/checkpointChunks';
import { saveCheckpoint } from '../../../src/storage/checkpoints';
import type { AtelierDb } from '../../../src/storage/db';
import { addRun } from '../../../src/storage/runs';
import { folderOf } from '../../../src/studio/models/modelFolder';
import { keepModel, type OpenOptions } from '../../../src/studio/models/openModel';
import { draftOf, runOf } from '../../storage/storage';

export const ROOT = join(import.meta.dirname, '../../fixtures/published');
export const TEMPLATE = '{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}';

/** A published model with a template whose turns end with a token that its configuration does not name. */
function filesOf(name: string, template: boolean): File[] {
  const file = (path: string, text: string | Buffer): File => new File([new Uint8Array(Buffer.from(text))], path);
  const config = JSON.parse(readFileSync(join(ROOT, name, 'config.json'), 'utf8')) as object;
  return [
    file('config.json', JSON.stringify({ ...config, eos_token_id: 286 })),
    file('model.safetensors', readFileSync(join(ROOT, name, 'model.safetensors'))),
    file('tokenizer.json', readFileSync(join(ROOT, 'tokenizer.json'))),
    ...(template ? [file('chat_template.jinja', TEMPLATE)] : []),
    file(
      'generation_config.json',
      JSON.stringify({ eos_token_id: 286, do_sample: true, temperature: 0.6, top_p: 0.9 }),
    ),
    file('README.md', '---\nlicense: apache-2.0\n---\n'),
  ];
}
export const [END_OF_TEXT, END_OF_TURN] = [286, 287];

export const LORA: LoraShape = {
  rank: 4,
  alpha: 6,
  dropout: 0,
  rankStabilized: true,
  targets: ['q', 'k', 'v', 'down'],
};

/** A small Llama in BF16, as if it came from a hub. */
export const publishedModel = async (db: AtelierDb, template = true, further: File[] = []): Promise<ModelRecord> =>
  keepModel(db, {
    ...(await folderOf([...filesOf('smol', template), ...further])),
    source: 'owner/SmolFox-1M-Instruct',
    loose: undefined,
  });

/** A small model of another family, as transformers saved it, with a tokenizer of as many tokens. */
export async function familyModel(db: AtelierDb, family: string, options?: OpenOptions): Promise<ModelRecord> {
  const folder = join(ROOT, family);
  const tokenizer = existsSync(join(folder, 'tokenizer.json')) ? folder : ROOT;
  const names = readdirSync(folder).filter((name) => /^(?!tokenizer).+\.(json|safetensors)$/.test(name));
  const files = [...names.map((name) => join(folder, name)), join(tokenizer, 'tokenizer.json')];
  const parts = files.map((path) => new File([readFileSync(path)], basename(path)));
  return keepModel(db, await folderOf(parts), options);
}

/** A checkpoint of an adapter beside it, of a run of its own, far enough from zero that it shows. */
export async function tunedModel(
  db: AtelierDb,
  base: ModelRecord,
  runId = 'r',
  { adapter = LORA, task = 'text', hub }: { adapter?: LoraShape; task?: TrainSettings['task']; hub?: HubOrigin } = {},
): Promise<string> {
  const { id: baseId, name: baseName, sha256: baseSha256 } = base;
  const lora = { ...adapter, baseId, baseName, baseSha256, ...(hub && { baseHub: hub }), precision: 'f32' } as const;
  const { model, tokenizerId } = base;
  const origin = { kind: 'model', modelId: base.id, name: base.name } as const;
  const settings = { ...defaultSettings(), task };
  const run = { name: 'fables', model, tokenizerId, lora, origin, settings, datasetNames: ['fables.jsonl'] };
  await addRun(db, runOf(runId, run));
  const tensors = loraSpecs(model, adapter).map(({ name, shape }): TensorSource => {
    const random = stream(5, runId, name);
    const values = Float32Array.from({ length: sizeOf(shape) }, () => 0.1 * random.normal());
    return {
      spec: { name, shape, dtype: 'F32', role: 'weight' },
      read: () => Promise.resolve(new Uint8Array(values.buffer)),
    };
  });
  const draft = draftOf(runId, 7, { model, tokenizerId, lora });
  return (await saveCheckpoint(db, draft, tensors, { run: {} })).id;
}
