import { expect, test } from 'vitest';
import { OwnTokenizer } from '../../../src/data/tokens/ownTokenizer';
import { Preflight } from '../../../src/data/checks/preflight';
import { trainBpe } from '../../../src/data/tokens/trainBpe';

test('held-out rows that ask what is trained on are named once each, however often one asks for the findings', async () => {
  const preflight = new Preflight(new OwnTokenizer(await trainBpe(['x'], 257, {})), 64);
  const see = (text: string, question: string, held: boolean): void =>
    preflight.see({ text, question, held, paired: false, answers: [], encoded: [{ ids: Uint32Array.of(1, 2) }] });
  see('a', 'How  much?', false);
  for (const text of ['b', 'c', 'd']) see(text, 'how much? ', true);
  see('e', 'What else?', true);
  see('f', 'What', false);
  const findings = await preflight.findings();
  expect(findings).toMatchObject([{ code: 'rows-in-both', level: 'warn', count: 3, rows: [2, 3, 4] }]);
  expect(await preflight.findings()).toEqual(findings);
  expect(preflight.train).toEqual({ rows: 2, tokens: 4 });
});

test('rows that the template cannot write come with why the first was refused, for words of any language', async () => {
  const preflight = new Preflight(new OwnTokenizer(await trainBpe(['x'], 257, {})), 64);
  const see = (text: string, message: number): void =>
    preflight.see({
      ...{ text, question: text, held: false, paired: false, answers: [] },
      encoded: { reason: 'other', refusal: { code: 'template-opens-otherwise', facts: { message } } },
    });
  see('a', 2);
  see('b', 4);
  const finding = (await preflight.findings()).find(({ code }) => code === 'template-fails');
  expect(finding).toMatchObject({
    ...{ level: 'block', count: 2, rows: [1, 2] },
    refusal: { code: 'template-opens-otherwise', facts: { message: 2 } },
  });
});
