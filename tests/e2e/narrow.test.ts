import type { Locator, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { CLEAN, SCREENS, shoot, showAs } from './harness';
import { expectFit } from './sound';
import { stories } from './texts';
import { visiting } from './visit';

// The studio with little room: enlarged four times, and on a phone with its keyboard open; with the offer to
// resume above every screen. Then a talk on a phone by its keys.

const visit = visiting();

const TINY = { preset: '0.03M', contextLength: 32, batchSize: 4, validationEvery: 0, sampleEvery: 0 };
/** 1280×1024 at 400 % (https://www.w3.org/TR/WCAG22/#reflow), and what the keyboard of a phone leaves. */
const LITTLE = [
  { name: 'enlarged', width: 320, height: 256 },
  { name: 'keyboard', width: 390, height: 420 },
].map((size) => ({ ...size, scheme: 'light' as const }));
const PATHS = ['home', 'data', 'model', 'train', 'evaluate', 'chat', 'export', 'runs'];

const field = (page: Page): Locator => page.getByRole('textbox', { name: /^(Your message|Beginning of the text)$/ });

/** The part of an element's height that the window shows. */
const shown = (what: Locator): Promise<number> =>
  what.evaluate((element) => {
    const { top, bottom, height } = element.getBoundingClientRect();
    const main = document.querySelector('main')!.getBoundingClientRect();
    return (Math.min(bottom, main.bottom) - Math.max(top, main.top)) / height;
  });

test('a run is interrupted, which every screen says', async () => {
  const { page, studio } = visit;
  await studio.trainOn(stories(60), { ...TINY, steps: 5000, saveEverySteps: 10 });
  await studio.until('run', ({ checkpoints }) => checkpoints.length > 0);
  await page.reload();
  await page.getByRole('region', { name: 'Resume a run' }).waitFor();
});

test.each(LITTLE)(
  'nothing scrolls sideways below the banner, which leaves room for the work: $name',
  async (screen) => {
    const { page, studio } = visit;
    await showAs(page, screen);
    for (const path of PATHS) {
      await studio.go(path);
      const name = `${path.replace('/', '-')}-${screen.name}`;
      await shoot(page, name);
      await expectFit(page, name);
      const banner = await page.getByRole('region', { name: 'Resume a run' }).boundingBox();
      expect(banner!.height, name).toBeLessThanOrEqual(screen.height / 4);
    }
    await studio.go('chat');
    await field(page).focus();
    await shoot(page, `chat-typing-${screen.name}`);
    expect(await shown(field(page)), 'the field').toBe(1);
    expect(await shown(page.getByRole('button', { name: 'Continue the text' })), 'its button').toBe(1);
  },
);

test('on a phone Enter sends, Shift+Enter breaks the line, and an input method keeps its Enter', async () => {
  const { page, studio } = visit;
  await showAs(page, SCREENS[2]!);
  await studio.go('chat');
  await studio.openChatSettings();
  await studio.setNumber('Longest reply, in tokens', 4);
  await page.keyboard.press('Escape');
  const turns = page.getByRole('list', { name: 'What was written' }).getByRole('listitem');
  await field(page).fill('The fox');
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.type('and');
  expect(await field(page).inputValue()).toBe('The fox\nand');
  await field(page).dispatchEvent('keydown', { key: 'Enter', isComposing: true });
  await field(page).dispatchEvent('keydown', { key: 'Enter', keyCode: 229 });
  expect(await turns.count()).toBe(0);
  await page.keyboard.press('Enter');
  await turns.last().getByRole('button', { name: /token/ }).first().waitFor();
  expect(await turns.count()).toBe(1);
});

test('on a phone the conversations are in a drawer, which a choice closes', async () => {
  const { page } = visit;
  await page.getByRole('button', { name: 'New conversation' }).click();
  await page.getByRole('button', { name: 'Conversations' }).click();
  const drawer = page.getByRole('dialog', { name: 'Conversations' });
  await shoot(page, 'chat-drawer-phone');
  await drawer
    .getByRole('button', { name: /^The fox/ })
    .first()
    .click();
  await drawer.waitFor({ state: 'hidden' });
  await page.getByRole('list', { name: 'What was written' }).getByText('The fox').first().waitFor();
  expect(visit.seen).toEqual(CLEAN);
});
