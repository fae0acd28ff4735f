// Rows as data sets, services and trainers publish them, by the names of their fields: what is kept of each. The file
// walks all of src/formats/shapes by way of src/formats/text/conversations.ts.
import { describe, expect, test } from 'vitest';
import type { Mapping } from '../../../src/base/records/mapping';
import type { JsonObject } from '../../../src/formats/json';
import { ShapeDetector } from '../../../src/formats/shapes/detect';
import { rowOf } from '../../../src/formats/text/conversations';
import { CONVERSATIONS } from './publishedConversations';
import {
  user,
  assistant,
  system,
  QA,
  ASK,
  SAY,
  chat,
  text,
  pair,
  SCHEMA,
  TOOLS,
  COMPLETIONS,
  type Shape,
} from './shapeParts';

const AT = { file: 'a.jsonl', line: 1 };

const QUESTIONS: Shape[] = [
  [
    'Alpaca',
    { instruction: 'Name the height.', input: 'A fir', output: SAY },
    chat([user('Name the height.\nA fir'), QA[1]!]),
  ],
  [
    'Alpaca with its prompt',
    { instruction: ASK, input: '', output: SAY, text: 'Below is …' },
    chat(QA),
    { text: 'Below is …' },
  ],
  [
    'LLaMA-Factory Alpaca',
    { instruction: ASK, input: '', output: SAY, system: 'Be brief.', history: [['Hi', 'Hello']] },
    chat([system('Be brief.'), user('Hi'), assistant('Hello'), ...QA]),
  ],
  [
    'Dolly',
    { instruction: ASK, context: 'A fir stands here.', response: SAY, category: 'closed_qa' },
    chat([user(`${ASK}\nA fir stands here.`), QA[1]!]),
    { category: 'closed_qa' },
  ],
  [
    'OpenOrca',
    { id: 'niv.1', system_prompt: 'Be brief.', question: ASK, response: SAY },
    chat([system('Be brief.'), ...QA]),
    { id: 'niv.1' },
  ],
  ['prompt and completion', { prompt: ASK, completion: SAY }, chat(QA)],
  ['PaLM', { input_text: ASK, output_text: SAY }, chat(QA)],
  ['GSM8K', { question: ASK, answer: '20 + 20 = 40\n#### 40' }, chat([user(ASK), assistant('20 + 20 = 40\n#### 40')])],
  ['NuminaMath', { source: 'own', problem: ASK, solution: SAY }, chat(QA), { source: 'own' }],
  [
    'MATH',
    { problem: ASK, level: 'Level 1', type: 'Trees', solution: SAY },
    chat(QA),
    { level: 'Level 1', type: 'Trees' },
  ],
  [
    'medical reasoning',
    { Question: ASK, Complex_CoT: 'Firs are tall.', Response: SAY },
    chat([user(ASK), assistant(SAY, { reasoning: 'Firs are tall.' })]),
  ],
  [
    'SQuAD',
    {
      id: '5',
      title: 'Trees',
      context: 'The fir has forty metres.',
      question: ASK,
      answers: { text: ['forty metres'], answer_start: [12] },
    },
    chat([user(`${ASK}\nThe fir has forty metres.`), assistant('forty metres')]),
    { id: '5', title: 'Trees', answers: '{"text":["forty metres"],"answer_start":[12]}' },
  ],
  [
    'TriviaQA',
    { question: ASK, question_id: 'q', answer: { value: SAY, aliases: ['40 m'] } },
    chat(QA),
    { question_id: 'q', answer: '{"value":"Forty metres.","aliases":["40 m"]}' },
  ],
  ['NQ-open', { question: ASK, answer: [SAY, '40 m'] }, chat(QA), { answer: '["Forty metres.","40 m"]' }],
  [
    'MMLU',
    { question: ASK, subject: 'trees', choices: ['ten', 'forty'], answer: 1 },
    chat([user(`${ASK}\nA. ten\nB. forty`), assistant('B. forty')]),
    { subject: 'trees' },
  ],
  [
    'MMLU-Pro',
    { question_id: 7, question: ASK, options: ['ten', 'forty'], answer: 'B', answer_index: 1, cot_content: '' },
    chat([user(`${ASK}\nA. ten\nB. forty`), assistant('B. forty')]),
    { question_id: 7, answer: 'B' },
  ],
  [
    'ARC',
    { id: 'a', question: ASK, choices: { text: ['ten', 'forty'], label: ['1', '2'] }, answerKey: '2' },
    chat([user(`${ASK}\n1. ten\n2. forty`), assistant('2. forty')]),
    { id: 'a' },
  ],
  [
    'HellaSwag',
    { ctx: 'The fir', endings: ['sings', 'grows'], label: '1', activity_label: 'Trees' },
    chat([user('The fir\nA. sings\nB. grows'), assistant('B. grows')]),
    { activity_label: 'Trees' },
  ],
  [
    'CNN / DailyMail',
    { article: 'A fir grew.', highlights: 'Fir grew.', id: 'n' },
    chat([user('A fir grew.'), assistant('Fir grew.')]),
    { id: 'n' },
  ],
  [
    'SAMSum',
    { id: 's', dialogue: 'Ann: Hi\nBen: Hi', summary: 'They greet.' },
    chat([user('Ann: Hi\nBen: Hi'), assistant('They greet.')]),
    { id: 's' },
  ],
  [
    'HumanEval',
    { task_id: 'h/0', prompt: 'def f():', canonical_solution: '  return 1', entry_point: 'f', test: 'assert' },
    chat([user('def f():'), assistant('  return 1')]),
    { task_id: 'h/0', entry_point: 'f', test: 'assert' },
  ],
];

const PREFERENCES: Shape[] = [
  ['TRL preference', { prompt: ASK, chosen: SAY, rejected: 'No idea.' }, pair()],
  ['TRL preference, the question in both', { chosen: QA, rejected: [QA[0]!, assistant('No idea.')] }, pair()],
  [
    'TRL preference with tools',
    { prompt: [user(ASK)], chosen: [QA[1]!], rejected: [assistant('No idea.')], tools: [SCHEMA] },
    pair(TOOLS),
  ],
  [
    'HH-RLHF',
    { chosen: `\n\nHuman: ${ASK}\n\nAssistant: ${SAY}`, rejected: `\n\nHuman: ${ASK}\n\nAssistant: No idea.` },
    pair(),
  ],
  [
    'UltraFeedback, binarized',
    {
      prompt: ASK,
      prompt_id: 'p',
      chosen: QA,
      rejected: [QA[0]!, assistant('No idea.')],
      messages: QA,
      score_chosen: 8,
      score_rejected: 2,
    },
    pair(),
    { prompt_id: 'p', score_chosen: 8, score_rejected: 2 },
  ],
  [
    'UltraFeedback',
    {
      source: 'own',
      instruction: ASK,
      completions: COMPLETIONS,
    },
    pair(),
    { source: 'own', completions: JSON.stringify(COMPLETIONS) },
  ],
  [
    'SHP',
    { post_id: 'r', history: ASK, human_ref_A: 'No idea.', human_ref_B: SAY, labels: 0, score_ratio: 2.5 },
    pair(),
    { post_id: 'r', labels: 0, score_ratio: 2.5 },
  ],
  [
    'PKU-SafeRLHF',
    { prompt: ASK, response_0: SAY, response_1: 'No idea.', better_response_id: 0 },
    pair(),
    { better_response_id: 0 },
  ],
  [
    'LMSYS arena',
    { conversation_a: QA, conversation_b: [QA[0]!, assistant('No idea.')], winner: 'model_a', model_a: 'x' },
    pair(),
    { winner: 'model_a', model_a: 'x' },
  ],
  [
    'HelpSteer3',
    { context: [user(ASK)], response1: SAY, response2: 'No idea.', overall_preference: -2, domain: 'general' },
    pair(),
    { overall_preference: -2, domain: 'general' },
  ],
  [
    'Orca DPO pairs',
    { system: 'Be brief.', question: ASK, chosen: SAY, rejected: 'No idea.' },
    pair({ prompt: [system('Be brief.'), user(ASK)] }),
  ],
  [
    'OpenAI preference',
    {
      input: { messages: [QA[0]], tools: [SCHEMA] },
      preferred_output: [QA[1]],
      non_preferred_output: [assistant('No idea.')],
    },
    pair(TOOLS),
  ],
  [
    'LLaMA-Factory preference',
    {
      conversations: [{ from: 'human', value: ASK }],
      chosen: { from: 'gpt', value: SAY },
      rejected: { from: 'gpt', value: 'No idea.' },
    },
    pair(),
  ],
  ['ms-swift preference', { messages: QA, rejected_response: 'No idea.' }, pair()],
];

const UNGRADED = [user(ASK), assistant(SAY, { weight: 0 })];
const LABELS: Shape[] = [
  ['KTO, good', { prompt: ASK, completion: SAY, label: true }, chat(QA), { label: true }],
  ['KTO, bad', { prompt: ASK, completion: SAY, label: false }, chat(UNGRADED), { label: false }],
  ['KTO in a table, bad', { prompt: ASK, completion: SAY, label: 0 }, chat(UNGRADED), { label: false }],
  [
    'KTO of messages, bad',
    { prompt: [QA[0]!], completion: [QA[1]!], label: 'false' },
    chat(UNGRADED),
    { label: false },
  ],
  ['ms-swift KTO', { messages: QA, label: false }, chat(UNGRADED), { label: false }],
  ['LLaMA-Factory KTO', { instruction: ASK, input: '', output: SAY, kto_tag: false }, chat(UNGRADED), { label: false }],
  ['LLaMA-Factory KTO of ShareGPT', { messages: QA, label: true }, chat(QA), { label: true }],
  ['IMDB', { text: 'A fine film.', label: 1 }, text('A fine film.'), { label: 1 }],
  ['AG News', { text: 'The fir fell.', label: 3 }, text('The fir fell.'), { label: 3 }],
  ['SST-2', { idx: 4, sentence: 'fine', label: 1 }, text('fine'), { idx: 4, label: 1 }],
  [
    'MNLI',
    { premise: 'A fir.', hypothesis: 'A tree.', label: 0, idx: 1 },
    text('A fir.\nA tree.'),
    { label: 0, idx: 1 },
  ],
  ['QQP', { question1: ASK, question2: 'What height?', label: 1 }, text(`${ASK}\nWhat height?`), { label: 1 }],
  ['emotions with several labels', { text: 'Glad.', labels: [2, 5] }, text('Glad.'), { labels: '[2,5]' }],
  [
    'OpenAI classification by completion',
    { prompt: 'fine ->', completion: ' positive' },
    chat([user('fine ->'), assistant(' positive')]),
  ],
  ['a weighted row', { messages: QA, weight: 0.5 }, chat([QA[0]!, assistant(SAY, { weight: 0.5 })]), { weight: 0.5 }],
  [
    'HelpSteer, scored',
    { prompt: ASK, response: SAY, helpfulness: 4, verbosity: 1 },
    chat(QA),
    { helpfulness: 4, verbosity: 1 },
  ],
  ['reviews with stars', { review: 'Fine tree.', stars: '4' }, text('Fine tree.'), { rating: 4 }],
];

const TEXTS: Shape[] = [
  ['plain text', { text: 'A fir.' }, text('A fir.')],
  [
    'FineWeb',
    { text: 'A fir.', id: 'u', url: 'https://example.org', score: 0.9, token_count: 3 },
    text('A fir.'),
    { id: 'u', url: 'https://example.org', rating: 0.9, token_count: 3 },
  ],
  ['the Pile', { text: 'A fir.', meta: { pile_set_name: 'Own' } }, text('A fir.'), { meta: '{"pile_set_name":"Own"}' }],
  ['code', { content: 'x = 1', path: 'a.py', size: 5 }, text('x = 1'), { path: 'a.py', size: 5 }],
  ['Guanaco', { text: '### Human: Hi### Assistant: Hello' }, text('### Human: Hi### Assistant: Hello')],
  [
    'OpenAssistant, one message a row',
    { message_id: 'm', parent_id: 'n', text: ASK, role: 'prompter', lang: 'en' },
    text(ASK),
    { message_id: 'm', parent_id: 'n', role: 'prompter', lang: 'en' },
  ],
  ['a row with its side in capitals', { text: 'A fir.', split: ' Train' }, text('A fir.'), { split: 'train' }],
  ['a row with a side of its own', { text: 'A fir.', split: 'constructor' }, text('A fir.'), { split: 'constructor' }],
  ['a row with its side', { text: 'A fir.', split: 'test' }, text('A fir.'), { split: 'validation' }],
];

const ALL = { CONVERSATIONS, QUESTIONS, PREFERENCES, LABELS, TEXTS };

test('at least sixty shapes are walked', () => {
  expect(Object.values(ALL).flat().length).toBeGreaterThan(90);
});

describe.each(Object.entries(ALL))('%s', (_kind, shapes) => {
  test.each(shapes)('%s', (_name, row, kept, facts = {}) => {
    const read = rowOf(row, AT);
    expect({ row: read.row, facts: read.facts }).toEqual({ row: kept, facts });
    expect(read.unread).toEqual([]);
  });
});

test.each(Object.values(ALL).flat())('%s, once more with the mapping that is shown', (_name, row) => {
  const detector = new ShapeDetector();
  const read = rowOf(row, AT);
  detector.see(row, read.used, read.row.content);
  const mapping = detector.mapping()!;
  const { row: again, facts } = rowOf(row, AT, mapping);
  expect({ again, facts }).toEqual({ again: read.row, facts: read.facts });
});

describe('two answers with a verdict, of which most rows prefer the second', () => {
  const [SAID, WORSE] = [[assistant(SAY)], [assistant('No idea.')]];
  /** What is chosen in each row, with the mapping that all of them together show or another one. */
  function chosenIn(rows: readonly JsonObject[], changed?: (mapping: Mapping) => Mapping): unknown[] {
    const detector = new ShapeDetector();
    for (const row of rows) {
      const { row: read, used } = rowOf(row, AT);
      detector.see(row, used, read.content);
    }
    const mapping = detector.mapping()!;
    expect(mapping.shape).toBe('preference');
    return rows.map((row) => {
      const { row: read } = rowOf(row, AT, changed ? changed(mapping) : mapping);
      return read.content === 'preference' && [read.pair.chosen, read.pair.rejected];
    });
  }
  const sides = (named: readonly [string, string, string], first: unknown, second: unknown): JsonObject[] =>
    [second, first, second].map((verdict) => ({
      prompt: ASK,
      [named[0]]: verdict === first ? SAY : 'No idea.',
      [named[1]]: verdict === first ? 'No idea.' : SAY,
      [named[2]]: verdict,
      id: 'x',
    }));

  test.each([
    [sides(['human_ref_A', 'human_ref_B', 'labels'], 1, 0)],
    [sides(['response_0', 'response_1', 'better_response_id'], 0, 1)],
    [sides(['response1', 'response2', 'overall_preference'], -2, 3)],
    [sides(['response_a', 'response_b', 'winner'], 'model_a', 'model_b')],
  ])('keeps the better one where another column is mapped otherwise: %j', (rows) => {
    const asText = (mapping: Mapping): Mapping => ({
      ...mapping,
      columns: mapping.columns.map((each) => (each.column === 'id' ? { ...each, use: 'system' } : each)),
    });
    for (const changed of [undefined, asText]) expect(chosenIn(rows, changed)).toEqual(rows.map(() => [SAID, WORSE]));
  });

  const columns = (['asked', 'one', 'two', 'better'] as const).map((column, i) => ({
    column,
    use: (['question', 'chosen', 'rejected', 'verdict'] as const)[i]!,
  }));
  const read = (better: unknown) =>
    rowOf({ asked: ASK, one: SAY, two: 'No idea.', better }, AT, { shape: 'preference', columns });

  test.each([['one'], ['A'], [1], ['first'], ['model_a']])('by names of the own: %j is the first', (better) => {
    expect(read(better)).toMatchObject({ row: { pair: { chosen: SAID, rejected: WORSE } }, facts: { better } });
  });
  test.each([['two'], ['b'], ['2']])('%j is the second', (better) => {
    expect(read(better)).toMatchObject({ row: { pair: { chosen: WORSE, rejected: SAID } } });
  });
  test.each([['tie'], [0], [null], [true]])('%j sets the row aside', (better) => {
    expect(() => read(better)).toThrow(/row-value.*better/);
  });
});
