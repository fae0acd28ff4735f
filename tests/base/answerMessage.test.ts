import { expect, test } from 'vitest';
import { answerMessage } from '../../src/base/answerMessage';

test('a thought stands apart from the words, without its tags', () => {
  expect(answerMessage('<think>\nTwo and two.\n</think>\n\nFour.')).toEqual({
    ...{ role: 'assistant', content: 'Four.', reasoning: 'Two and two.' },
  });
  expect(answerMessage('Add them.</think>Four.', { opensThought: true })).toMatchObject({
    ...{ content: 'Four.', reasoning: 'Add them.' },
  });
});

test('an answer without a thought has none, and blanks around it are gone', () => {
  expect(answerMessage(' Four. \n')).toEqual({ role: 'assistant', content: 'Four.' });
});
