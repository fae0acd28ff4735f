import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { toolName, type ToolSchema } from '../../src/base/conversation';
import {
  GENERAL_NAMES,
  SAMPLE_NAMES,
  SAMPLE_PROMPTS,
  SAMPLE_TOOLS,
  sampleContent,
  sampleFile,
} from '../../src/base/records/samples';
import { SAMPLES_FOLDER, samples } from '../../src/build/samples.mjs';
import { ChatTemplate } from '../../src/data/chat/chatTemplate';
import { conversationRow } from '../../src/data/chat/gradedRow';
import { PretrainedTokenizer } from '../../src/data/tokens/pretrainedTokenizer';
import { rowOf } from '../../src/formats/text/conversations';
import { textRows } from '../../src/formats/text/rows';
import { textSourceOf } from '../../src/formats/text/textSource';
import { flat } from '../formats/helpers';

const made = samples();

interface Message {
  role: string;
  content: string;
}

test('there is a file for each sample, and it is what the script writes', async () => {
  expect(Object.keys(made).sort()).toEqual([...SAMPLE_NAMES, ...GENERAL_NAMES].map(sampleFile).sort());
  for (const [name, text] of Object.entries(made))
    expect((await readFile(SAMPLES_FOLDER + name, 'utf8')) === text, name).toBe(true);
});

describe.each(SAMPLE_NAMES)('%s', (name) => {
  const text = made[sampleFile(name)]!;
  const chat = sampleContent(name) === 'chat';

  test('has enough rows, none of them twice, in one language', async () => {
    const read = await flat(textRows(textSourceOf(new Blob([text]), sampleFile(name)), chat ? 'jsonl' : 'txt'));
    const rows = read.map(({ row }) => row);
    expect(rows).toHaveLength(500);
    expect(new Set(rows).size).toBe(rows.length);
    const tools = name.endsWith('tools') ? /[a-z_]+"|\bnull\b/g : /"(messages|role|content|user|assistant)"/g;
    const spoken = chat ? text.replace(tools, '') : text;
    expect(name.startsWith('chinese') ? /[a-z]/i.test(spoken) : /\p{Script=Han}/u.test(spoken)).toBe(false);
  });

  test('holds what a run on it writes on from', () => {
    const prompt = SAMPLE_PROMPTS[name];
    if (chat) expect(text).toContain(JSON.stringify(prompt).slice(1, -1).split('. ').at(-1));
    else expect(text).toContain(prompt);
  });

  test('no template shows through', () => {
    expect(chat ? text.replace(/[{}[\]]/g, '') : text).not.toMatch(
      /undefined|NaN|[{}$]|\[object| {2}|[，。]{2}|\. \.|\b[Aa] [aeiou](?!ne\b)|\ban [^aeiou]/,
    );
  });

  test.runIf(chat && !name.endsWith('tools'))('guest and host speak by turns, and the host has the last word', () => {
    for (const row of text.trimEnd().split('\n')) {
      const { messages } = JSON.parse(row) as { messages: Message[] };
      expect(messages.map(({ role }) => role)).toEqual(messages.map((_, i) => (i % 2 ? 'assistant' : 'user')));
      expect(messages.length % 2).toBe(0);
    }
  });
});

interface ToolRow {
  tools: ToolSchema[];
  messages: { role: string; content: string | null; tool_calls?: { function: Called }[] }[];
}
interface Called {
  name: string;
  arguments: Record<string, string>;
}
test.each(['english-tools', 'chinese-tools'] as const)('%s call the tool that is there, and say its result', (name) => {
  const rows = made[sampleFile(name)]!.trimEnd()
    .split('\n')
    .map((row) => JSON.parse(row) as ToolRow);
  const called = rows.filter(({ messages }) => messages.length === 4);
  expect(called.length).toBeGreaterThan(400);
  for (const { tools, messages } of called) {
    const [asked, call, result, answer] = messages;
    const { name: tool, arguments: given } = call!.tool_calls![0]!.function;
    expect(tools.map(toolName)).toEqual([tool]);
    expect(asked!.content).toContain(Object.values(given)[0]);
    expect(answer!.content).toContain(result!.content);
  }
  expect(rows.filter(({ messages }) => messages.length === 2).length).toBeGreaterThan(5); // that need no call
  expect(rows.map(({ tools }) => JSON.stringify(tools))).toContain(JSON.stringify(SAMPLE_TOOLS));
});

test('their rows fit the window of the model that comes along', async () => {
  const folder = 'public/models/atelier-starter/';
  const tokenizer = new PretrainedTokenizer(await readFile(`${folder}tokenizer.json`, 'utf8'), 0, 'starter');
  const template = new ChatTemplate(await readFile(`${folder}chat_template.jinja`, 'utf8'), {});
  for (const name of ['english-tools', 'chinese-tools'] as const)
    for (const row of made[sampleFile(name)]!.trimEnd().split('\n').slice(0, 100)) {
      const read = rowOf(JSON.parse(row) as Record<string, unknown>, { file: name, line: 1 }).row;
      if (read.content !== 'chat') expect.unreachable();
      else expect(conversationRow(read.messages, template, tokenizer, read.tools).ids.length).toBeLessThanOrEqual(256);
    }
});
