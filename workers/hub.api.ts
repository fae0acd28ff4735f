// The interface of the frame models.html, through which published models and data sets come in; the page and the data
// worker see types only.
import type { HubModel, HubRepo } from '../src/base/wire/hub';
import type { HubDataset } from '../src/base/wire/hubDatasets';

/**
 * What the framed page `models.html` answers through its one port. It runs in an opaque origin, under the only policy
 * that names foreign hosts: in goes a repository's name, out come its public files. It never has a token, and nothing
 * of the studio.
 */
export interface HubApi {
  /** @throws hub-repository, hub-gated, hub-unreachable */
  describe(hub: string, repo: string): Promise<HubModel>;
  /**
   * A data set, with the hub's own copy of it as Parquet where there is one.
   *
   * @throws hub-dataset, hub-gated, hub-unreachable
   */
  describeDataset(hub: string, repo: string): Promise<HubDataset>;
  /**
   * Bytes from `start` to `end` (exclusive) of a file.
   *
   * @throws hub-unreachable, hub-changed
   */
  read(repo: HubRepo, path: string, start: number, end: number): Promise<ArrayBuffer>;
}
