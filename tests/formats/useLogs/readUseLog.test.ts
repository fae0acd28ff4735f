import { expect, test } from 'vitest';
import { entryIn, thumbOf } from '../../../src/formats/useLogs/readUseLog';

const AT = Date.UTC(2026, 0, 5, 12);
const user = (content: string) => ({ role: 'user', content });

test.each([
  [
    { prompt: 'Hi', answer: 'Hello', time: '2026-01-05T12:00:00Z', thumb: 'down', model: 'v2' },
    { asked: [user('Hi')], answer: 'Hello', at: AT, thumb: 'down', model: 'v2' },
  ],
  [
    {
      request: { model: 'm', messages: [user('Hi')] },
      response: { created: AT / 1000, choices: [{ message: { role: 'assistant', content: 'Yes' } }] },
    },
    { asked: [user('Hi')], answer: 'Yes', at: AT, model: 'm' },
  ],
  [
    {
      model: 'o',
      created_at: '2026-01-05T12:00:00Z',
      messages: [user('A')],
      message: { content: 'B' },
      feedback: '👍',
    },
    { asked: [user('A')], answer: 'B', at: AT, model: 'o', thumb: 'up' },
  ],
  [
    { messages: [user('A'), { role: 'assistant', content: 'B' }], rating: 1 },
    { asked: [user('A')], answer: 'B', score: 1 },
  ],
  [
    { prompt: 'A', response: 'B', label: false },
    { asked: [user('A')], answer: 'B', thumb: 'down' },
  ],
  [{ level: 'info', message: 'started' }, undefined],
  ['text', undefined],
])('%j', (line, entry) => expect(entryIn(line)).toEqual(entry));

test('a number is a mark by the scale of its file', () => {
  const marks = (ofStars: boolean) =>
    [-1, 0, 1, 3, 5].map((score) => thumbOf({ asked: [], answer: '', score }, ofStars));
  expect(marks(true)).toEqual(['down', 'down', 'down', undefined, 'up']);
  expect(marks(false)).toEqual(['down', 'down', 'up', 'up', 'up']);
});
