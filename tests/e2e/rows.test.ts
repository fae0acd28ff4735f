import { expect, test } from 'vitest';
import { CLEAN, SCREENS, showAs } from './harness';
import { expectSound } from './sound';
import { visiting } from './visit';

// The table of a text's rows: few rows on the page, a bar that filters and stays over a reload, an edit and its undo.

const ANIMALS = ['fox', 'hare', 'owl', 'bear', 'lynx'];
const ROWS = 3000;
const LINES = Array.from({ length: ROWS }, (_, i) =>
  JSON.stringify({
    text: `Ticket ${i}: the ${ANIMALS[i % 5]!} sleeps ${'very '.repeat(i % 40)}well.`,
    label: ANIMALS[i % 5],
    rating: (i % 7) / 2,
    tag: `t${i % 900}`,
  }),
).join('\n');

const visit = visiting();

test('a text opens as a table of which few rows stand on the page', async () => {
  const { page, studio } = visit;
  await studio.bring('tickets.jsonl', LINES);
  await page.getByRole('link', { name: 'Rows of “tickets”' }).click();
  const grid = page.getByRole('grid');
  await grid.getByText('Ticket 0:').waitFor();
  expect(await grid.getAttribute('aria-rowcount')).toBe(String(ROWS + 1));
  expect(await page.getByRole('row').count()).toBeLessThanOrEqual(200);
  await grid.focus();
  await page.keyboard.press('End');
  await grid.getByText(`Ticket ${ROWS - 1}:`).waitFor();
  expect(await page.getByRole('row').count()).toBeLessThanOrEqual(200);
  await page.keyboard.press('Home');
  await grid.getByText('Ticket 0:').waitFor();
});

test('bars filter, each as a pill, and the address keeps them over a reload', async () => {
  const { page, studio } = visit;
  await page.getByRole('group', { name: 'label', exact: true }).getByRole('button', { name: /^owl/ }).click();
  await page.getByText('600 of 3,000 rows').waitFor();
  await studio.button(/^rating, 1\.5: /);
  const pills = page.getByRole('list', { name: 'Filter', exact: true }).getByRole('listitem');
  await expect.poll(() => pills.allInnerTexts()).toEqual(['label is owl', 'rating: 1.5', 'Clear the filter']);
  const counted = await page.getByText(/^\d+ of 3,000 rows$/).innerText();
  await page.reload();
  await page.getByText(counted).waitFor();
  await studio.button('Remove from the filter: rating: 1.5');
  await page.getByText('600 of 3,000 rows').waitFor();
  for (const screen of [SCREENS[0]!, SCREENS[3]!]) {
    await showAs(page, screen);
    await expectSound(page, `rows-${screen.name}`);
  }
  await showAs(page, SCREENS[0]!);
});

test('“label these” asks the rows of the filter alone, with their count, over a reload', async () => {
  const { page, studio } = visit;
  const table = page.url();
  await page.getByRole('link', { name: 'Label 600 rows' }).click();
  const asked = page.getByText(/^Of 3,000 rows the 600 of the filter are asked/);
  await asked.waitFor();
  await page.getByRole('link', { name: 'New task' }).click();
  await studio.button('Begin');
  await page.getByText('0 of 600 rows').waitFor();
  const row = page.locator('main p.reading').first();
  for (let number = 1; number <= 3; number++) {
    await page.getByText(`Item ${number}`, { exact: true }).first().waitFor();
    await expect.poll(() => row.innerText()).toContain('the owl sleeps');
    await page.keyboard.press('k');
  }
  await page.reload();
  await page.getByText('3 of 600 rows').waitFor();
  await asked.waitFor();
  await studio.button('Remove from the filter: label is owl');
  await page.getByText('3 of 3,000 rows').waitFor();
  expect(await asked.count()).toBe(0);
  await page.goto(table);
  await page.getByText('600 of 3,000 rows').waitFor();
});

test('a facet of many values shows fifty and a search', async () => {
  const { page, studio } = visit;
  await studio.button(/^tag/);
  const values = page.getByRole('group', { name: 'tag', exact: true }).getByRole('button');
  await expect.poll(() => values.count()).toBe(50);
  await page.getByLabel('Find a value of tag').fill('t87');
  await page.keyboard.press('Enter');
  await expect.poll(() => values.count()).toBe(11);
});

test('a row is changed in place as a step of the recipe, and the change is taken back', async () => {
  const { page, studio } = visit;
  await page.getByRole('grid').focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox').fill('Ticket 7: nobody sleeps.');
  await dialog.getByRole('button', { name: 'Change this row' }).click();
  const edited = page.getByRole('row', { name: /nobody sleeps/ });
  await edited.waitFor();
  const [recipe] = await studio.stored<{ at: number; states: { steps: { kind: string }[] }[] }>('recipes');
  expect(recipe!.states[recipe!.at]!.steps.map(({ kind }) => kind)).toEqual(['edit']);
  await studio.button('Undo the last change');
  await edited.waitFor({ state: 'detached' });
});

test('what takes long is computed on demand, and a step takes the filter along', async () => {
  const { page, studio } = visit;
  await studio.button('Compute: Language (guessed)');
  await page.getByRole('group', { name: 'Language (guessed)' }).getByRole('button').first().waitFor();
  await studio.button('Leave out 600 rows');
  await studio.go(`data/clean/${(await studio.stored<{ id: string }>('datasets'))[0]!.id}`);
  await page.getByText('label is owl').waitFor();
  await studio.button('Make version 2');
  await page.getByRole('button', { name: 'Download as JSONL: Version 2' }).waitFor();
  const made = await studio.stored<{ name: string; rows: number }>('datasets');
  expect(made.map(({ rows }) => rows).sort()).toEqual([ROWS - 600, ROWS]);
  expect(visit.seen).toEqual(CLEAN);
});
