// The steps that add rows: what each makes of which rows, by its seed, and what stays out of copies and of validation.
import { expect, test } from 'vitest';
import { RandomStream, stream } from '../../../src/base/numbers/rng';
import type { RowFacts } from '../../../src/base/records/recipe';
import { duplicatesStep } from '../../../src/data/clean/duplicates';
import { leaksStep } from '../../../src/data/clean/leaks';
import { nearDuplicatesStep } from '../../../src/data/clean/nearDuplicates';
import { outsideCode } from '../../../src/data/clean/outsideCode';
import { rebalanceStep } from '../../../src/data/clean/rebalance';
import { combinations, templatesIn } from '../../../src/data/clean/slotTemplates';
import { splitStep } from '../../../src/data/clean/split';
import type { AddedRow, CleanRow, CleanStep, Outcome } from '../../../src/data/clean/step';
import { synonymsIn, synonymsStep } from '../../../src/data/clean/synonyms';
import { templatesStep } from '../../../src/data/clean/templates';
import { noisy, wordNoiseStep } from '../../../src/data/clean/wordNoise';
import { outcomesOf, textRow, turnsRow } from './rows';

const addsOf = (outcome: Outcome): readonly string[][] =>
  outcome.kept ? (outcome.adds ?? []).map((added) => ('texts' in added ? [...added.texts] : [])) : [];

/** The texts of the copies of one row of text. */
const copiesOf = async <S extends Record<string, unknown>>(
  step: CleanStep<S & CleanStep['defaults']>,
  text: string,
  settings: Partial<S & CleanStep['defaults']>,
): Promise<string[]> => {
  const [outcome] = await outcomesOf(step, [textRow(text, 3)], settings);
  return addsOf(outcome!).map(([copy]) => copy!);
};

const ALWAYS = { probability: 1 };

test('synonyms: lines in both writings, and those that say nothing are named', () => {
  const { others, unread } = synonymsIn([
    'Big: large, huge',
    '高兴：开心，快乐、愉快',
    '',
    'alone',
    'same: same',
    ': x',
  ]);
  expect([...others]).toEqual([
    ['big', ['large', 'huge']],
    ['高兴', ['开心', '快乐', '愉快']],
  ]);
  expect(unread).toEqual([4, 5, 6]);
});

test('synonyms: whole words in the case they were written in, in Chinese anywhere, and nothing in code', async () => {
  const text =
    'Big dogs and BIG cats, bigger ones: `big` ```\nbig\n``` https://big.example/big <tool_call>big</tool_call> big.';
  expect(await copiesOf(synonymsStep, text, { words: ['big: large'], ...ALWAYS })).toEqual([
    'Large dogs and LARGE cats, bigger ones: `big` ```\nbig\n``` https://big.example/big <tool_call>big</tool_call> large.',
  ]);
  expect(await copiesOf(synonymsStep, '我今天很高兴。', { words: ['高兴：开心'], ...ALWAYS })).toEqual([
    '我今天很开心。',
  ]);
  expect(await copiesOf(synonymsStep, 'A new york minute', { words: ['new york: big apple'], ...ALWAYS })).toEqual([
    'A big apple minute',
  ]);
  expect(await copiesOf(synonymsStep, '{"size": "big"}', { words: ['big: large'], ...ALWAYS })).toEqual([]);
});

test('synonyms: copies differ from the row and from each other, however many are asked for', async () => {
  const words = ['big: large, huge'];
  const copies = await copiesOf(synonymsStep, 'A big, big hill', { words, copies: 20, probability: 0.7 });
  expect(new Set([...copies, 'A big, big hill']).size).toBe(copies.length + 1);
  expect(copies.length).toBeGreaterThan(4);
  expect(await copiesOf(synonymsStep, 'A hill', { words })).toEqual([]);
});

test('the parts that are named are changed, and no other', async () => {
  const row = turnsRow(
    [
      ['system', 'Be big.'],
      ['question', 'How big?'],
      ['reasoning', 'Big, hm.'],
      ['answer', 'Very big.'],
      ['tool', 'big'],
    ],
    1,
  );
  const changed = async (on: string) => {
    const [outcome] = await outcomesOf(synonymsStep, [row], { words: ['big: large'], ...ALWAYS, on });
    return addsOf(outcome!)[0]!.flatMap((text, i) => (text === row.parts[i]!.text ? [] : [row.parts[i]!.kind]));
  };
  expect(await changed('row')).toEqual(['question', 'answer']);
  expect(await changed('question')).toEqual(['question']);
  expect(await changed('answer')).toEqual(['answer']);
});

/** Draws these numbers one by one, then such as choose nothing. */
class Drawn extends RandomStream {
  constructor(private readonly numbers: number[]) {
    super([1, 2, 3, 4]);
  }
  override next(): number {
    return this.numbers.shift() ?? 0.999;
  }
}
const drawn = (text: string, chance: { leaveOut?: number; swap?: number }, ...numbers: number[]): string =>
  noisy(text, { leaveOut: 0, swap: 0, ...chance }, new Drawn(numbers));

test('random deletion, by hand: a blank goes with its word, and one word stays', () => {
  const text = 'One two, three. Four!';
  // three words of the first sentence might be swapped; one alone cannot be
  const gone = (...numbers: number[]): string => drawn(text, { leaveOut: 0.5 }, 9, 9, 9, ...numbers);
  expect([gone(9, 9, 9, 9), gone(0, 9, 9, 9), gone(9, 0, 9, 9), gone(9, 9, 0, 9), gone(9, 9, 9, 0)]).toEqual([
    ...[text, 'two, three. Four!', 'One, three. Four!', 'One two,. Four!', 'One two, three.!'],
  ]);
  expect(gone(0, 0, 0, 0, 0.5)).toBe(', three.!');
  expect(drawn('今天天气很好。', { leaveOut: 0.5 }, 9, 9, 9, 0)).toBe('天气很好。');
  expect(noisy(text, { leaveOut: 0, swap: 0 }, stream(7, 'test'))).toBe(text);
});

test('random swap, by hand: a word changes places with another one of its sentence', () => {
  const text = 'one two three. four five';
  // of three words the first takes the place of the one after it, or of the last; no other sentence is touched
  expect(drawn(text, { swap: 0.5 }, 0, 0)).toBe('two one three. four five');
  expect(drawn(text, { swap: 0.5 }, 0, 0.5)).toBe('three two one. four five');
  expect(drawn(text, { swap: 0.5 }, 9, 9, 9, 0, 0)).toBe('one two three. five four');
  expect(drawn('alone. two three', { swap: 0.5 }, 0, 0)).toBe('alone. three two');
  expect(drawn('今天天气很好。', { swap: 0.5 }, 0, 0)).toBe('天气今天很好。');
});

test('random deletion and swap: words of Chinese are whole, and code is left alone', async () => {
  const copies = await copiesOf(wordNoiseStep, '今天天气很好，我们去公园散步。', { leaveOut: 0.5, swap: 0, copies: 9 });
  expect(copies.length).toBeGreaterThan(4);
  for (const copy of copies) expect(copy).toMatch(/^(今天)?(天气)?(很好)?，(我们)?(去)?(公园)?(散步)?。$/u);
  const code = 'Run it:\n```sh\nnpm install left pad now\n```';
  for (const copy of await copiesOf(wordNoiseStep, code, { leaveOut: 0.9, swap: 0.9, copies: 9 }))
    expect(copy).toContain('```sh\nnpm install left pad now\n```');
});

test('what counts as code: a fence that is never closed, calls of tools, placeholders, JSON', () => {
  const up = (text: string): string => outsideCode(text, (stretch) => stretch.toUpperCase());
  expect(up('a ~~~ b\nc')).toBe('A ~~~ b\nc');
  expect(up('a <think>b</think> c <b>d</b> <|im_end|> e')).toBe('A <think>b</think> C <b>D</b> <|im_end|> E');
  expect(up('[TOOL_CALLS] [{"name": "x"}]\nso [EMAIL_1] a@b.example $$x$$')).toBe(
    '[TOOL_CALLS] [{"name": "x"}]\nSO [EMAIL_1] a@b.example $$x$$',
  );
  expect([up(' [1, "a"] '), up('[a, b]'), up('')]).toEqual([' [1, "a"] ', '[A, B]', '']);
});

test('copies come by the seed: the same in any order of rows, others by another seed', async () => {
  const rows = Array.from({ length: 40 }, (_, id) =>
    textRow(`The ${id} old boats lay in the small harbour of the town.`, id),
  );
  const copies = async (of: readonly CleanRow[], settings: Partial<(typeof wordNoiseStep)['defaults']>) => {
    const outcomes = await outcomesOf(wordNoiseStep, of, settings);
    return new Map(of.map(({ id }, i) => [id, addsOf(outcomes[i]!)]));
  };
  const first = await copies(rows, { share: 0.5, seed: 5 });
  expect(await copies(rows.toReversed(), { share: 0.5, seed: 5 })).toEqual(new Map([...first].reverse()));
  expect(await copies(rows, { share: 0.5, seed: 6 })).not.toEqual(first);
  const having = [...first.values()].filter((adds) => adds.length > 0).length;
  expect(having > 8 && having < 32).toBe(true);
  expect([...(await copies(rows, { share: 0 })).values()].flat()).toEqual([]);
});

test('a copy keeps the columns, says by what it was made, and shares a group with its row', async () => {
  const row = textRow('A big hill', 3, { label: 'hill', split: 'train' });
  const [outcome] = await outcomesOf(synonymsStep, [row], { words: ['big: large'], ...ALWAYS });
  if (!outcome?.kept) throw new Error('left out');
  const group = outcome.facts!['augmented-group'];
  expect(outcome.adds![0]!.facts).toEqual({
    ...{ label: 'hill', split: 'train', augmented: 'synonyms', 'augmented-group': group },
  });
  expect(group).toMatch(/^[0-9a-z]+$/);
});

test('no step makes copies of rows that are held out, or were made themselves', async () => {
  const words = ['big: large'];
  const rows = [
    textRow('A big hill', 0, { split: 'validation', label: 'a' }),
    textRow('A big hill', 1, { augmented: 'synonyms', label: 'a' }),
    textRow('A big hill', 2, { augmented: 'true', label: 'a' }),
    ...[3, 4, 5].map((id) => textRow(`Row ${id}`, id, { label: 'b', augmented: 'false' })),
  ];
  const steps = [synonymsStep.start({ ...synonymsStep.defaults, words, probability: 1 }, CONTEXT)];
  for (const step of [wordNoiseStep, rebalanceStep] as CleanStep[]) {
    const pass = step.start({ ...step.defaults, leaveOut: 0.9 }, CONTEXT);
    for (const row of rows) pass.see?.(row);
    await pass.plan?.();
    steps.push(pass);
  }
  for (const pass of steps) expect(rows.slice(0, 3).map((row) => addsOf(pass.decide(row)))).toEqual([[], [], []]);
});
const CONTEXT = { content: 'text', seed: 1 } as const;

const labelled = (counts: Record<string, number>): CleanRow[] =>
  Object.entries(counts).flatMap(([label, count], at) =>
    Array.from({ length: count }, (_, i) => textRow(`${label} ${i}`, at * 100 + i, { label })),
  );

type Balancing = { by?: string; to?: string; most?: number; seed?: number };

async function balanced(rows: readonly CleanRow[], settings: Balancing = {}) {
  const pass = rebalanceStep.start({ ...rebalanceStep.defaults, ...settings }, CONTEXT);
  for (const row of rows) pass.see!(row);
  await pass.plan!();
  const copies = rows.map((row) => [row, addsOf(pass.decide(row)).length] as const);
  const after: Record<string, number> = {};
  for (const [{ facts }, count] of copies)
    after[String(facts['label'])] = (after[String(facts['label'])] ?? 0) + 1 + count;
  return { copies: copies.map(([, count]) => count), after, notes: pass.notes!() };
}

test('rebalance: up to the largest or the middle class, each row about equally often, by the seed', async () => {
  const rows = labelled({ a: 9, b: 4, c: 2 });
  const all = await balanced(rows);
  expect(all.after).toEqual({ a: 9, b: 9, c: 9 });
  expect(all.copies.slice(9).sort()).toEqual([1, 1, 1, 2, 3, 4]);
  expect((await balanced(rows, { to: 'median' })).after).toEqual({ a: 9, b: 4, c: 4 });
  const seeds = await Promise.all([1, 2, 3, 4].map(async (seed) => (await balanced(rows, { seed })).copies.join()));
  expect(new Set(seeds).size).toBeGreaterThan(1);
  expect((await balanced(rows)).copies).toEqual(all.copies);
});

test('rebalance: a bound on the copies of a row, and a column that is not there, are said', async () => {
  const { after, notes } = await balanced(labelled({ a: 9, b: 1 }), { most: 3 });
  expect([after, notes]).toEqual([
    { a: 9, b: 4 },
    [{ code: 'rebalance-short', facts: { classes: 1, rows: 5, most: 3 } }],
  ]);
  expect((await balanced(labelled({ a: 2 }), { by: ' mood ' })).notes).toEqual([
    { code: 'column-missing', facts: { column: 'mood' } },
  ]);
});

test('templates: question, answer and slots are read, and a slot is named once', () => {
  expect(templatesIn(['Where is {city}? => In {country}, {city}.', '', 'a {b c}\\n{}', ' => x'])).toEqual([
    { line: 1, asked: 'Where is {city}?', answered: 'In {country}, {city}.', slots: ['city', 'country'] },
    { line: 3, asked: 'a {b c}\n{}', slots: ['b c'] },
  ]);
});

test('templates: all combinations, or as many as asked, none twice, the same by the same seed', () => {
  expect(combinations([2, 3], 6, stream(1, 'x'))).toEqual([[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]]); // prettier-ignore
  expect(combinations([], 5, stream(1, 'x'))).toEqual([[]]);
  for (const sizes of [
    [4, 5],
    [1000, 1000, 1000, 1000, 1000, 1000, 1000],
  ]) {
    const some = combinations(sizes, 12, stream(3, 'x'));
    expect(new Set(some.map(String)).size).toBe(12);
    for (const digits of some) expect(digits.every((digit, i) => digit >= 0 && digit < sizes[i]!)).toBe(true);
    expect(combinations(sizes, 12, stream(3, 'x'))).toEqual(some);
    expect(combinations(sizes, 12, stream(4, 'x'))).not.toEqual(some);
  }
});

type Templating = { templates?: string[]; lists?: string[]; most?: number; copies?: number };

/** The rows that templates add, as their parts or texts with their columns, and what is said of the settings. */
async function templated(
  rows: readonly CleanRow[],
  settings: Templating,
  content: 'text' | 'chat' | 'preference' = 'text',
) {
  const pass = templatesStep.start({ ...templatesStep.defaults, ...settings }, { content, seed: 1 });
  for (const row of rows) pass.see!(row);
  const written = (added: AddedRow) =>
    'texts' in added ? added.texts.join(' | ') : added.parts.map(({ kind, text }) => `${kind}: ${text}`).join(' | ');
  const outcomes = rows.map((row) => pass.decide(row));
  const adds = outcomes.flatMap((outcome) => (outcome.kept ? (outcome.adds ?? []) : []));
  const more = [...pass.more!()];
  return {
    adds: adds.map(written),
    more: more.map(written),
    facts: more.map(({ facts }) => facts),
    notes: pass.notes!(),
  };
}

test('templates: from lists alone, whose values become columns; a list puts no row on a side', async () => {
  const templates = ['I love {food} => {label}', 'No {food} today'];
  const lists = ['food: tea, cake', 'label：good', 'split: validation'];
  expect(await templated([], { templates, lists }, 'chat')).toEqual({
    adds: [],
    more: ['question: I love tea | answer: good', 'question: I love cake | answer: good'],
    facts: ['tea', 'cake'].map((food) => ({ food, label: 'good', augmented: 'templates' })),
    notes: [{ code: 'template-answer', facts: { line: 2 } }],
  });
  const plain = await templated([], { templates: [...templates, 'On {split}'], lists, most: 1 });
  expect(plain.more).toHaveLength(3);
  expect(plain.more.at(-1)).toBe('text: On validation');
  expect(plain.facts.at(-1)).toEqual({ augmented: 'templates' });
});

test('templates: the columns that a recipe needs of other rows are those that no list fills', () => {
  const settings = { ...templatesStep.defaults, templates: ['{question} in {town} => {mood}'], lists: ['mood: good'] };
  expect(templatesStep.columns!(settings)).toEqual(['town']);
});

test('templates: from the columns of rows, and slots that rows lack are named with their count', async () => {
  const talk = (id: number, facts: RowFacts = {}) =>
    turnsRow(
      [
        ['system', 'Be kind.'],
        ['question', `Where is ${id}?`],
        ['answer', `At ${id}.`],
      ],
      id,
      facts,
    );
  const rows = [talk(1, { town: 'Ulm' }), talk(2), talk(3, { split: 'validation', town: 'Bonn' })];
  const templates = ['Please: {question}', 'Which town? => {town}, {mood}', '{nowhere}'];
  expect(await templated(rows, { templates, lists: ['mood: dear', 'broken'] }, 'chat')).toMatchObject({
    adds: [
      'Be kind. | Please: Where is 1? | At 1.',
      'system: Be kind. | question: Which town? | answer: Ulm, dear',
      'Be kind. | Please: Where is 2? | At 2.',
    ],
    more: [],
    notes: [
      { code: 'slot-missing', facts: { slot: 'nowhere', count: 2 } },
      { code: 'slot-missing', facts: { slot: 'town', count: 1 } },
      { code: 'list-lines', facts: { line: 2, count: 1 } },
    ],
  });
  expect(
    (await templated([textRow('Rain.', 1, { label: 'wet' })], { templates: ['{label}: {text} => {row}'] })).adds,
  ).toEqual(['wet: Rain.\n1']);
  expect(
    await templated([talk(1)], { templates: ['{question} => {answer}', 'So: {question}'] }, 'preference'),
  ).toMatchObject({
    adds: ['Be kind. | So: Where is 1? | At 1.'],
    notes: [{ code: 'template-pair', facts: { line: 1 } }],
  });
});

test('rows that were made are no repeats of the row that they were made of', async () => {
  const facts: RowFacts = { augmented: 'rebalance', 'augmented-group': 'x' };
  const text = 'The lamp on the pier was lit before the boats came home at night.';
  const rows = [textRow(text, 0), textRow(text, 1, facts), textRow(text, 2), textRow(`${text}!`, 3, facts)];
  const kept = async (step: CleanStep) => (await outcomesOf(step, rows)).map((outcome) => outcome.kept);
  expect(await kept(duplicatesStep as CleanStep)).toEqual([true, true, false, true]);
  expect(await kept(nearDuplicatesStep as CleanStep)).toEqual([true, true, false, true]);
});

test('split: no made row is held out, and none stays whose row is; shares are of the others', async () => {
  const rows = Array.from({ length: 60 }, (_, id) => [
    textRow(`Row ${id} of the log`, id, { 'augmented-group': `g${id}` }),
    textRow(`Copy of ${id}`, 100 + id, { augmented: 'synonyms', 'augmented-group': `g${id}` }),
    textRow(`Row ${id} of the log`, 200 + id, { augmented: true }),
  ]).flat();
  const outcomes = await outcomesOf(splitStep, rows, { share: 0.2 });
  const isHeld = (outcome: Outcome | undefined): boolean => outcome?.kept === true && outcome.held === true;
  const held = rows.filter((_, i) => isHeld(outcomes[i]));
  const left = rows.filter((_, i) => !outcomes[i]!.kept).map(({ id }) => id);
  expect(held).toHaveLength(12);
  expect(held.every(({ id }) => id < 100)).toBe(true);
  expect(left.sort((a, b) => a - b)).toEqual([...held.map(({ id }) => id + 100), ...held.map(({ id }) => id + 200)]);
});

test('split: copies of rows that were held out before go too', async () => {
  const rows = [
    textRow('Held', 0, { split: 'validation', 'augmented-group': 'g' }),
    textRow('Copy', 1, { augmented: 'synonyms', 'augmented-group': 'g' }),
    textRow('Trained', 2, { split: 'train', 'augmented-group': 'h' }),
    textRow('Copy too', 3, { augmented: 'synonyms', 'augmented-group': 'h' }),
  ];
  expect((await outcomesOf(splitStep, rows)).map(({ kept }) => kept)).toEqual([true, false, true, true]);
});

test('leaks: a made row that gives a held-out row away goes, it is never held out', async () => {
  const text = 'The lamp on the pier was lit before the boats came home, and nobody knew who had done it that night.';
  const rows = [textRow(text, 0, { split: 'validation' }), textRow(`${text}!`, 1, { augmented: 'synonyms' })];
  expect((await outcomesOf(leaksStep, rows, { to: 'validation' })).map(({ kept }) => kept)).toEqual([true, false]);
  expect(await outcomesOf(leaksStep, rows, { to: 'train' })).toMatchObject([{ held: false }, { kept: true }]);
});
