// A data set of a hub that is asked for by its name, and what is chosen of it. Its import is datasets.svelte.ts.
import { HUBS } from '../../base/wire/hub';
import { splitsOf, type HubDataset, type HubDatasetRequest } from '../../base/wire/hubDatasets';
import { Job } from './job.svelte';
import type { Workers } from './workers';

interface HubDataWorld extends Pick<Workers, 'data'> {
  /** Leads the data worker to the page that may reach a hub. */
  connectHub: () => Promise<void>;
}

export class HubData {
  readonly #world: HubDataWorld;
  repo = $state('');
  hub = $state<string>(HUBS[0]);
  readonly asking = new Job();
  /** What the hub said of the data set that was asked for. */
  found = $state.raw<HubDataset>();
  config = $state('');
  split = $state('');
  /** The first row, from 1, and how many; 0: all. */
  first = $state(1);
  count = $state(0);
  splits = $derived(this.found ? splitsOf(this.found.files) : []);
  configs = $derived([...new Set(this.splits.map(({ config }) => config))]);
  ofConfig = $derived(this.splits.filter(({ config }) => config === this.config));
  chosen = $derived(this.ofConfig.find(({ split }) => split === this.split));

  constructor(world: HubDataWorld) {
    this.#world = world;
  }

  /** Asks the hub what the data set is; none of its rows is fetched yet. */
  async ask(): Promise<void> {
    this.found = undefined;
    const { hub, repo } = this;
    this.found = await this.asking.run(async () => {
      await this.#world.connectHub();
      return this.#world.data.hubDataset(hub, repo);
    });
    [this.first, this.count] = [1, 0];
    this.choose(this.configs[0] ?? '');
  }

  choose(config: string): void {
    this.config = config;
    this.split = this.ofConfig[0]?.split ?? '';
  }

  /** What is to be fetched; undefined until something is chosen. */
  request(): HubDatasetRequest | undefined {
    const { found, chosen, first, count } = this;
    if (!found || !chosen) return undefined;
    return {
      ...{ dataset: found, split: chosen },
      ...(first > 1 && { first }),
      ...(count > 0 && { count }),
    };
  }
}
