import { describe, expect, test } from 'vitest';
import { talkRows } from '../../../src/formats/talks/conversations';
import { noTalks, type ReadTalks, type Said } from '../../../src/formats/talks/talk';
import { talkReaderOf } from '../../../src/formats/talks/talks';

const HOUR = 3_600_000;
const said = (speaker: string, text: string, hours = 0): Said => ({ speaker, text, at: hours * HOUR });
const of = (...messages: Said[]): ReadTalks => ({ ...noTalks(), threads: [{ name: 'Pier', said: messages }] });

describe('a chat of two', () => {
  const chat = of(
    said('Jo', 'Morning!', 0),
    said('Mara', 'Is it late?', 1),
    said('Mara', 'The ferry', 1),
    said('Jo', 'No.', 1),
    said('Jo', 'On time.', 2),
    said('Mara', 'And today?', 30),
    said('Jo', 'Late.', 30),
    said('Mara', 'Oh.', 31),
  );

  test('becomes conversations: turns joined, cut at gaps, from a question to an answer', () => {
    const { rows, facts } = talkRows(chat, 'whatsapp', { assistant: 'Jo' });
    expect(rows).toEqual([
      {
        messages: [
          { role: 'user', content: 'Is it late?\nThe ferry' },
          { role: 'assistant', content: 'No.\nOn time.' },
        ],
        facts: { source: 'Pier', date: '1970-01-01', speaker: 'Mara' },
      },
      {
        messages: [
          { role: 'user', content: 'And today?' },
          { role: 'assistant', content: 'Late.' },
        ],
        facts: { source: 'Pier', date: '1970-01-02', speaker: 'Mara' },
      },
    ]);
    expect(facts).toEqual({
      ...{ app: 'whatsapp', assistant: 'Jo', gapHours: 8, media: 0, system: 0, unanswered: 2 },
      speakers: [
        { name: 'Mara', messages: 4 },
        { name: 'Jo', messages: 4 },
      ],
    });
  });

  test('with a wider gap is one conversation, and the other one may be the assistant', () => {
    const { rows, facts } = talkRows(chat, 'whatsapp', { assistant: 'Mara', gapHours: 48 });
    expect(rows).toHaveLength(1);
    expect(rows[0]!.messages.map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'user',
      'assistant',
      'user',
      'assistant',
    ]);
    expect(facts.unanswered).toBe(0);
  });

  test('whose assistant is not in it takes the most talkative', () => {
    expect(talkRows(chat, 'whatsapp', { assistant: 'Nobody' }).facts.assistant).toBe('Mara');
  });
});

test('the usual assistant is one who answers, though another speaks more', () => {
  const chat = of(
    ...[said('Anna', 'Hello', 0), said('Anna', 'Up?', 0), said('Ben', 'Yes', 0)],
    ...[said('Anna', 'New day', 40), said('Ben', 'Indeed', 40)],
  );
  const { rows, facts } = talkRows(chat, 'whatsapp');
  expect([facts.assistant, rows.length]).toEqual(['Ben', 2]);
  expect(talkRows(chat, 'whatsapp', { assistant: 'Anna' }).rows).toEqual([]);
  expect(talkRows(of(said('Anna', 'Hello')), 'whatsapp').facts.assistant).toBe('Anna');
});

test('of several askers each turn begins with its name', () => {
  const { rows } = talkRows(
    of(said('Ann', 'Hi'), said('Ben', 'Hey'), said('Ben', 'You there?'), said('Jo', 'Yes')),
    'discord',
    {
      assistant: 'Jo',
    },
  );
  expect(rows[0]!.messages[0]!.content).toBe('Ann: Hi\nBen: Hey\nYou there?');
  expect(rows[0]!.facts['speaker']).toBe('Ann, Ben');
});

test('messages without a time are one conversation; nobody at all is none', () => {
  const timeless = ['Ann', 'Jo', 'Ann', 'Jo'].map((speaker) => ({ speaker, text: 'x' }));
  expect(talkRows(of(...timeless), 'lines', { assistant: 'Jo' }).rows).toHaveLength(1);
  expect(talkRows(of(), 'lines')).toMatchObject({ rows: [], facts: { speakers: [], assistant: '' } });
});

test('an export that tells the roles asks for nothing', () => {
  const messages = [
    { role: 'user' as const, content: 'a' },
    { role: 'assistant' as const, content: 'b' },
  ];
  const { rows, facts } = talkRows({ ...noTalks(), known: [{ name: 'T', messages, at: 0 }] }, 'claude');
  expect(rows).toEqual([{ messages, facts: { source: 'T', date: '1970-01-01' } }]);
  expect(facts.assistant).toBeUndefined();
});

test.each([
  ['[{"text":"a"}]', undefined],
  ['{"messages":[{"role":"user","content":"a"}]}', undefined],
  ['plain', undefined],
  ['[14.01.24, 09:00:01] A: x\n[14.01.24, 09:00:01] B: y', 'whatsapp'],
])('%s is of %s', (text, app) => {
  expect(talkReaderOf(text)?.app).toBe(app);
});
