// The interface of the frame models.html, through which published files come in; the page and the data worker see
// types only.
import type { HubModel } from '../src/base/wire/hub';

/**
 * What the framed page `models.html` answers through its one port. It runs in an opaque origin, under the only policy
 * that names foreign hosts: in goes a repository's name, out come its public files. It never has a token, and nothing
 * of the studio.
 */
export interface HubApi {
  /** @throws hub-repository, hub-gated, hub-unreachable */
  describe(hub: string, repo: string): Promise<HubModel>;
  /**
   * Bytes from `start` to `end` (exclusive) of a file.
   *
   * @throws hub-unreachable, hub-changed
   */
  read(model: HubModel, path: string, start: number, end: number): Promise<ArrayBuffer>;
}
