// What the tabs of one browser tell each other about one storage: what was written, and what a run measures. How they
// tell it is a BroadcastChannel.
import type { Id } from '../records/named';
import type { HistoryPart, RunEvent } from './events';

/** The name of the channel. */
export const TABS_CHANNEL = 'atelier';

/** The stores that screens show as lists. */
const LISTED = ['datasets', 'tokenizers', 'runs', 'models', 'checkpoints', 'feedback', 'checkSets', 'queue'] as const;
export type ListedStore = (typeof LISTED)[number];
export const isListed = (store: string): store is ListedStore => LISTED.some((listed) => listed === store);

export type TabMessage =
  /** A worker has written to these stores; the tab it belongs to hears it too. */
  | { type: 'stored'; stores: ListedStore[] }
  /** What the run of another tab measures, as its worker tells it. */
  | { type: 'events'; events: RunEvent[] }
  /** Who trains this run tells what no checkpoint holds yet. */
  | { type: 'ask'; runId: Id }
  | { type: 'unsaved'; part: HistoryPart };

const RUN_LOCK = 'run:';

/** The name of the Web Lock that says that a run is under way in some tab. */
export const runLock = (runId: Id): string => `${RUN_LOCK}${runId}`;

/** The runs among the names of held locks. */
export const runsOfLocks = (names: readonly string[]): Id[] =>
  names.filter((name) => name.startsWith(RUN_LOCK)).map((name) => name.slice(RUN_LOCK.length));
