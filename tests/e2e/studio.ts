import { readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/**
 * What a person does in the studio, by the names that a screen reader reads. English, whatever the machine's language.
 */
export class Studio {
  constructor(
    readonly page: Page,
    readonly origin: string,
  ) {}

  async open(): Promise<void> {
    await this.page.goto(this.origin);
    await this.page.getByRole('navigation', { name: 'Stages' }).first().waitFor();
  }

  /**
   * Goes to a screen, which stands there when this returns: what is asked of the page then is not asked of the one
   * before.
   */
  async go(path: string): Promise<void> {
    await this.page.evaluate(async (hash) => {
      if (location.hash === hash) return;
      const gone = new Promise((done) => addEventListener('hashchange', done, { once: true }));
      location.hash = hash;
      await gone;
      await new Promise(requestAnimationFrame);
    }, `#/${path}`);
    await this.page.locator('h1').first().waitFor();
  }

  async button(name: string | RegExp): Promise<void> {
    await this.page.getByRole('button', { name }).first().click();
  }

  /** Brings a text file in and waits until it is listed, under its name without the extension. */
  async bring(name: string, text: string): Promise<void> {
    await this.go('data');
    const input = this.page.locator('input[type=file]').first();
    await input.setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });
    await this.page.getByText(`“${name.replace(/\.\w+$/, '')}” is ready`).waitFor();
  }

  /** Opens the folder of a published model on the Model screen and waits until it is the one that is tuned. */
  async openModel(folder: string): Promise<void> {
    await this.go('model');
    await this.page.getByRole('tab', { name: 'A pretrained model' }).click();
    const another = this.page.getByRole('button', { name: 'Open another model' });
    await another.or(this.page.locator('input[webkitdirectory]')).first().waitFor({ state: 'attached' });
    if (await another.isVisible()) await another.click();
    await this.page.locator('input[webkitdirectory]').setInputFiles(folder);
    await this.page.getByRole('radio', { name: basename(folder), checked: true }).waitFor();
  }

  /** Ticks exactly these texts on the Model screen. */
  async chooseTexts(...names: string[]): Promise<void> {
    const group = this.page.getByRole('group', { name: 'Text', exact: true });
    for (const name of names) await group.getByText(name).first().waitFor(); // a text that just came in is listed a moment later
    for (const box of await group.getByRole('checkbox').all()) {
      const label = await box.evaluate((e) => document.querySelector(`label[for="${e.id}"]`)?.textContent ?? '');
      const wanted = names.some((name) => label.trim().startsWith(name));
      if (wanted !== ((await box.getAttribute('aria-checked')) === 'true')) await box.click();
    }
  }

  /** Pastes a configuration as text, as an engineer would. */
  async configure(settings: Record<string, unknown>): Promise<void> {
    await this.button('Configuration as text');
    const dialog = this.page.getByRole('dialog');
    await dialog.getByRole('textbox').fill(JSON.stringify(settings));
    await dialog.getByRole('button', { name: 'Apply' }).click();
    await dialog.waitFor({ state: 'hidden' });
  }

  async setNumber(label: string, value: number): Promise<void> {
    const field = this.page.getByLabel(label, { exact: true });
    await field.fill(String(value));
    await field.blur();
  }

  /** It stands among the advanced settings. */
  async vocabulary(size: number): Promise<void> {
    await this.page.getByRole('tab', { name: 'Advanced' }).click();
    await this.openGroup('Model and tokenizer');
    await this.setNumber('Vocabulary size', size);
  }

  /** Opens a group of the advanced settings, where it is folded. */
  async openGroup(name: string): Promise<void> {
    const group = this.page.locator('details', { has: this.page.getByRole('heading', { name, exact: true }) });
    if ((await group.getAttribute('open')) === null) await group.locator('summary').click();
  }

  async name(name: string): Promise<void> {
    await this.page.getByLabel('Name', { exact: true }).fill(name);
    await this.page.getByLabel('Name', { exact: true }).blur();
  }

  async startTraining(): Promise<void> {
    await this.button('Start training');
    await this.page.waitForURL(/#\/train/);
  }

  /** From an empty studio to a run named `run`, on this text. */
  async trainOn(text: string, settings: Record<string, unknown>): Promise<void> {
    await this.bring('stories.txt', text);
    await this.go('model');
    await this.chooseTexts('stories');
    await this.configure(settings);
    await this.vocabulary(300);
    await this.name('run');
    await this.startTraining();
  }

  /** All records of a store, as the browser keeps them; once the studio has kept something, for this makes no store. */
  stored<T>(store: string): Promise<T[]> {
    return this.page.evaluate(async (name) => {
      const done = <V>(request: IDBRequest<V>) =>
        new Promise<V>((resolve, reject) => {
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(new Error(name));
        });
      const db = await done(indexedDB.open('atelier'));
      const records: unknown[] = await done(db.transaction(name).objectStore(name).getAll());
      db.close();
      return records as never[];
    }, store);
  }

  /** Puts records into stores as the studio would have left them, and opens the studio anew. */
  async keep(stores: Record<string, readonly unknown[]>): Promise<void> {
    await this.page.evaluate(async (kept) => {
      const opening = indexedDB.open('atelier');
      const db = await new Promise<IDBDatabase>((done) => {
        opening.onsuccess = () => done(opening.result);
      });
      const tx = db.transaction(Object.keys(kept), 'readwrite');
      for (const [store, records] of Object.entries(kept))
        for (const record of records) tx.objectStore(store).put(record);
      await new Promise((done) => (tx.oncomplete = done));
      db.close();
    }, stores);
    await this.page.reload();
  }

  /** A run with its checkpoints and losses, from storage, where truth lives. */
  async run(name: string): Promise<StoredRun | undefined> {
    const run = (await this.stored<StoredRun>('runs')).find((r) => r.name === name);
    if (!run) return undefined;
    const checkpoints = await this.stored<StoredRun['checkpoints'][number]>('checkpoints');
    const history = (await this.stored<StoredHistory>('history'))
      .filter((part) => part.runId === run.id)
      .sort((a, b) => a.fromStep - b.fromStep);
    return {
      ...run,
      checkpoints: checkpoints.filter((c) => c.runId === run.id).sort((a, b) => a.createdAt - b.createdAt),
      losses: history.flatMap((part) => part.steps.map((s) => [s.step, s.loss] as const)),
      rewards: history.flatMap((part) =>
        part.steps.flatMap(({ step, rewards }) => (rewards ? [{ step, rewards }] : [])),
      ),
    };
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

  /** Counts of each token of the held-out text. */
  async heldOutCounts(prepared: string): Promise<number[]> {
    const chunks = await this.page.evaluate(async (id) => {
      const db = await new Promise<IDBDatabase>((resolve) => {
        const request = indexedDB.open('atelier');
        request.onsuccess = () => resolve(request.result);
      });
      const VALIDATION = 1;
      const found = await new Promise<Uint16Array[]>((resolve) => {
        const range = IDBKeyRange.bound([id, VALIDATION], [id, VALIDATION, []]);
        const request = db.transaction('tokenChunks').objectStore('tokenChunks').getAll(range);
        request.onsuccess = () => resolve(request.result as Uint16Array[]);
      });
      db.close();
      return found.map((chunk) => Array.from(chunk));
    }, prepared);
    const counts = new Map<number, number>();
    for (const token of chunks.flat()) counts.set(token, (counts.get(token) ?? 0) + 1);
    return [...counts.values()];
  }

  /** Greedy text of a run's or a kept model after a prompt, as the Chat screen shows it. */
  async greedy(name: string, prompt: string, tokens = 24): Promise<string> {
    await this.chatWith(name);
    await this.setNumber('Temperature', 0);
    await this.setNumber('Longest reply, in tokens', tokens);
    const fresh = this.page.getByRole('button', { name: 'New conversation' });
    if (await fresh.isEnabled()) await fresh.click();
    await this.page.getByLabel('Beginning of the text').fill(prompt);
    await this.page.keyboard.press('Enter');
    const exchange = this.page.getByRole('list', { name: 'What was written' }).getByRole('listitem').last();
    await exchange.getByRole('button', { name: /token/, expanded: false }).first().waitFor();
    const whole = (await exchange.locator('p').first().textContent()) ?? '';
    return whole.slice(prompt.length);
  }

  /** Opens the Chat screen with this run or model, and its settings beside the thread. */
  async chatWith(name: string): Promise<void> {
    await this.go(`chat/${await this.idOf(name)}`);
    await this.page.getByRole('button', { name: `Model: ${name}` }).waitFor();
    await this.openChatSettings();
  }

  async openChatSettings(): Promise<void> {
    const settings = this.page.getByRole('button', { name: 'Chat settings', expanded: false });
    if (await settings.isVisible()) await settings.click();
  }

  /** Sends a message on the Chat screen, and gives what each voice answered once all have. */
  async ask(message: string, voices: number): Promise<Said[]> {
    await this.page.getByLabel('Your message').fill(message);
    await this.page.getByRole('button', { name: 'Send', exact: true }).and(this.page.locator(':enabled')).waitFor();
    await this.page.keyboard.press('Enter');
    return this.answered(voices);
  }

  /** The answers of the last turn on the Chat screen. */
  async answered(voices: number): Promise<Said[]> {
    const last = this.page.getByRole('list', { name: 'What was written' }).getByRole('listitem').last();
    const facts = last.getByRole('button', { name: /token/, expanded: false });
    await facts.nth(voices - 1).waitFor();
    for (let i = 0; i < voices; i++) await facts.first().click();
    const said: Said[] = [];
    for (const answer of await last.locator('.answer').all()) {
      const [from, text] = await Promise.all(['h3', 'p'].map((part) => answer.locator(part).first().innerText()));
      const [, about, , seed] = await answer.locator('dl dd').allInnerTexts();
      const [, read, prompt] = /(\d+) of (\d+) prompt tokens/.exec(about!)!;
      said.push({ from: from!, text: text!, read: Number(read), prompt: Number(prompt), seed: Number(seed) });
    }
    const opened = last.getByRole('button', { name: /token/, expanded: true });
    while ((await opened.count()) > 0) await opened.first().click();
    return said;
  }

  /** Saves the zip of a run; gives the path of the file. */
  async exportZip(name: string, downloads: string): Promise<string> {
    await this.go(`export/${await this.idOf(name)}`);
    await this.page.locator(`[aria-label="Run or model: ${name}"]`).waitFor();
    const before = readdirSync(downloads);
    await this.#withoutPicker();
    await this.#save();
    const zips = (): string[] => readdirSync(downloads).filter((f) => f.endsWith('.zip') && !before.includes(f));
    await expect.poll(zips).toHaveLength(1);
    return join(downloads, zips()[0]!);
  }

  /** Saves what the Export screen shows as one of its kinds, under a name that is typed in the save dialog. */
  async saveAs(kind: string): Promise<SavedFile> {
    await this.page.locator('[aria-label^="Format:"]').click();
    await this.page.getByRole('option', { name: kind, exact: false }).first().click();
    await this.#withPicker();
    const message = await this.#save();
    const offered = await this.page.evaluate(() => (window as Picking).offered!);
    return { offered, picked: PICKED + offered, message };
  }

  /** Copies what the save dialog wrote to a folder of the disk; gives the path of the file. */
  async savedCopy(picked: string, folder: string): Promise<string> {
    const text = await this.page.evaluate(async (name) => {
      const root = await navigator.storage.getDirectory();
      const file = await (await root.getFileHandle(name)).getFile();
      return Array.from(new Uint8Array(await file.arrayBuffer()), (byte) => String.fromCharCode(byte)).join('');
    }, picked);
    const path = join(folder, picked);
    writeFileSync(path, Buffer.from(text, 'latin1'));
    return path;
  }

  /** What was written before is no longer said from the press on. */
  async #save(): Promise<string> {
    await this.page
      .getByRole('button', { name: /^Save$/ })
      .and(this.page.locator(':enabled'))
      .click();
    return this.page.getByText(/^Saved .+ \(.+\)\.$/).innerText();
  }

  /** As browsers without File System Access: the studio downloads. */
  async #withoutPicker(): Promise<void> {
    await this.page.evaluate(() => Reflect.deleteProperty(window, 'showSaveFilePicker'));
  }

  /**
   * Headless browsers have no file dialog to answer. This one asks for the person's press as the browser's does, and
   * gives a file of the origin's private file system under another name than the one offered.
   */
  async #withPicker(): Promise<void> {
    await this.page.evaluate((picked) => {
      const scope = window as Picking;
      scope.showSaveFilePicker = async ({ suggestedName }) => {
        if (!navigator.userActivation.isActive) throw new DOMException('no press', 'SecurityError');
        scope.offered = suggestedName;
        const folder = await navigator.storage.getDirectory();
        return folder.getFileHandle(picked + suggestedName, { create: true });
      };
    }, PICKED);
  }

  /** Verifies the file that was saved last, which was not yet verified so; gives what the screen tells of it. */
  async verify(button: 'Verify the saved file' | 'Run it in llama.cpp'): Promise<Told> {
    const results = this.page.locator('.result');
    const before = await results.count();
    await this.button(button);
    const result = results.nth(before);
    await result.waitFor();
    const [equal = '', , divergence = ''] = await result.locator('dd').allInnerTexts();
    const [, same, of] = /^(\d+) of (\d+)/.exec(equal) ?? [];
    const sentence = await result.locator('p').innerText();
    return { sentence, equal: Number(same), tokens: Number(of), divergence: Number.parseFloat(divergence) };
  }

  /** Opens a zip, or the files of a folder, as a model, which leads to the Model screen; gives the model. */
  async importModel(files: string | string[]): Promise<StoredModel> {
    await this.go('runs');
    await this.page.locator('input[type=file][accept*="zip"]').first().setInputFiles(files);
    await this.page.waitForURL(/#\/model$/);
    const models = await this.stored<StoredModel>('models');
    return models.toSorted((a, b) => b.createdAt - a.createdAt)[0]!;
  }

  /**
   * Takes back the last deed by the keys, which wait for nobody: the notice with its button goes after some seconds.
   */
  async undo(): Promise<void> {
    await this.page.locator('h1').first().focus();
    await this.page.keyboard.press('Control+z');
  }

  /** Of a run or a kept model, by its name. */
  async idOf(name: string): Promise<string> {
    const kept = [...(await this.stored<StoredModel>('models')), ...(await this.stored<StoredRun>('runs'))];
    return kept.find((record) => record.name === name)!.id;
  }
}

/** What the person types before the name that the save dialog offers. */
const PICKED = 'my-';

/** The page's window, with what stands in for its save dialog. */
type Picking = Window & {
  offered?: string;
  showSaveFilePicker?: (options: { suggestedName: string }) => Promise<FileSystemFileHandle>;
};

/** A file that was saved through the dialog, and what the screen says of it. */
export interface SavedFile {
  offered: string;
  picked: string;
  message: string;
}

/** An answer as the Chat screen shows it. */
export interface Said {
  from: string;
  text: string;
  /** Tokens of the prompt, and those of them that were computed for this answer. */
  prompt: number;
  read: number;
  seed: number;
}

/** A verification as the Export screen tells it. */
interface Told {
  sentence: string;
  equal: number;
  tokens: number;
  divergence: number;
}

interface StoredModel {
  id: string;
  name: string;
  createdAt: number;
  model: { family?: string };
}

export interface StoredRun {
  id: string;
  name: string;
  status: string;
  step: number;
  bestValidationLoss?: number;
  preparedId?: string;
  note?: string;
  origin: { kind: string; runName?: string };
  settings?: Record<string, unknown>;
  lora?: { rank: number; baseName: string };
  error?: { code: string };
  checkpoints: { runId: string; createdAt: number; step: number; weightsSha256: string }[];
  /** Step and loss, in order. */
  losses: (readonly [number, number])[];
  /** Of runs on pairs of answers, in order. */
  rewards: { step: number; rewards: { margin: number; logOddsRatio?: number } }[];
}

interface StoredHistory {
  runId: string;
  fromStep: number;
  steps: { step: number; loss: number; rewards?: StoredRun['rewards'][number]['rewards'] }[];
}
