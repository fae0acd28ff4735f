import 'fake-indexeddb/auto';
import { beforeEach, expect, test } from 'vitest';
import type { AtelierDb } from '../../../src/storage/db';
import { findRow } from '../../../src/studio/data/findRow';
import { importFile, importText } from '../../../src/studio/data/importData';
import { freshStorage } from '../../storage/storage';

let db: AtelierDb;
beforeEach(async () => {
  db = await freshStorage();
});

test('the next row that holds the words is found, whatever their case, from any row on', async () => {
  const rows = Array.from({ length: 300 }, (_, i) => (i % 100 === 42 ? `Row ${i}: a Caf\u00e9` : `Row ${i}`));
  const { id } = await importText(db, 't', rows.join('\n\n'));
  const found = [];
  for (let from = 0, at; (at = await findRow(db, id, 'CAFE\u0301', from)) !== undefined; from = at + 1) found.push(at);
  expect(found).toEqual([42, 142, 242]);
  expect(await findRow(db, id, 'row 299', 299)).toBe(299);
  expect(await findRow(db, id, 'row 299', 300)).toBeUndefined();
});

test('of conversations the messages are searched, not the JSON that keeps them', async () => {
  const talk = (question: string, answer: string) =>
    JSON.stringify({
      messages: [
        { role: 'user', content: question },
        { role: 'assistant', content: answer },
      ],
    });
  const lines = [talk('How?', 'Say "yes"\nor no'), talk('When?', 'Now')].join('\n');
  const { id } = await importFile(db, new File([lines], 'talks.jsonl'));
  expect(await findRow(db, id, '"yes"\nor', 0)).toBe(0);
  expect(await findRow(db, id, 'content', 0)).toBeUndefined();
});

test('a search that is cancelled ends', async () => {
  const { id } = await importText(db, 't', Array.from({ length: 20_000 }, (_, i) => `Row ${i}`).join('\n\n'));
  const abort = new AbortController();
  const told: number[] = [];
  const slow = findRow(db, id, 'x'.repeat(10), 0, ({ done }) => told.push(done), abort.signal);
  abort.abort();
  await expect(slow).rejects.toMatchObject({ code: 'cancelled' });
});
