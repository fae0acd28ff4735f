// The screens whose code has come, fetched one by one, and why one did not come. Which one is shown is the router's.
import type { Component } from 'svelte';
import { AtelierError } from '../../base/errors/errors';
import type { Panel } from '../parts/panel';

type Asked = Pick<Panel, 'path' | 'load'>;

export class Screens {
  #come = $state.raw<Record<string, Component>>({});
  /** Why the screen that was asked for last did not come. */
  fault = $state.raw<AtelierError>();

  /** Read as state; undefined until it has come. */
  at(path: string): Component | undefined {
    return this.#come[path];
  }

  /** Fetches a screen, unless it is there; where that fails, `fault` says so. */
  async show(panel: Asked): Promise<void> {
    this.fault = undefined;
    await this.#fetch(panel).catch(() => (this.fault = new AtelierError('page-missing', { page: panel.path })));
  }

  /**
   * Fetches the others one after another, so that the next screen is there at once, and also when the server is gone. A
   * failure is told when that screen is asked for.
   */
  async warm(panels: readonly Asked[]): Promise<void> {
    for (const panel of panels) await this.#fetch(panel).catch(() => undefined);
  }

  async #fetch({ path, load }: Asked): Promise<void> {
    if (this.#come[path]) return;
    const { default: screen } = await load();
    this.#come = { ...this.#come, [path]: screen };
  }
}
