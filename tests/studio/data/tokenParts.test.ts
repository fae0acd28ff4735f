import { beforeEach, expect, test } from 'vitest';
import { defaultSettings, type TrainSettings } from '../../../src/base/settings/trainSettings';
import type { BatchToken, TokenPart } from '../../../src/base/wire/requests';
import type { AtelierDb } from '../../../src/storage/db';
import { firstBatch } from '../../../src/studio/data/firstBatch';
import { importFile } from '../../../src/studio/data/importData';
import { prepare } from '../../../src/studio/data/prepare';
import { trainTokenizer } from '../../../src/studio/data/trainTokenizer';
import { freshStorage } from '../../storage/storage';

let db: AtelierDb;
beforeEach(async () => (db = await freshStorage()));

const PORTS = ['Emden', 'Husum', 'Kiel', 'Bremen', 'Stade', 'Wismar'];
const call = (port: string) => ({ function: { name: 'tides', arguments: { port } } });
const answered = (port: string) => [
  { role: 'user', content: 'When?' },
  { role: 'assistant', content: '', reasoning_content: `Look ${port} up.`, tool_calls: [call(port)] },
  { role: 'tool', content: `half past ${port.length}`, name: 'tides' },
];
const TOOLS = [{ type: 'function', function: { name: 'tides' } }];

async function windowsOf(rows: readonly object[], task: 'chat' | 'kto', context = 256): Promise<BatchToken[][]> {
  const file = new File([rows.map((row) => JSON.stringify(row)).join('\n')], 'a.jsonl');
  const { id } = await importFile(db, file);
  const tokenizer = await trainTokenizer(db, { name: 't', kind: 'bpe', vocabSize: 270, datasetIds: [id] });
  const request = { datasetIds: [id], tokenizerId: tokenizer.id, seed: 1, validationShare: 0.3, task };
  const prepared = await prepare(db, request);
  const settings: TrainSettings = { ...defaultSettings(), task, contextLength: context, batchSize: 2 };
  const found = await firstBatch(db, { preparedId: prepared.id, tokenizerId: request.tokenizerId, settings });
  return found.windows;
}
const textOf = (tokens: readonly BatchToken[], part: TokenPart): string =>
  tokens
    .filter((token) => token.part === part)
    .map(({ text }) => text)
    .join('');

test('the first batch marks tools, thoughts, calls and results, though its rows all begin alike', async () => {
  const rows = PORTS.map((port) => ({
    tools: TOOLS,
    messages: [...answered(port), { role: 'assistant', content: `In ${port}, then.` }],
  }));
  for (const tokens of await windowsOf(rows, 'chat')) {
    expect(textOf(tokens, 'tools')).toBe(
      'system: <tools>\n{"type": "function", "function": {"name": "tides"}}\n</tools>\n',
    );
    const port = /"port": "(\w+)"/.exec(textOf(tokens, 'call'))?.[1];
    expect(PORTS).toContain(port);
    expect(textOf(tokens, 'thought')).toContain(`Look ${port!} up.`);
    expect(textOf(tokens, 'result')).toBe(`half past ${port!.length}`);
    expect(tokens.filter(({ part }) => part === 'call').every(({ graded }) => graded === 1)).toBe(true);
    expect(tokens.filter(({ part }) => part === 'result').every(({ graded }) => graded === 0)).toBe(true);
  }
});

test('so do windows that end inside a row, and marked answers', async () => {
  const rows = PORTS.map((port, i) => ({
    prompt: [{ role: 'user', content: `When in ${port}?` }],
    completion: [{ role: 'assistant', content: 'I look.', tool_calls: [call(port)] }],
    label: i % 2 === 0,
  }));
  for (const tokens of await windowsOf(rows, 'kto', 48)) {
    expect(textOf(tokens, 'call')).toMatch(/^\s?<tool_call>\n\{"name/);
    expect(tokens.filter(({ part }) => part === 'call').every(({ graded }) => graded !== 0)).toBe(true);
  }
});

test('rows of words have no parts', async () => {
  const rows = PORTS.map((port) => ({
    messages: [...answered(port).slice(0, 1), { role: 'assistant', content: port }],
  }));
  for (const tokens of await windowsOf(rows, 'chat')) expect(tokens.every(({ part }) => part === undefined)).toBe(true);
});
