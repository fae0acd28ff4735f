/**
 * Writes public/samples/: eight small texts, so that a first run needs no file and ends with whole words. Stories,
 * dialogues, questions with answers, and calls of tools, in English and in Chinese apart, composed here from templates
 * and copied from nowhere. Beside them the general rows that are mixed into a tuning: written by hand for this studio,
 * one by one, and free for any use (CC0). The same seed gives the same bytes: `node src/build/samples.mjs`. The text
 * that the base model is trained on is another one: starterCorpus.mjs.
 */
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { chineseTeaHouseTalk } from './samples/chineseDialogues.mjs';
import { chineseQuestions } from './samples/chineseQuestions.mjs';
import { shortChineseStory } from './samples/chineseStories.mjs';
import { chineseToolTalk } from './samples/chineseTools.mjs';
import { teaHouseTalk } from './samples/englishDialogues.mjs';
import { englishQuestions } from './samples/englishQuestions.mjs';
import { shortEnglishStory } from './samples/englishStories.mjs';
import { englishToolTalk } from './samples/englishTools.mjs';
import { random } from './starter/random.mjs';

export const SAMPLES_FOLDER = 'public/samples/';
const SEED = 20261130;
const ROWS = 500;

/** @typedef {import('./starter/random.mjs').Random} Random */

/** So many rows of a grammar, none of them twice. @param {(r: Random) => string} row */
function rows(row) {
  const r = random(SEED);
  /** @type {Set<string>} */
  const found = new Set();
  while (found.size < ROWS) found.add(row(r));
  return [...found];
}

/** Paragraphs with a blank line between them. @param {(r: Random) => string} row */
const text = (row) => `${rows(row).join('\n\n')}\n`;

/** One conversation a line, the first speaker as the user. @param {(r: Random) => string[]} talk */
const conversations = (talk) => `${rows((r) => JSON.stringify({ messages: talk(r).map(message) })).join('\n')}\n`;

/** One conversation with its tools a line. @param {(r: Random) => object} talk */
const toolTalks = (talk) => `${rows((r) => JSON.stringify(talk(r))).join('\n')}\n`;

/** @param {string} content @param {number} i */
const message = (content, i) => ({ role: i % 2 === 0 ? 'user' : 'assistant', content });

/** Question and answer of each paragraph: its first line, and the others. @param {'en' | 'zh'} language */
function general(language) {
  const written = readFileSync(new URL(`samples/general.${language}.txt`, import.meta.url), 'utf8');
  return written
    .trim()
    .split('\n\n')
    .map((paragraph) => {
      const end = paragraph.indexOf('\n');
      return [paragraph.slice(0, end), paragraph.slice(end + 1)];
    });
}

/** The general rows as conversations, and as text: each answer stands by itself. @param {'en' | 'zh'} language */
const generalTalks = (language) =>
  `${general(language)
    .map((talk) => JSON.stringify({ messages: talk.map(message) }))
    .join('\n')}\n`;
/** @param {'en' | 'zh'} language */
const generalText = (language) =>
  `${general(language)
    .map(([, answer]) => answer)
    .join('\n\n')}\n`;

/** Each file's name with what is in it. @returns {Record<string, string>} */
export const samples = () => ({
  'english-stories.txt': text(shortEnglishStory),
  'english-dialogues.jsonl': conversations(teaHouseTalk),
  'english-questions.txt': text(englishQuestions),
  'english-tools.jsonl': toolTalks(englishToolTalk),
  'chinese-stories.txt': text(shortChineseStory),
  'chinese-dialogues.jsonl': conversations(chineseTeaHouseTalk),
  'chinese-questions.txt': text(chineseQuestions),
  'chinese-tools.jsonl': toolTalks(chineseToolTalk),
  'english-general-chat.jsonl': generalTalks('en'),
  'english-general-text.txt': generalText('en'),
  'chinese-general-chat.jsonl': generalTalks('zh'),
  'chinese-general-text.txt': generalText('zh'),
});

if (argv[1] === fileURLToPath(import.meta.url)) {
  const folder = new URL(`../../${SAMPLES_FOLDER}`, import.meta.url);
  await mkdir(folder, { recursive: true });
  for (const [name, content] of Object.entries(samples())) await writeFile(new URL(name, folder), content);
}
