// What lies beside the thread and opens when it is asked for. What is in it has its own state.
import type { PromptCheck } from '../../../base/records/checks';
import type { TalkRecord } from '../../../base/records/talk';

/** Parts of the Chat screen that are closed at first; a wide window always shows the list of talks. */
export class Drawers {
  settings = $state(false);
  talks = $state(false);
  models = $state(false);
  /** The conversation that is to be kept as rows. */
  keeping = $state.raw<TalkRecord>();
  /** What a check would ask, and the answer that stands to it. */
  checking = $state.raw<{ check: PromptCheck; answer: string }>();
}
