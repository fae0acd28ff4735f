import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { seriousFindings, shoot } from './harness';

/**
 * Pixels that the document reaches beyond the window, and the work beyond its own width: it alone may scroll, and only
 * down.
 */
function overflowOf(page: Page): Promise<{ right: number; below: number; work: number }> {
  return page.evaluate(() => {
    const { scrollWidth, scrollHeight } = document.documentElement;
    const main = document.querySelector('main');
    const work = main ? main.scrollWidth - main.clientWidth : 0;
    return { right: scrollWidth - innerWidth, below: scrollHeight - innerHeight, work };
  });
}

/**
 * Waits until nothing on the page reaches beyond its place: what was just asked for may take a frame to stand there.
 */
export const expectFit = (page: Page, name: string): Promise<void> =>
  expect
    .poll(() => overflowOf(page), { message: `${name}: pixels beyond the window` })
    .toEqual({ right: 0, below: 0, work: 0 });

/** A screen in its look: a picture of it, nothing beyond its place, and nothing that axe finds serious. */
export async function expectSound(page: Page, name: string): Promise<void> {
  try {
    await expectFit(page, name);
  } finally {
    await shoot(page, name);
  }
  expect(await seriousFindings(page), name).toEqual([]);
}
