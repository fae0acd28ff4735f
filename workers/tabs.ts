// A worker's word to all tabs on what it has stored, so that each shows its lists as they are.
import { isListed, TABS_CHANNEL, type TabMessage } from '../src/base/wire/tabs';

/** @param onWritten calls back after each write, with the stores that it may have changed */
export function tellTabs(onWritten: (listener: (stores: readonly string[]) => void) => void): void {
  const channel = new BroadcastChannel(TABS_CHANNEL);
  onWritten((written) => {
    const stores = written.filter(isListed);
    if (stores.length > 0) channel.postMessage({ type: 'stored', stores } satisfies TabMessage);
  });
}
