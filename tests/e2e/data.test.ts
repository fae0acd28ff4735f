import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { PreparedRecord } from '../../src/base/records/prepared';
import { CLEAN, SCREENS, showAs } from './harness';
import { expectSound } from './sound';
import { visiting } from './visit';

// Three messy files of different shapes become one clean, split version of a text, from which a run starts.

const ANIMALS = ['fox', 'hare', 'owl', 'bear', 'lynx', 'crow', 'deer', 'seal', 'newt', 'wolf', 'mole', 'swan'];
const asked = (i: number): string => `Where does the ${ANIMALS[i % 12]!} number ${i} sleep?`;
const told = (i: number): string => `It sleeps ${['under', 'behind', 'beside', 'above'][i % 4]!} stone ${i * 7}.`;

/** A table: an address of mail in row 3, and row 10 once more at the end; one row has too many cells. */
const TABLE = [
  'prompt,response,note',
  ...Array.from({ length: 12 }, (_, i) =>
    [asked(i), i === 3 ? 'Ask "mia.stone@example.com", she knows.' : told(i), 'table']
      .map((cell) => `"${cell.replaceAll('"', '""')}"`)
      .join(','),
  ),
  'a,b,c,d,e',
  `"${asked(10)}","${told(10)}",table`,
].join('\n');

/** Conversations with stray blanks, one of which stands in the table too. */
const TALKS = Array.from({ length: 12 }, (_, i) => ({
  messages: [
    { role: 'user', content: asked(i === 5 ? 0 : 20 + i) },
    { role: 'assistant', content: i === 5 ? told(0) : `  ${told(20 + i)} \n\n\n\n` },
  ],
}));

const INSTRUCTIONS = Array.from({ length: 10 }, (_, i) => ({ instruction: asked(40 + i), output: told(40 + i) }));

const FILES = {
  'table.csv': TABLE,
  'talks.jsonl': TALKS.map((row) => JSON.stringify(row)).join('\n'),
  'more.json': JSON.stringify(INSTRUCTIONS),
};

const visit = visiting();

test('three files of different shapes become one text; what is no row is set aside', async () => {
  const { page, studio } = visit;
  await studio.go('data');
  const files = Object.entries(FILES).map(([name, text]) => ({ name, mimeType: '', buffer: Buffer.from(text) }));
  await page.locator('input[type=file]').first().setInputFiles(files);
  await studio.button('As one text');
  await page
    .getByRole('row', { name: /^table/ })
    .getByText('35', { exact: true })
    .waitFor();
  await page
    .getByText(/^Rows set aside: 1 /)
    .first()
    .waitFor();
});

test('what is found becomes a recipe, and the recipe a version with its hash', async () => {
  const { page, studio } = visit;
  await page.getByRole('link', { name: 'Clean “table”' }).click();
  for (const step of ['Repeats', 'Blanks', 'Personal data']) await studio.button(`Add step: ${step}`);
  await page.getByText('Other steps').click();
  await studio.button('Add step: Training and held-out rows');
  for (const screen of [SCREENS[0]!, SCREENS[3]!]) {
    await showAs(page, screen);
    await expectSound(page, `clean-${screen.name}`);
  }
  await showAs(page, SCREENS[0]!);
  await studio.button('Make version 2');
  await page.getByRole('button', { name: 'Download as JSONL: Version 2' }).waitFor();
});

test('the version leaves as JSON lines, without the repeats and the address, and its sheet tells why', async () => {
  const { running, studio } = visit;
  const saved = async (button: string, ending: string): Promise<string> => {
    await studio.button(button);
    const found = (): string[] => readdirSync(running.downloads).filter((name) => name.endsWith(ending));
    await expect.poll(found).toHaveLength(1);
    const path = join(running.downloads, found()[0]!);
    await expect.poll(() => readFileSync(path, 'utf8')).not.toBe('');
    return readFileSync(path, 'utf8');
  };
  const rows = await saved('Download as JSONL: Version 2', '.jsonl');
  expect(rows.trim().split('\n')).toHaveLength(33);
  expect(rows).not.toContain('mia.stone@example.com');
  expect(rows).not.toContain('\\n\\n\\n');
  const sheet = await saved('Data sheet: Version 2', '.md');
  for (const said of ['left out 2 rows', 'personal-data', '| email |', 'table.csv', 'SHA-256'])
    expect(sheet.toLowerCase()).toContain(said.toLowerCase());
});

test('a run starts from the version, holds out what was put aside, and its page names the version', async () => {
  const { page, studio } = visit;
  await studio.go('model/scratch');
  await studio.chooseTexts('table · 2');
  await studio.configure({
    ...{ preset: '0.03M', contextLength: 32, batchSize: 2, durationUnit: 'steps', steps: 2, warmupShare: 0 },
    ...{ validationEvery: 0, sampleEvery: 0 },
  });
  await studio.name('clean');
  await studio.startTraining();
  await studio.until('clean', (run) => run.status === 'finished');
  await studio.go(`runs/${await studio.idOf('clean')}`);
  await page
    .getByText(/Version 2/)
    .first()
    .waitFor();
});

test('rows with synonyms are added to a text, and a run holds out none of them', async () => {
  const { page, studio } = visit;
  const boats = Array.from({ length: 20 }, (_, i) => `The big boat ${i * 7} lay at pier ${i}.`);
  await studio.bring('boats.txt', boats.join('\n\n'));
  await page.getByRole('link', { name: 'Clean “boats”' }).click();
  await page.getByText('Add rows (augment)').click();
  await studio.button('Add step: Synonyms');
  await studio.button('Settings of “Synonyms”');
  const words = page.getByLabel(/^Synonyms, a line for each word/);
  await words.fill('big: huge\nnothing');
  await words.blur();
  const chance = page.getByLabel('Chance that a listed word is replaced');
  await chance.fill('1');
  await chance.blur();
  await page.getByText('Added: 20').waitFor();
  await page.getByText(/^Line 2 names no word/).waitFor();
  await expectSound(page, 'augment');
  await studio.button('Make version 2');
  await page.getByRole('button', { name: 'Download as JSONL: Version 2' }).waitFor();
  await studio.go('model/scratch');
  await studio.chooseTexts('boats · 2');
  await studio.name('huge');
  await studio.startTraining();
  const { preparedId } = await studio.until('huge', (run) => run.status === 'finished');
  const all = await studio.stored<PreparedRecord>('prepared');
  const { validationRows, trainRows, copiesLeft } = all.find(({ id }) => id === preparedId)!;
  expect(validationRows).toBeGreaterThan(0);
  expect([copiesLeft, trainRows]).toEqual([validationRows, 40 - 2 * validationRows]);
  expect(visit.seen).toEqual(CLEAN);
});

/** As Word, ReportLab and ebooklib write them: each is read by a package of its own, under the page's policy. */
test('documents become one text, each paragraph a row', async () => {
  const { page, studio } = visit;
  await studio.go('data');
  const goldens = JSON.parse(readFileSync('tests/fixtures/goldens/documents.json', 'utf8')) as Record<
    string,
    { base64: string }
  >;
  const files = ['report.docx', 'pages.pdf', 'book.epub'].map((name) => ({
    ...{ name, mimeType: '' },
    buffer: Buffer.from(goldens[name]!.base64, 'base64'),
  }));
  await page.locator('input[type=file]').first().setInputFiles(files);
  await studio.button('As one text');
  await page
    .getByRole('row', { name: /^report/ })
    .getByText('13', { exact: true })
    .waitFor();
});
