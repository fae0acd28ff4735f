import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';

/** What a person does in the studio, by the names that a screen reader reads. English, whatever the machine's language. */
export class Studio {
  constructor(
    readonly page: Page,
    readonly origin: string,
  ) {}

  async open(): Promise<void> {
    await this.page.goto(this.origin);
    await this.page.getByRole('navigation', { name: 'Stages' }).first().waitFor();
  }

  async go(path: string): Promise<void> {
    await this.page.evaluate((hash) => (location.hash = hash), `#/${path}`);
  }

  async button(name: string | RegExp): Promise<void> {
    await this.page.getByRole('button', { name }).first().click();
  }

  /** Brings a text file in and waits until it is listed, under its name without the extension. */
  async bring(name: string, text: string): Promise<void> {
    await this.go('data');
    const input = this.page.locator('input[type=file]').first();
    await input.setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });
    await this.page.getByText(`“${name.replace(/\.\w+$/, '')}” is ready`).waitFor({ timeout: 60_000 });
  }

  /** Ticks exactly these texts on the Model screen. */
  async chooseTexts(...names: string[]): Promise<void> {
    const group = this.page.getByRole('group', { name: 'Text', exact: true });
    await group.getByRole('checkbox').first().waitFor();
    for (const box of await group.getByRole('checkbox').all()) {
      const label = await box.evaluate((e) => document.querySelector(`label[for="${e.id}"]`)?.textContent ?? '');
      const wanted = names.some((name) => label.trim().startsWith(name));
      if (wanted !== ((await box.getAttribute('aria-checked')) === 'true')) await box.click();
    }
  }

  /** Pastes a configuration as text, as an engineer would. */
  async configure(config: Record<string, unknown>): Promise<void> {
    await this.button('Configuration as text');
    const dialog = this.page.getByRole('dialog');
    await dialog.getByRole('textbox').fill(JSON.stringify(config));
    await dialog.getByRole('button', { name: 'Apply' }).click();
    await dialog.waitFor({ state: 'hidden' });
  }

  async setNumber(label: string, value: number): Promise<void> {
    const field = this.page.getByLabel(label, { exact: true });
    await field.fill(String(value));
    await field.blur();
  }

  async name(name: string): Promise<void> {
    await this.page.getByLabel('Name', { exact: true }).fill(name);
    await this.page.getByLabel('Name', { exact: true }).blur();
  }

  async startTraining(): Promise<void> {
    const start = this.page.getByRole('button', { name: 'Start training' });
    await start.click();
    await this.page.waitForFunction(() => location.hash.startsWith('#/train'), undefined, { timeout: 120_000 });
  }

  /** From an empty studio to a run named `run`, on this text. */
  async trainOn(text: string, config: Record<string, unknown>): Promise<void> {
    await this.open();
    await this.bring('stories.txt', text);
    await this.go('model');
    await this.chooseTexts('stories');
    await this.configure(config);
    await this.setNumber('Vocabulary size', 300);
    await this.name('run');
    await this.startTraining();
  }

  /** The status of a run in storage, where truth lives. */
  run(name: string): Promise<StoredRun | undefined> {
    return this.page.evaluate(async (wanted) => {
      const db = await new Promise<IDBDatabase>((resolve, reject) => {
        const request = indexedDB.open('atelier');
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(new Error('no storage'));
      });
      const all = <T>(store: string) =>
        new Promise<T[]>((resolve, reject) => {
          const request = db.transaction(store).objectStore(store).getAll();
          request.onsuccess = () => resolve(request.result as T[]);
          request.onerror = () => reject(new Error(store));
        });
      interface Run {
        id: string;
        name: string;
        status: string;
        step: number;
        bestValidationLoss?: number;
        preparedId?: string;
        error?: { code: string };
      }
      interface Checkpoint {
        runId: string;
        step: number;
        createdAt: number;
        weightsSha256: string;
        reason: string;
      }
      interface Part {
        runId: string;
        fromStep: number;
        steps: { step: number; loss: number }[];
      }
      try {
        const run = (await all<Run>('runs')).find((r) => r.name === wanted);
        if (!run) return undefined;
        const checkpoints = (await all<Checkpoint>('checkpoints'))
          .filter((c) => c.runId === run.id)
          .sort((a, b) => a.createdAt - b.createdAt);
        const losses = (await all<Part>('history'))
          .filter((p) => p.runId === run.id)
          .sort((a, b) => a.fromStep - b.fromStep)
          .flatMap((p) => p.steps.map((s) => [s.step, s.loss] as const));
        return { ...run, checkpoints, losses };
      } finally {
        db.close();
      }
    }, name);
  }

  /** Waits until storage says so of a run. */
  async until(name: string, is: (run: StoredRun) => boolean, seconds = 240): Promise<StoredRun> {
    let last: StoredRun | undefined;
    for (let tries = 0; tries < 5 * seconds; tries++) {
      last = await this.run(name);
      if (last?.error) throw new Error(`${name}: ${last.error.code}`);
      if (last && is(last)) return last;
      await sleep(200);
    }
    throw new Error(
      `${name} did not get there in ${seconds} s: ${JSON.stringify({ ...last, losses: last?.losses.length })}`,
    );
  }

  /** Counts of each token of the held-out text of a run. */
  heldOutCounts(preparedId: string): Promise<number[]> {
    return this.page.evaluate(async (id) => {
      const db = await new Promise<IDBDatabase>((resolve) => {
        const request = indexedDB.open('atelier');
        request.onsuccess = () => resolve(request.result);
      });
      const chunks = await new Promise<(Uint16Array | Uint32Array)[]>((resolve) => {
        const range = IDBKeyRange.bound([id, 1], [id, 1, []]);
        const request = db.transaction('tokenChunks').objectStore('tokenChunks').getAll(range);
        request.onsuccess = () => resolve(request.result as Uint16Array[]);
      });
      db.close();
      const counts = new Map<number, number>();
      for (const chunk of chunks) for (const token of chunk) counts.set(token, (counts.get(token) ?? 0) + 1);
      return [...counts.values()];
    }, preparedId);
  }

  /** Greedy text of a run's model after a prompt, as the Chat screen shows it. */
  async greedy(name: string, prompt: string, tokens = 24): Promise<string> {
    const run = (await this.run(name))!;
    await this.go(`chat/${run.id}`);
    await this.page.locator(`[aria-label="Run: ${name}"]`).waitFor();
    await this.setNumber('Temperature', 0);
    await this.setNumber('Longest reply, in tokens', tokens);
    const clear = this.page.getByRole('button', { name: 'Clear' });
    if (await clear.isVisible()) await clear.click();
    await this.page.getByLabel('Beginning of the text').fill(prompt);
    await this.button('Continue the text');
    const exchange = this.page.getByRole('list', { name: 'What was written' }).getByRole('listitem').last();
    await exchange.getByText(/length limit reached|the model ended the text/).waitFor({ timeout: 60_000 });
    const whole = (await exchange.locator('p').first().textContent()) ?? '';
    return whole.slice(prompt.length);
  }

  /** Saves the zip of a run; gives the path of the file. */
  async exportZip(name: string, downloads: string): Promise<string> {
    const run = (await this.run(name))!;
    await this.go(`export/${run.id}`);
    // headless browsers have no file dialog to answer; without the picker the studio downloads
    await this.page.evaluate(() => Reflect.deleteProperty(window, 'showSaveFilePicker'));
    await this.button('Save as zip');
    await this.page.getByText(/\.zip written/).waitFor({ timeout: 60_000 });
    for (let tries = 0; tries < 100; tries++) {
      const zip = readdirSync(downloads).find((file) => file.endsWith('.zip'));
      if (zip) return join(downloads, zip);
      await sleep(100);
    }
    throw new Error(`no zip in ${downloads}: ${readdirSync(downloads).join(', ')}`);
  }

  /** Brings a model in from a zip; gives the name that it got. */
  async importZip(zip: string): Promise<string> {
    await this.go('runs');
    await this.page.locator('input[type=file][accept*="zip"]').first().setInputFiles(zip);
    const row = this.page.getByRole('row').filter({ hasText: 'imported' }).first();
    await row.waitFor({ timeout: 60_000 });
    return this.page.evaluate(async () => {
      const db = await new Promise<IDBDatabase>((resolve) => {
        const request = indexedDB.open('atelier');
        request.onsuccess = () => resolve(request.result);
      });
      const runs = await new Promise<{ name: string; status: string }[]>((resolve) => {
        const request = db.transaction('runs').objectStore('runs').getAll();
        request.onsuccess = () => resolve(request.result as { name: string; status: string }[]);
      });
      db.close();
      return runs.find((run) => run.status === 'imported')!.name;
    });
  }
}

export interface StoredRun {
  id: string;
  name: string;
  status: string;
  step: number;
  bestValidationLoss?: number;
  preparedId?: string;
  error?: { code: string };
  checkpoints: { step: number; weightsSha256: string; reason: string }[];
  /** Step and loss, in order. */
  losses: (readonly [number, number])[];
}
