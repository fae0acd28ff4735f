// The steps that look at a row by itself or at its repeats: what each changes, leaves out and leaves alone.
import { expect, test } from 'vitest';
import { stream } from '../../../src/base/numbers/rng';
import { boilerplateStep } from '../../../src/data/clean/boilerplate';
import { controlsStep } from '../../../src/data/clean/controls';
import { duplicatesStep } from '../../../src/data/clean/duplicates';
import { editStep } from '../../../src/data/clean/edit';
import { foldStep } from '../../../src/data/clean/fold';
import { languageStep } from '../../../src/data/clean/language';
import { lengthStep } from '../../../src/data/clean/length';
import { markupStep } from '../../../src/data/clean/markup';
import { qualityStep } from '../../../src/data/clean/quality';
import { splitStep } from '../../../src/data/clean/split';
import { RECIPE_STEPS } from '../../../src/data/clean/steps';
import { unicodeStep } from '../../../src/data/clean/unicode';
import { whitespaceStep } from '../../../src/data/clean/whitespace';
import { wordListStep } from '../../../src/data/clean/wordList';
import { outcomesOf, textRow, textsAfter, turnsRow } from './rows';

test('unicode: one spelling, and NFKC folds wide letters', async () => {
  expect(await textsAfter(unicodeStep, ['cafe\u0301', 'ﬁｎｅ'])).toEqual(['café', 'ﬁｎｅ']);
  expect(await textsAfter(unicodeStep, ['ﬁｎｅ'], { form: 'NFKC' })).toEqual(['fine']);
});

test('controls: what nobody sees goes, joiners and line ends stay', async () => {
  const family = '👨\u200D👩\u200D👧';
  expect(await textsAfter(controlsStep, ['\uFEFFa\u0000b\u200Bc\u00ADd\te\n\u202Ef', family])).toEqual([
    'abcd\te\nf',
    family,
  ]);
  expect(await textsAfter(controlsStep, ['one\fpage\u0085two\vthree'])).toEqual(['one\npage\ntwo\nthree']);
  expect(await textsAfter(controlsStep, ['a\u0007\u200Bb'], { invisible: false })).toEqual(['a\u200Bb']);
});

test('whitespace: ends and empty lines, not the indentation of code', async () => {
  const code = 'def f():\n    return 1';
  const messy = '\n\n  a \u00A0b  \r\n\r\n\r\n\r\nc\t\n';
  expect(await textsAfter(whitespaceStep, [code, messy])).toEqual([code, 'a  b\n\nc']);
  expect(await textsAfter(whitespaceStep, [code, messy], { inside: true, emptyLines: 0 })).toEqual([code, 'a b\nc']);
});

test('whitespace: work grows with the text, not with its square', async () => {
  const blanks = ' '.repeat(2_000_000);
  expect(await textsAfter(whitespaceStep, [`a${blanks}b`, blanks])).toEqual([`a${blanks}b`, '']);
});

test('markup: words of a page stay, and so does what only looks like a tag', async () => {
  const page =
    '<!doctype html><style>p{}</style><p class="a>b">Tea &amp; <b>milk</b> &#8364;2</p><!-- x --><p>Bye&nbsp;now';
  const kept = ['a < b and c > d', '<think>Hm.</think>', 'List<String> x', 'AT&T; &unknown;', '```\n<p>code</p>\n```'];
  expect(await textsAfter(markupStep, [page, ...kept])).toEqual(['Tea & milk €2\n\nBye\u00A0now', ...kept]);
  expect(await textsAfter(markupStep, ['&lt;p&gt;'])).toEqual(['<p>']);
  expect(await textsAfter(markupStep, ['```\n<p>x</p>\n```'], { code: false })).toEqual(['```\n\nx\n\n```']);
});

test('boilerplate: notices go, sentences that speak of them stay', async () => {
  const long = `Our privacy policy ${'is discussed at great length here '.repeat(9)}`;
  expect(await textsAfter(boilerplateStep, ['Hello\nThis site uses cookies.\nBye', long])).toEqual([
    'Hello\nBye',
    long,
  ]);
  const footer = 'Printed by the harbour press, room 4';
  const rows = ['a', 'b', 'c'].map((text) => `${text}\n${footer}`);
  expect(await textsAfter(boilerplateStep, rows)).toEqual(rows);
  expect(await textsAfter(boilerplateStep, rows, { most: 2 })).toEqual(['a', 'b', 'c']);
});

test('length: characters are code points, and turns leave the system prompt out', async () => {
  expect(await textsAfter(lengthStep, ['😀'.repeat(4), 'long enough'], { least: 5 })).toEqual([
    undefined,
    'long enough',
  ]);
  const row = turnsRow([
    ['system', 'You are kind.'],
    ['question', 'Is it raining?'],
    ['answer', 'No.'],
  ]);
  expect(await outcomesOf(lengthStep, [row], { leastTurns: 3 })).toEqual([
    { kept: false, reason: { code: 'few-turns', facts: { turns: 2 } } },
  ]);
  expect(await outcomesOf(lengthStep, [row], { leastTurns: 2, mostTurns: 2 })).toEqual([{ kept: true }]);
});

test('language: rows clearly in another one go, short ones are unsure', async () => {
  const english = Array.from({ length: 12 }, (_, i) => `The lamp on pier ${i} was lit before the boats came home.`);
  const other = 'Die Boote kamen erst am Abend zurück, und niemand hatte die Lampe angezündet.';
  const chinese = '码头上的灯在船回来之前就已经点亮了，可是谁也没有来接我们回家。';
  const after = await textsAfter(languageStep, [...english, other, chinese, 'Guten Tag']);
  expect(after).toEqual([...english, undefined, undefined, 'Guten Tag']);
  expect(await textsAfter(languageStep, [english[0]!, other, chinese], { keep: ['deu', 'cmn'] })).toEqual([
    ...[undefined, other, chinese],
  ]);
});

test('quality: repetition is left out with its signal, short rows and prose are not', async () => {
  const prose = readable();
  const stuck = 'I like the harbour very much indeed. '.repeat(12);
  const [first, second, third] = await outcomesOf(
    qualityStep,
    [prose, stuck, 'no no no no'].map((text) => textRow(text)),
  );
  expect([first, third]).toEqual([{ kept: true }, { kept: true }]);
  expect(second).toMatchObject({ kept: false, reason: { code: 'quality' } });
  expect(await textsAfter(qualityStep, [prose], { shortLines: 0 })).toEqual([undefined]);
});

const readable = (): string =>
  [
    'The ferry left at noon.',
    'Nobody on the pier had seen a lamp like that, and the keeper would not say who had built it.',
  ]
    .concat('Some said his uncle, who had sailed with whalers; others swore it came from a wreck found in spring.')
    .join('\n');

test('duplicates: the longest or the first stays, by row, question or answer', async () => {
  expect(await textsAfter(duplicatesStep, ['a', 'b', 'a', 'A '])).toEqual(['a', 'b', undefined, 'A ']);
  expect(await textsAfter(duplicatesStep, ['a', 'b', 'a', 'A '], { fold: true })).toEqual([
    undefined,
    'b',
    undefined,
    'A ',
  ]);
  const asked = (answer: string, id: number) =>
    turnsRow(
      [
        ['question', 'Why?'],
        ['answer', answer],
      ],
      id,
    );
  const rows = [asked('So.', 3), asked('Because of the tide.', 4), asked('So.', 9)];
  const kept = async (settings: Partial<(typeof duplicatesStep)['defaults']>) =>
    (await outcomesOf(duplicatesStep, rows, settings)).map((outcome) => outcome.kept);
  expect(await kept({ on: 'question' })).toEqual([false, true, false]);
  expect(await kept({ on: 'question', keep: 'first' })).toEqual([true, false, false]);
  expect(await kept({ on: 'answer' })).toEqual([true, true, false]);
  expect((await outcomesOf(duplicatesStep, rows, { on: 'answer' }))[2]).toMatchObject({
    reason: { facts: { row: 4 } },
  });
});

test('word list: whole words in any case, in Chinese anywhere', async () => {
  const rows = ['The Ham was good', 'the hamlet', '我爱火腿片', 'C++ is not C'];
  const words = ['ham', '火腿', 'c++'];
  expect(await textsAfter(wordListStep, rows)).toEqual(rows);
  expect(await textsAfter(wordListStep, rows, { words })).toEqual([undefined, 'the hamlet', undefined, undefined]);
  expect(await textsAfter(wordListStep, rows, { words, then: 'replace', by: '$&' })).toEqual([
    ...['The $& was good', 'the hamlet', '我爱$&片', '$& is not C'],
  ]);
});

test('edit: rows by id; what is no edit is passed over', async () => {
  const edits = [{ id: 1, texts: ['new'] }, { id: 2 }, { id: 'x' }].map((change) => JSON.stringify(change));
  expect(await textsAfter(editStep, ['a', 'b', 'c'], { edits: [...edits, '{'] })).toEqual(['a', 'new', undefined]);
  expect(editStep.rows?.({ edits })).toEqual([1, 2]);
});

test('fold: letters, punctuation and words of a list', async () => {
  expect(await textsAfter(foldStep, ['The Ferry, at noon!'], { stopWords: ['the'] })).toEqual(['ferry at noon']);
  expect(foldStep.columns?.(foldStep.defaults)).toEqual(['label']);
});

test('fold: stop words of a language are whole words, in Chinese too', async () => {
  const after = (texts: string[], stopList: string) => textsAfter(foldStep, texts, { stopList });
  expect(await after(['The ferry is to sail at noon.', 'A Theory'], 'eng')).toEqual(['ferry sail noon', 'theory']);
  expect(await after(['请把北京的地图给我们看看'], 'zho')).toEqual(['请北京地图看看']);
  expect(await after(['請把北京的地圖給我們看看'], 'zho')).toEqual(['請北京地圖看看']);
  expect(await after(['없는 것과 같이 배'], 'kor')).toEqual(['없는 배']);
  for (const stopList of foldStep.choices!['stopList']!)
    expect(await after(['xyzzy 7'], stopList), stopList).toEqual(['xyzzy 7']);
});

test('fold: no list of stop words takes away what negates', async () => {
  const negated = [
    ['zho', '不 没 没有 不是 无 未 别 沒 沒有 無 別'],
    ['eng', 'not never no nor cannot'],
    ['deu', 'nicht kein keine nie ohne nichts niemand'],
    ['fra', 'ne pas sans jamais rien'],
    ['spa', 'no sin ni nunca'],
    ['ita', 'non senza mai'],
    ['por', 'não nem sem nunca'],
    ['nld', 'niet geen niets zonder'],
    ['swe', 'inte ej ingen aldrig utan'],
    ['pol', 'nie nic nigdy żaden ani'],
    ['rus', 'не нет ни без никогда'],
    ['ukr', 'не ні нема без'],
    ['tur', 'değil hiç yok olmayan'],
    ['ara', 'لا لم لن ليس غير'],
    ['hin', 'नहीं न मत'],
    ['jpn', 'ない なく'],
    ['kor', '안 아니 아니다 없다 없이'],
    ['vie', 'không chưa'],
    ['ind', 'tidak bukan jangan belum tanpa'],
  ] as const;
  expect(new Set(negated.map(([stopList]) => stopList)).size).toBe(foldStep.choices!['stopList']!.length - 1);
  for (const [stopList, text] of negated)
    expect(await textsAfter(foldStep, [text], { stopList }), stopList).toEqual([text]);
  expect(await textsAfter(foldStep, ['这个菜不好吃，我没有吃完'], { stopList: 'zho' })).toEqual(['菜不好吃 没有吃完']);
});

test('fold: dictionary forms of English words, and no others', async () => {
  const text =
    'The wolves were running past his boss and his buses, happier than the geese that leave; cafés élevés 2nd.';
  expect(await textsAfter(foldStep, [text], { lemmas: true })).toEqual([
    'the wolf be run past his boss and his bus happy than the goose that leave cafés élevés 2nd',
  ]);
  expect(foldStep.defaults).toMatchObject({ lemmas: false, stopList: 'none' });
});

const labelled = (count: number) => {
  const random = stream(3, 'rows');
  return Array.from({ length: count }, (_, id) =>
    textRow(`row ${id}`, id, { label: id % 4 ? 'ham' : 'spam', source: `book ${random.below(30)}` }),
  );
};
const heldIn = async (rows: ReturnType<typeof labelled>, settings: Partial<(typeof splitStep)['defaults']>) =>
  (await outcomesOf(splitStep, rows, settings)).flatMap((outcome, i) =>
    outcome.kept && outcome.held ? [rows[i]!] : [],
  );

test('split: the share of each stratum, groups whole, the same for the same seed', async () => {
  const rows = labelled(400);
  const held = await heldIn(rows, { share: 0.2, by: 'label' });
  const spam = held.filter(({ facts }) => facts['label'] === 'spam');
  expect([held.length, spam.length]).toEqual([80, 20]);
  expect(await heldIn(rows, { share: 0.2, by: 'label' })).toEqual(held);
  expect(await heldIn(rows, { share: 0.2, by: 'label', seed: 2 })).not.toEqual(held);

  const grouped = await heldIn(rows, { share: 0.2, group: 'source' });
  const books = new Set(grouped.map(({ facts }) => facts['source']));
  expect(rows.filter(({ facts }) => books.has(facts['source']))).toEqual(grouped);
  expect(Math.abs(grouped.length - 80)).toBeLessThan(20);
});

test('split: rows that repeat stay together, made rows are never held out, sides that are there stay', async () => {
  const twice = [...labelled(50), ...labelled(50)];
  const held = await heldIn(twice, { share: 0.3 });
  expect(held.filter(({ id }) => held.filter((other) => other.id === id).length === 1)).toEqual([]);
  const made = labelled(40).map((row) => ({ ...row, facts: { ...row.facts, augmented: true } }));
  expect(await heldIn(made, { share: 0.5 })).toEqual([]);
  const sided = labelled(40).map((row, i) => ({
    ...row,
    facts: { ...row.facts, split: i < 5 ? 'validation' : 'train' },
  }));
  expect(
    (await outcomesOf(splitStep, sided, { share: 0.5 })).every((outcome) => outcome.kept && outcome.held === undefined),
  ).toBe(true);
  expect((await heldIn(sided, { share: 0.5, frozen: false })).length).toBe(20);
});

test('no two steps have one kind, and limits and choices are of settings that are there', () => {
  expect(new Set(RECIPE_STEPS.map(({ kind }) => kind)).size).toBe(RECIPE_STEPS.length);
  for (const { kind, defaults, limits = {}, choices = {} } of RECIPE_STEPS) {
    for (const name of [...Object.keys(limits), ...Object.keys(choices)]) expect(defaults, kind).toHaveProperty(name);
    for (const [name, value] of Object.entries(defaults)) {
      const [least, most] = (limits as Record<string, readonly [number, number] | undefined>)[name] ?? [0, 0];
      if (typeof value === 'number') expect(value >= least && value <= most, `${kind}.${name}`).toBe(true);
    }
  }
});
