import type { Locator } from 'playwright-core';
import { afterEach, expect, test } from 'vitest';
import { CLEAN } from './harness';
import { dialogues } from './texts';
import { Visit } from './visit';

// Three ways that people often go, with each press counted: mouse presses, and a typed message with its Enter as one.
// A file that is brought counts as one, for the press that opens the browser's dialog, in which nothing is counted.
// Every choice but the length and size of the run is the studio's own: these are set small beforehand, as the draft of
// the form that this browser keeps, so that a software adapter is through in seconds. Seconds are printed, and judged
// by nobody.

/** What a person does on the way, counted. */
class Journey {
  presses = 0;
  readonly #began = performance.now();

  constructor(readonly visit: Visit) {}

  async press(what: Locator): Promise<void> {
    this.presses++;
    await what.click();
  }

  async button(name: string | RegExp): Promise<void> {
    await this.press(this.visit.page.getByRole('button', { name }).first());
  }

  async link(name: string): Promise<void> {
    await this.press(this.visit.page.getByRole('main').getByRole('link', { name }).first());
  }

  /** Into the field that has the focus already. */
  async say(message: string): Promise<void> {
    this.presses++;
    await this.visit.page.locator('textarea:focus').waitFor();
    await this.visit.page.keyboard.type(message);
    await this.visit.page.keyboard.press('Enter');
  }

  async bring(name: string, text: string): Promise<void> {
    this.presses++;
    const file = { name, mimeType: 'application/jsonl', buffer: Buffer.from(text) };
    await this.visit.page.locator('input[type=file]').first().setInputFiles(file);
  }

  /** Waits for so many answers, and tells what the way took. */
  async answered(count: number, name: string): Promise<void> {
    const last = this.visit.page.getByRole('list', { name: 'What was written' }).getByRole('listitem').last();
    await last
      .getByRole('button', { name: /token/ })
      .nth(count - 1)
      .waitFor();
    const seconds = Math.round((performance.now() - this.#began) / 1000);
    process.stdout.write(`${name}: ${this.presses} presses, ${seconds} s on this machine\n`);
  }
}

const visits: Visit[] = [];
afterEach(async () => {
  for (const visit of visits.splice(0)) await visit.end();
});

/** A visit whose form begins with these settings. */
async function visitWith(overrides: Record<string, unknown>, preset?: string): Promise<Visit> {
  const visit = new Visit();
  visits.push(visit);
  await visit.open();
  const draft = JSON.stringify({ overrides, preset });
  await visit.page.evaluate((kept) => localStorage.setItem('atelier-draft-form', kept), draft);
  await visit.page.reload();
  return visit;
}

test('from an empty profile to the first line of one’s own model: at most 5 presses; its next answer: at most 2', async () => {
  const visit = await visitWith({ steps: 30, durationUnit: 'steps', validationEvery: 15, sampleEvery: 0 }, '0.03M');
  const first = new Journey(visit);
  await first.button('Stories');
  await first.link('Choose a model');
  await first.button('Start training');
  await first.link('Talk to it');
  await first.button('Continue the text');
  await first.answered(1, 'first line');
  expect(first.presses).toBeLessThanOrEqual(5);

  await visit.studio.go('train');
  await visit.page.getByText('Finished after 30 steps.').waitFor();
  await visit.reopen(() => undefined); // the day after
  const next = new Journey(visit);
  await next.link('Talk to it');
  await next.say('The fox');
  await next.answered(1, 'next answer');
  expect(next.presses).toBeLessThanOrEqual(2);
  expect(visit.seen).toEqual(CLEAN);
});

test('from a file of conversations to a compared answer: at most 8 presses', async () => {
  const visit = await visitWith({ steps: 4, durationUnit: 'steps', validationEvery: 0, sampleEvery: 0, batchSize: 1 });
  const way = new Journey(visit);
  await way.bring('talks.jsonl', dialogues(24));
  await way.link('Choose a model');
  await way.press(visit.page.getByRole('main').getByRole('button', { name: 'Open atelier-starter' }));
  await way.button('Start training');
  await visit.page.getByText('Finished after 4 steps.').waitFor();
  await way.link('Talk to it');
  await way.button('Compare');
  await way.press(visit.page.getByLabel('Your message'));
  await way.say('What do you think of tea?');
  await way.answered(2, 'compared answer');
  expect(way.presses).toBeLessThanOrEqual(8);
  expect(visit.seen).toEqual(CLEAN);
});
