import { expect, test } from 'vitest';
import { columnsOf, previewRow } from '../../../../src/app/panels/Data/previewRows';

const user = (content: string) => ({ role: 'user' as const, content });
const assistant = (content: string) => ({ role: 'assistant' as const, content });
const chat = (...messages: object[]): string => JSON.stringify({ messages });

test('a text is one cell; a character beyond U+FFFF is one character of its length', () => {
  const row = previewRow('a🍵语', 'text');
  expect(row).toEqual({ text: 'a🍵语', length: 3, cells: { text: 'a🍵语' }, more: 0 });
});

test('a conversation has a cell for the first message of each speaker, and counts the others', () => {
  const text = chat(user('Is it open?'), assistant('Yes.'), user('Until when?'), assistant('Nine.'));
  const { cells, more, length } = previewRow(text, 'chat');
  expect(cells).toEqual({ user: 'Is it open?', assistant: 'Yes.' });
  expect([more, length]).toEqual([2, 31]);
});

test('a pair stands behind the question that was asked last', () => {
  const pair = {
    prompt: [user('One?'), assistant('1'), user('Two?')],
    chosen: [assistant('2')],
    rejected: [assistant('3')],
  };
  const { cells, more } = previewRow(JSON.stringify(pair), 'preference');
  expect(cells).toEqual({ user: 'Two?', chosen: '2', rejected: '3' });
  expect(more).toBe(2);
});

test('a page has the columns that one of its rows needs, in the order of speaking', () => {
  const system = { role: 'system', content: 'Be brief.' };
  const rows = [chat(user('A?'), assistant('B')), chat(system, user('C?'), assistant('D'))];
  expect(columnsOf(rows.map((row) => previewRow(row, 'chat')))).toEqual(['system', 'user', 'assistant']);
  expect(columnsOf([])).toEqual([]);
  expect(previewRow(chat(), 'chat')).toMatchObject({ length: 0, cells: {}, more: 0 });
});
