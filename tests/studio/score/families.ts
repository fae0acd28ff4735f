// The small models of tests/fixtures/families.py as the studio opens them, and what transformers makes of texts under
// them (tests/fixtures/row_losses.py).
import { readFileSync } from 'node:fs';
import type { DatasetRecord } from '../../../src/base/records/dataset';
import type { ModelRecord } from '../../../src/base/records/model';
import { writeDataset } from '../../../src/storage/datasets';
import type { AtelierDb } from '../../../src/storage/db';
import { folderOf } from '../../../src/studio/models/modelFolder';
import { keepModel } from '../../../src/studio/models/openModel';
import { lettersTokenizer } from '../../letters';
import { describedDataset } from '../../storage/storage';

const fixture = (path: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(new URL(`../../fixtures/${path}`, import.meta.url)));

/** Rows that such a model reads. */
export const storedLetters = (db: AtelierDb, rows: readonly string[], patch: Partial<DatasetRecord> = {}) =>
  writeDataset(db, async (sink) => {
    for (const row of rows) await sink.add(row);
    return { ...describedDataset('letters'), ...patch };
  });

export async function letterModel(db: AtelierDb, name: string): Promise<ModelRecord> {
  const files = [
    new File([fixture(`families/${name}/config.json`)], 'config.json'),
    new File([fixture(`families/${name}/f32.safetensors`)], 'model.safetensors'),
    lettersTokenizer(),
  ];
  return keepModel(db, await folderOf(files));
}

interface LettersGolden {
  texts: string[];
  prompts: string[];
  answers: string[];
  context: number;
  found: Record<
    'gpt2' | 'llama',
    { losses: number[]; unended: number[]; answers: number[][]; answersByToken: number[][] }
  >;
}

export const lettersGolden = (): LettersGolden =>
  JSON.parse(new TextDecoder().decode(fixture('goldens/row_losses.json'))) as LettersGolden;
