// The tabs of this browser as the page meets them: a channel between them, and the locks of the runs they train.
// https://developer.mozilla.org/docs/Web/API/LockManager/query
import type { Id } from '../../base/records/named';
import { runsOfLocks, TABS_CHANNEL, type TabMessage } from '../../base/wire/tabs';

/** What is said in it reaches the other tabs; what they and all workers say arrives. */
export interface TabsChannel {
  post(message: TabMessage): void;
  listen(hear: (message: TabMessage) => void): void;
}

export function openTabsChannel(): TabsChannel {
  const channel = new BroadcastChannel(TABS_CHANNEL);
  return {
    post: (message) => channel.postMessage(message),
    listen: (hear) => channel.addEventListener('message', ({ data }: MessageEvent<TabMessage>) => hear(data)),
  };
}

/** The runs that any tab trains now, this one too. */
export async function heldRuns(): Promise<Id[]> {
  const { held = [] } = await navigator.locks.query();
  return runsOfLocks(held.map(({ name }) => name ?? ''));
}
