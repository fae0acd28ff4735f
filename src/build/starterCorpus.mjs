/**
 * Writes public/starter/atelier-starter.txt, the text that the studio ships so that a first run needs no file: small
 * stories, dialogues and arithmetic in English and Chinese, composed here from templates and copied from nowhere.
 * The same seed gives the same bytes: `node src/build/starterCorpus.mjs`.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { arithmetic } from './starter/arithmetic.mjs';
import { chineseFact, chineseStory } from './starter/chineseStories.mjs';
import { chineseDialogue, englishDialogue } from './starter/dialogues.mjs';
import { englishFact, englishStory } from './starter/englishStories.mjs';
import { random } from './starter/random.mjs';

export const STARTER_FILE = 'public/starter/atelier-starter.txt';
const SEED = 20261123;
const BYTES = 400_000;

/** How often each kind comes, out of 20. @type {[number, (r: import('./starter/random.mjs').Random) => string][]} */
const KINDS = [
  [6, englishStory],
  [4, chineseStory],
  [3, englishDialogue],
  [2, chineseDialogue],
  [1, englishFact],
  [1, chineseFact],
  [3, arithmetic],
];

/** The whole text: paragraphs with a blank line between them, none of them twice. */
export function starterCorpus() {
  const r = random(SEED);
  const wheel = KINDS.flatMap(([n, kind]) => Array.from({ length: n }, () => kind));
  /** @type {Set<string>} */
  const paragraphs = new Set();
  let bytes = 0;
  while (bytes < BYTES) {
    const paragraph = r.pick(wheel)(r);
    if (paragraphs.has(paragraph)) continue;
    paragraphs.add(paragraph);
    bytes += Buffer.byteLength(paragraph) + 2;
  }
  return `${[...paragraphs].join('\n\n')}\n`;
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const target = fileURLToPath(new URL(`../../${STARTER_FILE}`, import.meta.url));
  await mkdir(fileURLToPath(new URL('../../public/starter/', import.meta.url)), { recursive: true });
  await writeFile(target, starterCorpus());
}
