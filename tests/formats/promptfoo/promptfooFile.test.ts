import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { promptfooFile } from '../../../src/formats/promptfoo/promptfooFile';
import { filledPrompt, readChecks } from '../../../src/formats/promptfoo/promptfooReading';
import type { FileCheck } from '../../../src/formats/promptfoo/checkSetFile';

const FILE = 'tests/fixtures/promptfoo/config.yaml';
const schema = '{"type":"object","required":["a"]}';
const CHECKS: FileCheck[] = [
  {
    name: 'a plain question: yes # no',
    asked: [{ role: 'user', content: 'What is the capital?' }],
    expects: [{ type: 'contains', value: '{{Paris}}' }],
  },
  {
    name: 'a talk with templates in it',
    asked: [
      { role: 'system', content: 'Write {{name}} and {% raw %} and {# this #}.\n- yes: no\n' },
      { role: 'user', content: '1: {"a": {"b": {}}}' },
      { role: 'assistant', content: '好 "quoted" \\ \'single\'' },
      { role: 'user', content: 'file://etc and {{{{' },
    ],
    expects: [
      { type: 'contains-any', value: '', values: ['no, such', '{{Paris}}'] },
      { type: 'regex', value: '^It is \\{\\{\\w+\\}\\}\\.$' },
      { type: 'is-json', not: true, value: schema },
      { type: 'rouge-n', value: 'It is {{Paris}}', threshold: 0.6 },
      { type: 'levenshtein', not: true, value: 'package:a {%x%} and more text', threshold: 3 },
      { type: 'starts-with', not: true, value: '{# It #} is {' },
    ],
  },
  { name: 'fails', asked: [{ role: 'user', content: 'x' }], expects: [{ type: 'equals', value: 'file://x' }] },
];
const written = (): string => promptfooFile('Set: one', CHECKS, { model: 'my-model:latest', maxTokens: 64 });
if (process.env['WRITE_FIXTURES'] === '1') writeFileSync(FILE, written());

test('the file is the one that promptfoo was run on', () => {
  expect(written()).toBe(readFileSync(FILE, 'utf8'));
});

test('promptfoo asks Ollama what the checks ask, and passes what holds', () => {
  const { asked, passed } = JSON.parse(readFileSync('tests/fixtures/promptfoo/asked.json', 'utf8')) as {
    asked: { model: string; messages: unknown; options: unknown }[];
    passed: [name: string, passed: boolean, error: string | null][];
  };
  expect(asked.map(({ messages }) => messages)).toEqual(CHECKS.map(({ asked: messages }) => messages));
  expect(asked[0]).toMatchObject({ model: 'my-model:latest', options: { temperature: 0, seed: 1, num_predict: 64 } });
  expect(passed.map(([name, holds]) => [name, holds])).toEqual(CHECKS.map(({ name }) => [name, name !== 'fails']));
});

test('the file comes back as it was, as YAML and as JSON', async () => {
  const read = await readChecks(written(), 'promptfooconfig.yaml');
  expect(read).toEqual({ name: 'Set: one', checks: CHECKS, unknown: [], leftOut: 0 });
  const { parse } = await import('yaml');
  expect(await readChecks(JSON.stringify(parse(written())), 'set.json')).toEqual(read);
});

test('a configuration that a person wrote: templates are filledPrompt, what is elsewhere is counted', async () => {
  const text = `
description: mine
prompts:
  - 'Capital of {{country}}?'
  - file://prompt.txt
defaultTest:
  assert: [{type: not-contains, value: sorry}]
tests:
  - vars: {country: France}
    assert:
      - type: icontains
        value: paris
      - type: llm-rubric
        value: is polite
  - vars: &china {country: China}
    description: 中国
    assert:
      - {type: contains-any, value: 'Beijing, 北京'}
      - {type: levenshtein, value: Beijing, threshold: 2}
  - vars: {place: nowhere}
`;
  const polite = { type: 'contains', not: true, value: 'sorry' };
  expect(await readChecks(text, 'a.yml')).toEqual({
    name: 'mine',
    checks: [
      {
        name: 'Capital of France?',
        asked: [{ role: 'user', content: 'Capital of France?' }],
        expects: [polite, { type: 'icontains', value: 'paris' }],
      },
      {
        name: '中国',
        asked: [{ role: 'user', content: 'Capital of China?' }],
        expects: [
          polite,
          { type: 'contains-any', value: '', values: ['Beijing', '北京'] },
          { type: 'levenshtein', value: 'Beijing', threshold: 2 },
        ],
      },
    ],
    ...{ unknown: ['llm-rubric'], leftOut: 4 },
  });
});

test('tests as lines of JSON and as CSV', async () => {
  const jsonl = [
    { prompt: 'Hi', system: 'Be brief.', assert: [{ type: 'equals', value: 'Hello' }] },
    { name: 'talk', messages: [{ role: 'user', content: 'A' }], assert: { type: 'is-json' } },
  ];
  const read = await readChecks(jsonl.map((one) => JSON.stringify(one)).join('\n'), 'a.jsonl');
  expect(read.checks).toEqual([
    {
      ...{ name: 'Hi', asked: [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: 'Hi' }] }, // prettier-ignore
      expects: [{ type: 'equals', value: 'Hello' }],
    },
    { name: 'talk', asked: [{ role: 'user', content: 'A' }], expects: [{ type: 'is-json', value: '' }] },
  ]);
  const csv =
    'prompt,__expected1,__expected2,__description\r\n"Hi, you",not-contains: bye,rouge-n(0.5): a b,first\r\nB,plain,,\r\n';
  expect((await readChecks(csv, 'a.csv')).checks).toEqual([
    {
      ...{ name: 'first', asked: [{ role: 'user', content: 'Hi, you' }] },
      expects: [
        { type: 'contains', not: true, value: 'bye' },
        { type: 'rouge-n', value: 'a b', threshold: 0.5 },
      ],
    },
    { name: 'B', asked: [{ role: 'user', content: 'B' }], expects: [{ type: 'equals', value: 'plain' }] },
  ]);
});

test('a file of something else is refused', async () => {
  for (const [name, text] of [
    ['a.yaml', 'a: [1'],
    ['a.json', '{"x": 1}'],
    ['a.yaml', 'just text'],
    ['a.csv', ''],
  ] as const)
    await expect(readChecks(text, name)).rejects.toMatchObject({ code: 'check-file' });
});

test('templates beyond names and letters are not guessed', () => {
  expect(filledPrompt("{{ '{' }}{{a | dump}} {{ b }}", { a: 1, b: 'x' })).toBe('{1 x');
  for (const template of ['{{ c }}', '{{ a + 1 }}', '{% if a %}', '{{ b.c }}'])
    expect(filledPrompt(template, { a: 1 })).toBeUndefined();
});
