import { stream } from '../../src/base/numbers/rng';

/** Two texts of the tests' own making: simple enough for a model of 30,000 weights, seeded, of any length. */

const pick = <T>(items: readonly T[], random: { below(n: number): number }): T => items[random.below(items.length)]!;

const WHO = ['The old baker', 'A small fox', 'Our teacher', 'The quiet girl', 'My brother', 'A tall sailor'];
const DID = ['found', 'carried', 'painted', 'lost', 'mended', 'sold'];
const WHAT = ['a red boat', 'the blue lamp', 'two warm loaves', 'an empty box', 'the garden gate', 'a silver key'];
const WHERE = ['by the river', 'in the market', 'under the bridge', 'near the school', 'on the hill'];

export function stories(paragraphs: number): string {
  const random = stream(7, 'stories');
  const sentence = (): string =>
    `${pick(WHO, random)} ${pick(DID, random)} ${pick(WHAT, random)} ${pick(WHERE, random)}.`;
  return Array.from({ length: paragraphs }, () => `${sentence()} ${sentence()}`).join('\n\n') + '\n';
}

const THINGS = ['tea', 'rain', 'the moon', 'bread', 'music', 'snow'];
const LIKES = ['warm', 'quiet', 'slow', 'bright', 'old'];

export function dialogues(count: number): string {
  const random = stream(8, 'dialogues');
  const row = () => {
    const thing = pick(THINGS, random);
    return {
      messages: [
        { role: 'user', content: `What do you think of ${thing}?` },
        { role: 'assistant', content: `I like ${thing} when it is ${pick(LIKES, random)}.` },
      ],
    };
  };
  return Array.from({ length: count }, () => JSON.stringify(row())).join('\n') + '\n';
}

const COLOURS: readonly [thing: string, colour: string][] = [
  ['snow', 'white'],
  ['coal', 'black'],
  ['grass', 'green'],
  ['blood', 'red'],
];

/** Pairs of answers to such questions, the first of which is right. */
export function preferences(count: number): string {
  const random = stream(10, 'preferences');
  const row = (_: unknown, i: number): string => {
    const [thing, chosen] = pick(COLOURS, random);
    const wrong = COLOURS.filter(([, colour]) => colour !== chosen);
    return JSON.stringify({ prompt: `${i}: colour of ${thing}?`, chosen, rejected: pick(wrong, random)[1] });
  };
  return Array.from({ length: count }, row).join('\n') + '\n';
}

/**
 * Conversations short enough for a window of 64 byte-like tokens. Row 9 repeats row 4, row 12 is longer than that
 * window.
 */
export function colours(count: number): string {
  const random = stream(9, 'colours');
  const talk = (user: string, assistant: string): string =>
    JSON.stringify({
      messages: [
        { role: 'user', content: user },
        { role: 'assistant', content: assistant },
      ],
    });
  const rows = Array.from({ length: count }, (_, i) => {
    const [thing, colour] = pick(COLOURS, random);
    return talk(`${i}: colour of ${thing}?`, colour);
  });
  rows[8] = rows[3]!;
  rows[11] = talk(`Say which colour it has: ${'deep '.repeat(20)}sea`, 'blue');
  return rows.join('\n') + '\n';
}
