// Feedback in words: tags, thumbs, and what a record becomes. Tags that are not of the studio stand as they are.
import type { FeedbackKind, FeedbackDecision, Thumb } from '../../base/records/feedback';
import { m } from './generated/messages.js';

const TAGS = {
  wrong: m.feedback_tag_wrong,
  incomplete: m.feedback_tag_incomplete,
  long: m.feedback_tag_long,
  'off-topic': m.feedback_tag_topic,
  tone: m.feedback_tag_tone,
  form: m.feedback_tag_form,
  harmful: m.feedback_tag_harmful,
} as const;

export const FEEDBACK_TAGS = Object.keys(TAGS) as (keyof typeof TAGS)[];

export const tagWords = (tag: string): string => (tag in TAGS ? TAGS[tag as keyof typeof TAGS]() : tag);

const THUMBS: Record<Thumb, () => string> = { up: m.feedback_thumb_up, down: m.feedback_thumb_down };
export const thumbWords = (thumb: Thumb): string => THUMBS[thumb]();

const STATES: Record<FeedbackDecision, () => string> = {
  open: m.feedback_state_open,
  accepted: m.feedback_state_accepted,
  dropped: m.feedback_state_dropped,
};
export const stateOfFeedback = (state: FeedbackDecision): string => STATES[state]();

const KINDS: Record<FeedbackKind, () => string> = {
  rows: m.feedback_kind_rows,
  pairs: m.feedback_kind_pairs,
  thumbs: m.feedback_kind_thumbs,
};
export const kindOfFeedback = (kind: FeedbackKind): string => KINDS[kind]();
