// The small models of tests/fixtures/families.py as the studio opens them, and what transformers makes of texts under
// them (tests/fixtures/row_losses.py).
import { readFileSync } from 'node:fs';
import type { ModelRecord } from '../../../src/base/records/model';
import { END_TOKEN, UNKNOWN_TOKEN } from '../../../src/base/tokenizerModel';
import { writeTokenizerJson } from '../../../src/formats/huggingFace/tokenizerJson';
import type { AtelierDb } from '../../../src/storage/db';
import { folderOf } from '../../../src/studio/models/modelFolder';
import { keepModel } from '../../../src/studio/models/openModel';

const fixture = (path: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(new URL(`../../fixtures/${path}`, import.meta.url)));

/** A letter each for the ids that are left. */
function tokenizerJson(): string {
  const letters = Array.from({ length: 51 }, (_, i) => String.fromCodePoint(0x4e00 + i));
  const added = [END_TOKEN, UNKNOWN_TOKEN].map((content, id) => ({ id, content, special: true }));
  const vocab = [END_TOKEN, UNKNOWN_TOKEN, ...letters];
  return writeTokenizerJson({ kind: 'characters', vocab, merges: [], added, endId: 0, unkId: 1 });
}

export async function letterModel(db: AtelierDb, name: string): Promise<ModelRecord> {
  const files = [
    new File([fixture(`families/${name}/config.json`)], 'config.json'),
    new File([fixture(`families/${name}/f32.safetensors`)], 'model.safetensors'),
    new File([tokenizerJson()], 'tokenizer.json'),
  ];
  return keepModel(db, await folderOf(files));
}

interface LettersGolden {
  texts: string[];
  prompts: string[];
  answers: string[];
  context: number;
  found: Record<'gpt2' | 'llama', { losses: number[]; answers: number[][] }>;
}

export const lettersGolden = (): LettersGolden =>
  JSON.parse(new TextDecoder().decode(fixture('goldens/row_losses.json'))) as LettersGolden;
