import { pageOn } from '../../fakes';
import { expect, test, vi } from 'vitest';
import { AnswerNotes } from '../../../../src/app/panels/Chat/answerNotes.svelte';
import { messagesOf } from '../../../../src/app/panels/Chat/talk';
import { rowsOfTalk } from '../../../../src/app/panels/Chat/talkRows';
import { Talks } from '../../../../src/app/panels/Chat/talks.svelte';
import { FeedbackState } from '../../../../src/app/state/feedback.svelte';
import { DEFAULT_SAMPLING } from '../../../../src/base/chat';
import type { FeedbackRecord } from '../../../../src/base/records/feedback';
import type { Turn } from '../../../../src/base/records/talk';

const turn = (prompt: string, text: string): Turn => ({
  ...{ mode: 'chat', prompt, goesOn: 0 },
  answers: [{ from: { name: 'owl', step: 3, weightsId: 'w' }, text, sampling: DEFAULT_SAMPLING }],
});

/** An open talk of two turns, and what is stored of the feedback. */
function talkOn() {
  const stored = new Map<string, FeedbackRecord>();
  const page = pageOn({
    listFeedback: () => Promise.resolve([...stored.values()]),
    keepFeedback: (records) => Promise.resolve(records.forEach((record) => stored.set(record.id, record))),
    deleteFeedback: (ids) => Promise.resolve(ids.forEach((id) => stored.delete(id))),
    keepTalk: vi.fn(() => Promise.resolve()),
  });
  const talks = new Talks(page);
  talks.begin({ system: 'Be short.' });
  talks.open.turns.push(turn('Who?', 'Nobody.'), turn('Really?', 'Yes.'));
  const notes = new AnswerNotes({ ...page, talks, feedback: new FeedbackState(page) });
  return { ...page, talks, notes, stored };
}
const SECOND = { turn: 1, answer: 0 };
const FIRST = { turn: 0, answer: 0 };

test('a thumb is kept with what was asked, who answered and how; once more takes it back, and so does undo', async () => {
  const { notes, stored, toasts } = talkOn();
  await notes.thumb(SECOND, 'down');
  const [record] = stored.values();
  expect(record).toMatchObject({ thumb: 'down', original: 'Yes.', from: { name: 'owl' }, state: 'open' });
  expect(record!.asked.map(({ content }) => content)).toEqual(['Be short.', 'Who?', 'Nobody.', 'Really?']);
  await notes.thumb(SECOND, 'down');
  expect(stored.size).toBe(0);
  await toasts.undo();
  expect([...stored.values()]).toMatchObject([{ thumb: 'down' }]);
  await toasts.undo();
  expect(stored.size).toBe(0);
});

test('an edit stands in the conversation, the original is kept, and undo brings it back', async () => {
  const { notes, stored, talks, toasts } = talkOn();
  await notes.edit(FIRST, 'The owl.');
  expect(talks.open.turns[0]!.answers[0]).toMatchObject({ text: 'Nobody.', edited: 'The owl.' });
  expect([...stored.values()]).toMatchObject([{ original: 'Nobody.', edited: 'The owl.' }]);
  expect(messagesOf(talks.open, 'And?')[2]).toMatchObject({ role: 'assistant', content: 'The owl.' });
  await toasts.undo();
  expect(talks.open.turns[0]!.answers[0]!.edited).toBeUndefined();
  expect(stored.size).toBe(0);
});

test('typing what the model wrote takes the edit back; a note stays', async () => {
  const { notes, stored, talks } = talkOn();
  await notes.edit(FIRST, 'The owl.');
  await notes.note(FIRST, ['tone'], ' Too curt ');
  await notes.edit(FIRST, 'Nobody.');
  expect(talks.open.turns[0]!.answers[0]!.edited).toBeUndefined();
  const [record] = stored.values();
  expect(record).toMatchObject({ tags: ['tone'], note: 'Too curt' });
  expect(record!.edited).toBeUndefined();
});

test('a talk becomes one row, in which a bad answer is only read unless it was edited', async () => {
  const { notes, talks } = talkOn();
  await notes.thumb(FIRST, 'down');
  await notes.thumb(SECOND, 'down');
  await notes.edit(SECOND, 'It was the owl.');
  const { content, rows } = rowsOfTalk(talks.open, notes.of);
  expect(content).toBe('chat');
  expect(rows).toMatchObject([
    {
      origin: 'chat',
      model: 'owl · step 3',
      messages: [
        { role: 'system' },
        { role: 'user' },
        { content: 'Nobody.', weight: 0 },
        {},
        { content: 'It was the owl.' },
      ],
    },
  ]);
  expect((rows[0]!['messages'] as { weight?: number }[])[4]!.weight).toBeUndefined();
});
