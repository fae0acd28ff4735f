// A regression set: prompts with what each answer must be, and what models answered to them, time after time. How an
// expectation is judged is in data/expectations.
import type { AnswerReading } from '../callFormat';
import type { Message, ToolSchema } from '../conversation';
import type { BlindAnswer } from './judging';
import type { Id, NamedRecord } from './named';

/** Names and meanings are promptfoo's: https://www.promptfoo.dev/docs/configuration/expected-outputs/deterministic/ */
export const EXPECTATION_TYPES = [
  ...(['equals', 'contains', 'icontains', 'contains-any', 'contains-all', 'icontains-any', 'icontains-all'] as const),
  ...(['starts-with', 'regex', 'is-json', 'levenshtein', 'rouge-n'] as const),
] as const;
export type ExpectationType = (typeof EXPECTATION_TYPES)[number];

/** Of those that compare with a bound: the one that promptfoo takes where none is given. */
export const DEFAULT_THRESHOLDS: Partial<Record<ExpectationType, number>> = { levenshtein: 5, 'rouge-n': 0.75 };

/** Whether it names several texts. */
export const takesList = (type: ExpectationType): boolean => type.endsWith('-any') || type.endsWith('-all');

/** What an answer must be. */
export interface Expectation {
  type: ExpectationType;
  /** It must not be so: promptfoo's `not-…`. */
  not?: true;
  /** A text, a pattern, or of is-json a JSON schema as text; empty: any JSON. */
  value: string;
  /** Instead of `value` where the type names several. */
  values?: string[];
  /** Edits at most, or the least share of shared words; absent: promptfoo's default. */
  threshold?: number;
}

export interface PromptCheck {
  /** A changed prompt is another check: answers to the one before say nothing of it. */
  id: Id;
  name: string;
  /** What is asked; empty: `beginning` is a text to carry on. */
  asked: Message[];
  beginning?: string;
  tools?: ToolSchema[];
  /** All of them must hold. */
  expects: Expectation[];
}

export interface CheckSetRecord extends NamedRecord {
  updatedAt: number;
  checks: PromptCheck[];
  /** Tokens that an answer has at most. */
  maxTokens: number;
  /** At the end of each run of this browser its model is checked by itself. */
  watches: boolean;
}

export interface CheckedModel {
  name: string;
  weightsId: Id;
  /** Of a checkpoint. */
  step?: number;
  /** The base alone, without the adapter. */
  bare?: true;
  reading?: AnswerReading;
}

/** One answering of a set, by set and number. */
export interface CheckRun {
  setId: Id;
  /** Place in the order of all answerings of the set. */
  n: number;
  at: number;
  maxTokens: number;
  /** The last is the one that is checked; a base beside it comes first. */
  models: CheckedModel[];
  /** The checks as they were asked, and by model what each wrote; null: not yet written. */
  answers: { checkId: Id; by: (BlindAnswer | null)[] }[];
}

/** Answers are the likeliest tokens; the seed is written into exports. */
export const CHECK_SEED = 1;
