import type { Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { newProfile, openBrowser, SCREENS, serve, showAs, watch } from './harness';
import type { RunningBrowser, Served, Watch } from './harness';
import { Studio, type StoredRun } from './studio';

/**
 * One visitor of the built studio, from an empty profile on: a browser, whose death the profile outlives, and what its
 * pages said.
 */
export class Visit {
  readonly #profile = newProfile();
  /** What the page said that it should not, over all browsers of the visit. */
  readonly seen: Watch = { errors: [], foreign: [] };
  served!: Served;
  running!: RunningBrowser;
  studio!: Studio;
  readonly #ends: (() => Promise<void>)[] = [];

  get page(): Page {
    return this.running.page;
  }

  /** @param hubs that models.html may reach, too */
  async open(hubs: string[] = []): Promise<void> {
    this.served = await serve(undefined, { hubs });
    this.#ends.push(() => this.served.close());
    await this.start();
  }

  /** Opens the studio in a browser on the profile; again, where the one before was killed. */
  async start(): Promise<void> {
    const running = await openBrowser(this.#profile.folder);
    this.running = running;
    this.#ends.push(() => running.close());
    await showAs(this.page, SCREENS[0]!);
    watch(this.page, this.served.origin, this.seen);
    this.studio = new Studio(this.page, this.served.origin);
    await this.studio.open();
  }

  /** Ends the browser in order, lets the disk do its worst to the profile, and opens the studio again. */
  async reopen(between: (profile: string) => void): Promise<void> {
    await this.running.close();
    between(this.#profile.folder);
    await this.start();
  }

  async end(): Promise<void> {
    for (const end of this.#ends.splice(0).reverse()) await end();
    this.#profile.remove();
  }
}

/** The visit that the tests of a file or a group share: each goes on from what the one before has left. */
export function visiting(hubs?: () => string[]): Visit {
  const visit = new Visit();
  beforeAll(() => visit.open(hubs?.()));
  afterAll(() => visit.end());
  return visit;
}

/**
 * A run on this text in a visit of its own from start to end, which nothing disturbs: what a disturbed run is compared
 * with.
 */
export async function uninterrupted(
  text: string,
  settings: Record<string, unknown>,
  seconds?: number,
): Promise<StoredRun> {
  const visit = new Visit();
  await visit.open();
  await visit.studio.trainOn(text, settings);
  const run = await visit.studio.until('run', (r) => r.status === 'finished', seconds);
  await visit.end();
  return run;
}
