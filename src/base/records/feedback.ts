// What a person says of an answer in Chat, kept by itself: it outlives the talk that the answer stands in.
import type { AnswerReading } from '../callFormat';
import type { Sampling } from '../chat';
import type { Message, ToolSchema } from '../conversation';
import type { Id } from './named';
import type { Answer } from './talk';

export type Thumb = 'up' | 'down';

/** What becomes of it in a dataset: not yet decided, taken, or left out. */
export type FeedbackState = 'open' | 'accepted' | 'dropped';

export interface FeedbackRecord {
  id: Id;
  createdAt: number;
  updatedAt: number;
  /** The talk that the answer stands or stood in. */
  talkId: Id;
  /** Which weights wrote the answer, and how its tokens were drawn. */
  from: Answer['from'];
  sampling: Sampling;
  /** What stood before the answer; empty: it carries on the beginning of a text, which is `beginning`. */
  asked: Message[];
  beginning?: string;
  /** The tools that could be called; absent where there were none. */
  tools?: ToolSchema[];
  /** What the model wrote, and what it is read by. */
  original: string;
  reading?: AnswerReading;
  /** What a person made of it; absent: it was left as it is. */
  edited?: string;
  thumb?: Thumb;
  tags: string[];
  note: string;
  state: FeedbackState;
  /** Datasets that have rows of it. */
  usedIn: Id[];
}
