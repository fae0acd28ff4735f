// What a person says of an answer, in Chat or in the log of a model in use, kept by itself: it outlives the talk that
// the answer stands in.
import type { AnswerReading } from '../callFormat';
import type { Sampling } from '../chat';
import type { Message, ToolSchema } from '../conversation';
import type { Id } from './named';
import type { Answer } from './talk';

export type Thumb = 'up' | 'down';

/** Whether it goes into datasets: not yet decided, taken, or left out. */
export const FEEDBACK_STATES = ['open', 'accepted', 'dropped'] as const;
export type FeedbackDecision = (typeof FEEDBACK_STATES)[number];

/** What feedback becomes: a conversation with the better answer, a pair of both, an answer that is good or bad. */
export const FEEDBACK_KINDS = ['rows', 'pairs', 'thumbs'] as const;
export type FeedbackKind = (typeof FEEDBACK_KINDS)[number];

/** A dataset that has a row of it, and what the row is. */
export interface FeedbackUse {
  datasetId: Id;
  kind: FeedbackKind;
  at: number;
}

export interface FeedbackRecord {
  id: Id;
  createdAt: number;
  updatedAt: number;
  /** The talk that the answer stands or stood in; `log:` and the name of a file where it came with a log. */
  talkId: Id;
  /** Which weights wrote the answer, and how its tokens were drawn. */
  from: Answer['from'];
  /** Absent where a log says nothing of it. */
  sampling?: Sampling;
  /** What stood before the answer; empty where it carries on the beginning of a text. */
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
  state: FeedbackDecision;
  used: FeedbackUse[];
}

/** What of it a person said; without any it is not kept. */
export const saysSomething = ({ edited, thumb, tags, note }: FeedbackRecord): boolean =>
  edited !== undefined || thumb !== undefined || tags.length > 0 || note.trim() !== '';

/** What it can become a row of. */
export const kindsOf = ({ edited, original, thumb }: FeedbackRecord): FeedbackKind[] => [
  ...(edited !== undefined && edited.trim() !== '' ? (['rows'] as const) : []),
  ...(edited !== undefined && edited.trim() !== '' && edited.trim() !== original.trim() ? (['pairs'] as const) : []),
  ...(thumb === undefined ? [] : (['thumbs'] as const)),
];
