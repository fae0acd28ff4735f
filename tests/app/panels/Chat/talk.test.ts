import { describe, expect, test } from 'vitest';
import { DEFAULT_SAMPLING } from '../../../../src/base/chat';
import type { Answer, Turn } from '../../../../src/base/records/talk';
import { differences, tokensBeforeParting } from '../../../../src/app/panels/Chat/differences';
import { firstSeen, messagesOf, nameOf, transcript } from '../../../../src/app/panels/Chat/talk';

const answer = (text: string): Answer => ({ from: { name: 'm' }, text, sampling: DEFAULT_SAMPLING });
const turn = (prompt: string, ...texts: string[]): Turn => ({
  mode: 'chat',
  prompt,
  answers: texts.map(answer),
  goesOn: 0,
});

describe('a conversation as it is asked', () => {
  const turns: Turn[] = [
    turn('one', ' first'),
    { ...turn('two', 'second', 'other second'), goesOn: 1 },
    { ...turn('once upon', ' a time'), mode: 'text' },
    turn('cut off', ''),
    { ...turn('failed'), answers: [{ ...answer('half'), error: { code: 'no-run', facts: {} } }] },
  ];

  test('holds the answers that it goes on from; texts, empty and failed answers are not part of it', () => {
    expect(messagesOf({ system: 'Be kind.', turns }, 'three')).toEqual([
      { role: 'system', content: 'Be kind.' },
      { role: 'user', content: 'one' },
      { role: 'assistant', content: 'first' },
      { role: 'user', content: 'two' },
      { role: 'assistant', content: 'other second' },
      { role: 'user', content: 'three' },
    ]);
    expect(messagesOf({ system: ' ', turns: [] }, 'a')).toEqual([{ role: 'user', content: 'a' }]);
  });

  test('begins for the model after the messages that were left out', () => {
    expect([0, 2, 4].map((dropped) => firstSeen(turns, dropped))).toEqual([0, 1, 5]);
    expect(firstSeen([...turns, turn('six', 'x')], 4)).toBe(5);
  });

  test('is called by its beginning, and copied with its roles', () => {
    expect(nameOf({ turns })).toBe('one');
    expect(nameOf({ turns: [turn(`a\n b ${'c'.repeat(99)}`, '')] })).toMatch(/^a b c{56}…$/);
    expect(nameOf({ turns: [turn(' ', 'It was  late')] })).toBe('It was late');
    expect(nameOf({ turns: [] })).toBe('');
    expect(transcript({ system: 'S', turns: turns.slice(1, 3) }, (role) => role)).toBe(
      'system: S\n\nuser: two\n\nassistant: other second\n\nonce upon a time',
    );
  });
});

describe('two answers beside each other', () => {
  test.each([
    ['abc', 'abc', 'abc', 'abc'],
    ['abcde', 'abxde', 'ab[c]de', 'ab[x]de'],
    ['abc', 'abcde', 'abc', 'abc[de]'],
    ['', 'ab', '', '[ab]'],
    ['axbyc', 'abzc', 'a[x]b[y]c', 'ab[z]c'],
    ['abab', 'baba', '[a]bab', 'bab[a]'],
  ])('%s and %s', (a, b, markedA, markedB) => {
    const marked = (stretches: ReturnType<typeof differences>[number]): string =>
      stretches.map(({ text, own }) => (own ? `[${text}]` : text)).join('');
    const [first, second] = differences(Array.from(a), Array.from(b));
    expect([marked(first), marked(second)]).toEqual([markedA, markedB]);
  });

  test('too long for a table: all that is not at both ends', () => {
    const long = (letter: string): string[] => ['a', ...Array.from({ length: 2500 }, () => letter), 'z'];
    const [first] = differences(long('x'), ['a', ...long('x').slice(2, -1), 'y', 'z']);
    expect(first.map(({ text, own }) => [text.length, own])).toEqual([
      [2500, false],
      [1, true],
      [1, false],
    ]);
    const [one, other] = differences(long('x'), long('y'));
    expect([one, other].map((side) => side.map(({ own }) => own))).toEqual([
      [false, true, false],
      [false, true, false],
    ]);
  });

  test('each stretch says which tokens it is, also those without text', () => {
    const [first] = differences(['a', '', 'é', 'c'], ['a', 'x', 'c']);
    expect(first.map(({ from, to, own }) => [from, to, own])).toEqual([
      [0, 1, false],
      [1, 3, true],
      [3, 4, false],
    ]);
  });

  test('part where their tokens do', () => {
    expect(tokensBeforeParting(['a', 'b'], ['a', 'b', 'c'])).toBe(2);
    expect(tokensBeforeParting(['a', 'b'], ['a'])).toBe(1);
    expect(tokensBeforeParting([], ['a'])).toBe(0);
  });
});
