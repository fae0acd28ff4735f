import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { CLEAN, SCREENS, shoot, showAs } from './harness';
import { expectSound } from './sound';
import { tinyLlama } from './tinyLlama';
import { visiting } from './visit';

// What people ask to train beside texts and talks: calls of tools, thumbs, classes. Each comes in as a file, trains some
// steps, is tried, and the model with tools leaves and is verified.

const visit = visiting();
const files = mkdtempSync(join(tmpdir(), 'atelier-asked-'));
afterAll(() => rmSync(files, { recursive: true }));
afterEach(() => shoot(visit.page, 'asked-last'));

const TOOLS = [
  {
    type: 'function',
    function: {
      name: 'hue',
      description: 'The colour of a thing',
      parameters: { type: 'object', properties: { of: { type: 'string' } }, required: ['of'] },
    },
  },
];
const TEMPLATE = `{% if tools %}{% for tool in tools %}{{ tool.function.name }} {% endfor %}{% endif -%}
{%- for message in messages %}<|im_start|>{{ message.role }}
{% if message.tool_calls %}{% for call in message.tool_calls %}<tool_call>
{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}
</tool_call>{% endfor %}{% else %}{{ message.content }}{% endif %}<|im_end|>
{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% endif %}`;

const lines = (count: number, row: (i: number) => object): string =>
  Array.from({ length: count }, (_, i) => JSON.stringify(row(i))).join('\n') + '\n';
const user = (content: string) => ({ role: 'user', content });

const calls = lines(30, (i) => ({
  tools: TOOLS,
  messages: [
    user(`${i}: colour of snow?`),
    {
      role: 'assistant',
      content: null,
      tool_calls: [{ type: 'function', function: { name: 'hue', arguments: '{"of":"snow"}' } }],
    },
    { role: 'tool', content: 'white' },
    { role: 'assistant', content: 'white' },
  ],
}));

/** The last answer is marked and corrected, the talk kept, and the next version of what the model learned made of it. */
async function saidOfAnswers({ page, studio }: typeof visit): Promise<void> {
  const last = page.locator('.answer').last();
  await last.getByRole('button', { name: 'Bad answer' }).click();
  await last.getByRole('button', { name: 'Bad answer', pressed: true }).waitFor();
  await last.getByRole('button', { name: 'Tags and a note' }).click();
  await last.getByRole('button', { name: 'wrong tone' }).click();
  await last.getByRole('button', { name: 'Save the note' }).click();
  await last.getByText('wrong tone').waitFor();
  await last.getByRole('button', { name: 'Correct the answer' }).click();
  await last.getByRole('textbox', { name: 'Correct the answer' }).fill('Snow is white.');
  await page.keyboard.press('Control+Enter');
  await last.getByText('Corrected by you').waitFor();
  await last.getByText('Snow is white.').waitFor();
  await expectSound(page, 'feedback-chat');
  await page.getByRole('button', { name: 'Keep this conversation as rows' }).click();
  await page.getByRole('button', { name: 'Keep', exact: true }).click();
  await page.getByText(/^Kept in “Chat: /).waitFor();
  await studio.go('data/feedback');
  await page.getByText('Snow is white.').waitFor();
  await page.keyboard.press('1');
  await page.getByText('Next version of “calls”').waitFor();
  await expectSound(page, 'feedback-review');
  await studio.button('Make the datasets');
  await page.getByText('1 new in “calls · 2”.').waitFor();
  await page.getByText('1 new in “Corrected answers as pairs”.').waitFor();
  await page.getByText('1 new in “Good and bad answers”.').waitFor();
}

/** The last answer is kept as a check, which the adapter still passes beside its base; the set leaves for promptfoo. */
async function keptAsCheck({ page, studio }: typeof visit): Promise<void> {
  await page.locator('.answer').last().getByRole('button', { name: 'Keep as a check' }).click();
  await page.getByRole('dialog').getByLabel('Text', { exact: true }).fill('white');
  await studio.button('Store the check');
  await page.getByText('Kept in “Regression set”').waitFor();
  await studio.go('evaluate/checks');
  await page.getByRole('main').getByRole('button', { name: 'Regression set', exact: true }).click();
  await studio.button('Run the checks');
  await page.getByText('1 of 1 checks hold.').waitFor();
  await page.getByText(/^Base \(ToolFox\): \d of 1\.$/).waitFor();
  await page.getByLabel('Name in Ollama').fill('tools');
  const [saved] = await Promise.all([page.waitForEvent('download'), studio.button('Save as promptfoo YAML')]);
  expect(saved.suggestedFilename()).toBe('promptfooconfig.yaml');
  await expectSound(page, 'checks');
}

/** The adapter and its base answer the same prompts, are judged without names, and named at the end. */
async function judgedBlind({ page, studio }: typeof visit): Promise<void> {
  await studio.go('evaluate/judge/new');
  await page.getByRole('button', { name: 'calls', exact: true }).click();
  await page.getByRole('button', { name: 'calls · without the adapter' }).click();
  await page.getByLabel(/^Prompts: /).click();
  await page.getByRole('option', { name: 'From held-out rows' }).click();
  await page.getByLabel('How many rows').fill('2');
  await page.getByLabel('Longest reply, in tokens').fill('12');
  await studio.button('Write the answers');
  await page.getByText('Pair 1 of 2').first().waitFor();
  expect(await page.getByRole('main').innerText()).not.toContain('adapter');
  await expectSound(page, 'judge-queue');
  await page.keyboard.press('1');
  await page.getByText('Pair 2 of 2').first().waitFor();
  await page.reload();
  await page.getByText('Pair 2 of 2').first().waitFor();
  await page.keyboard.press('2');
  await page.getByText('You have judged every pair.').waitFor();
  await studio.button('End and show who is who');
  await page.getByText(/^Can’t tell: /).waitFor();
  await expectSound(page, 'judge-result');
  await studio.button('Make preference pairs');
  await page.getByText(/now has 2 rows/).waitFor();
}

/** What the Export screen shows leaves as GGUF and as PEFT, and each file writes what the model here writes. */
async function expectVerified({ studio }: typeof visit): Promise<void> {
  for (const kind of ['GGUF, 16 bits', 'The adapter (PEFT)']) {
    await studio.saveAs(kind);
    const { sentence } = await studio.verify('Verify the saved file');
    expect(sentence, kind).toMatch(/writes what the model here writes|is the model here, rounded/);
  }
}

test('calls of tools are learned, made in a talk, answered by hand, and the files of the model are verified', async () => {
  const { page, studio } = visit;
  await studio.bring('calls.jsonl', calls);
  await studio.openModel(tinyLlama(files, 'ToolFox', TEMPLATE, 256));
  await studio.chooseTexts('calls');
  await studio.configure({
    ...{ contextLength: 192, learningRate: 2e-2, durationUnit: 'steps', steps: 60, batchSize: 4, accumulate: 1 },
    ...{ loraRank: 8, loraAlpha: 32, validationEvery: 0, sampleEvery: 0 },
  });
  await studio.button('Show the first batch');
  const window = page.getByRole('group', { name: /^Window 1/ }).first();
  await window.waitFor();
  const graded = (await window.locator('.graded').allInnerTexts()).join('').replaceAll('⏎', '');
  expect(graded).toMatch(/<tool_call>\s*\{"name": "hue", "arguments": \{"of": "snow"\}\}\s*<\/tool_call>/);
  expect(graded.match(/white/g)).toHaveLength(1); // what the tool gave back is read, not learned
  await studio.name('calls');
  await studio.startTraining();
  await studio.until('calls', (r) => r.status === 'finished');

  await studio.chatWith('calls');
  await studio.setNumber('Temperature', 0);
  await studio.setNumber('Longest reply, in tokens', 90);
  await page.getByRole('textbox', { name: 'Tools', exact: true }).fill(JSON.stringify(TOOLS));
  await page.getByText('The model can call: hue.').waitFor();
  await page.getByLabel('Your message').fill('3: colour of snow?');
  await page.keyboard.press('Enter');
  const given = page.getByRole('textbox', { name: 'What hue gives back' });
  await given.fill('white');
  expect(await page.getByRole('list', { name: 'Calls of tools' }).innerText()).toContain('snow');
  await expectSound(page, 'tools');
  await studio.button('Give it to the model');
  await page.locator('.answer').last().getByText('white').waitFor();
  await studio.go(`runs/${await studio.idOf('calls')}`);
  await page.reload();
  await page.getByRole('link', { name: 'Choose data and settings' }).waitFor();
  await studio.go('data');
  await showAs(page, SCREENS[2]!);
  await page.getByText('hue').first().waitFor();
  const room = await page.getByRole('main').evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth);
  expect(room).toBe(0); // rows that name their tools do not widen a phone's page
  await showAs(page, SCREENS[0]!);

  await studio.go('chat');
  await saidOfAnswers(visit);
  await studio.go('chat');
  await keptAsCheck(visit);
  await judgedBlind(visit);

  await studio.go(`export/${await studio.idOf('calls')}`);
  await expectVerified(visit);
  expect(visit.seen).toEqual(CLEAN);
});

test('thumbs train by themselves, the model answers, and its files are verified', async () => {
  const { page, studio } = visit;
  const thumb = (i: number) => ({
    ...{
      prompt: [user(`${i}: colour of coal?`)],
      completion: [{ role: 'assistant', content: i % 2 ? 'black' : 'white' }],
    },
    label: i % 2 === 1,
  });
  await studio.bring('thumbs.jsonl', lines(40, thumb));
  await studio.go('model');
  await studio.chooseTexts('thumbs');
  await studio.configure({
    ...{ contextLength: 64, learningRate: 1e-2, durationUnit: 'steps', steps: 20, batchSize: 4, accumulate: 1 },
    ...{ loraRank: 4, validationEvery: 10, sampleEvery: 0 },
  });
  await studio.name('thumbs');
  await studio.startTraining();
  const run = await studio.until('thumbs', (r) => r.status === 'finished');
  expect(run.rewards).toHaveLength(20);
  expect(run.rewards.at(-1)!.rewards.margin).toBeGreaterThan(run.rewards[0]!.rewards.margin);
  await page.getByRole('heading', { name: /^Rewards/ }).waitFor();
  await expectSound(page, 'train-kto');
  await studio.chatWith('thumbs');
  await studio.setNumber('Longest reply, in tokens', 6);
  const [said] = await studio.ask('7: colour of coal?', 1);
  expect(said!.from).toMatch(/^thumbs · step \d+$/);
  await studio.go(`export/${await studio.idOf('thumbs')}`);
  await expectVerified(visit);
});

test('classes are learned from a table and seen in a text', async () => {
  const { page, studio } = visit;
  const fruit = ['pear', 'plum', 'fig'];
  const row = (i: number): string =>
    `a ${i % 2 ? fruit[i % 3]! : ['saw', 'file', 'drill'][i % 3]!} and ${i},${i % 2 ? 'fruit' : 'tool'}`;
  await studio.bring('things.csv', ['text,label', ...Array.from({ length: 40 }, (_, i) => row(i))].join('\n'));
  await studio.go('model');
  await studio.chooseTexts('things');
  await studio.configure({
    ...{ learningRate: 2e-2, durationUnit: 'steps', steps: 30, batchSize: 8, accumulate: 1, loraRank: 4 },
    ...{ validationEvery: 15, sampleEvery: 0 },
  });
  await studio.name('things');
  await studio.startTraining();
  await studio.until('things', (r) => r.status === 'finished');
  await studio.go(`chat/${await studio.idOf('things')}`);
  await page.getByRole('textbox', { name: 'Text', exact: false }).first().fill('a plum and 3');
  await page.keyboard.press('Enter');
  await page.getByRole('article').getByRole('listitem').filter({ hasText: 'fruit' }).waitFor();
  await page
    .getByRole('status')
    .filter({ hasText: /^(fruit|tool|not sure)$/ })
    .waitFor(); // read out, and nothing else
  await expectSound(page, 'classes');
  await studio.go(`export/${await studio.idOf('things')}`);
  await page.getByText(/^This model tells classes apart and writes no text/).waitFor();
  await studio.go('export/guides');
  await page.getByText(/^This model tells classes apart and writes no text/).waitFor();
  expect(visit.seen).toEqual(CLEAN);
});
