import { expect, test } from 'vitest';
import { logLines } from '../../../src/pages/webPage/log';

const FACTS = { name: 'Fables', file: 'Fables-step300-web-page' };
const TURNS = [
  { role: 'user', content: 'Hello!' },
  { role: 'assistant', content: 'Good day.' },
  { role: 'user', content: 'A fable?' },
  { role: 'assistant', content: 'A fox…' },
] as const;
const TIMES = [new Date('2026-05-01T10:00:00Z'), new Date('2026-05-01T10:01:00Z')];

test('a conversation is one line, with the time of its last answer', () => {
  const lines = logLines({ ...FACTS, chat: true }, TURNS, TIMES);
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    { time: '2026-05-01T10:01:00.000Z', model: 'Fables', version: FACTS.file, messages: TURNS },
  ]);
  expect(lines[0]).toMatch(/\}\n$/);
});

test('texts that were gone on with are a line each', () => {
  const lines = logLines({ ...FACTS, chat: false }, TURNS, TIMES).map((line) => JSON.parse(line) as object);
  expect(lines).toEqual([
    expect.objectContaining({ prompt: 'Hello!', answer: 'Good day.', time: '2026-05-01T10:00:00.000Z' }),
    expect.objectContaining({ prompt: 'A fable?', answer: 'A fox…' }),
  ]);
});

test('nothing was said: no line', () => {
  expect(logLines({ ...FACTS, chat: true }, [], [])).toEqual([]);
});
