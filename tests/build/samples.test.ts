import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { GENERAL_NAMES, SAMPLE_NAMES, SAMPLE_PROMPTS, sampleContent, sampleFile } from '../../src/base/records/samples';
import { SAMPLES_FOLDER, samples } from '../../src/build/samples.mjs';
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
    const spoken = chat ? text.replace(/"(messages|role|content|user|assistant)"/g, '') : text;
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

  test.runIf(chat)('guest and host speak by turns, and the host has the last word', () => {
    for (const row of text.trimEnd().split('\n')) {
      const { messages } = JSON.parse(row) as { messages: Message[] };
      expect(messages.map(({ role }) => role)).toEqual(messages.map((_, i) => (i % 2 ? 'assistant' : 'user')));
      expect(messages.length % 2).toBe(0);
    }
  });
});
