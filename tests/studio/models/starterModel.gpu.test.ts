// The model that lies beside the studio, opened as a visitor opens it. What it answers was asked of transformers 5 with
// the same files.
import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import type { ModelRecord } from '../../../src/base/records/model';
import { ChatTemplate } from '../../../src/data/chat/chatTemplate';
import { promptIds } from '../../../src/data/chat/gradedRow';
import { createGenerator } from '../../../src/engine/generation/decoder';
import { modelFor } from '../../../src/engine/models/modelFor';
import { argmax } from '../../../src/engine/generation/sample';
import { uploadWeights } from '../../../src/engine/models/weights';
import type { AtelierDb } from '../../../src/storage/db';
import { folderOf } from '../../../src/studio/models/modelFolder';
import { keepModel } from '../../../src/studio/models/openModel';
import { loadTokenizer } from '../../../src/studio/models/tokenizers';
import { openWeights, tensorsOf } from '../../../src/studio/models/weights';
import { testEngine } from '../../gpu';
import { freshStorage } from '../../storage/storage';

const FOLDER = new URL('../../../public/models/atelier-starter/', import.meta.url);
const QUESTION = 'Today is Monday. Shall we read by the window tomorrow?';
const ANSWER = 'Tomorrow is Tuesday, and they say it will be sunny.<|im_end|>';

let db: AtelierDb;
let record: ModelRecord;
beforeAll(async () => {
  await testEngine();
  db = await freshStorage();
  const files = readdirSync(FOLDER).map((name) => new File([readFileSync(new URL(name, FOLDER))], name));
  record = await keepModel(db, await folderOf(files));
});

test('it is between one and five million parameters, with licence, template and both end tokens', () => {
  expect(record.parameters).toBeGreaterThan(1e6);
  expect(record.parameters).toBeLessThan(5e6);
  expect(record).toMatchObject({ licence: 'mit', endTokenIds: [0, 2047] });
  expect(record.chatTemplate).toContain('generation');
});

test('it answers as transformers lets it answer, and ends its turn', async () => {
  const source = await openWeights(db, record.id);
  const tokenizer = await loadTokenizer(db, source.tokenizerId);
  const template = new ChatTemplate(record.chatTemplate!, {});
  const generator = createGenerator(modelFor(source.model, await uploadWeights(source.model, tensorsOf(source))));
  let logits = await generator.prefill([...promptIds([{ role: 'user', content: QUESTION }], template, tokenizer)]);
  const ids: number[] = [];
  while (!record.endTokenIds.includes(ids.at(-1) ?? -1) && ids.length < 40) {
    ids.push(argmax(logits));
    logits = await generator.next(ids.at(-1)!);
  }
  expect(tokenizer.decode(ids)).toBe(ANSWER);
  generator.dispose();
});
