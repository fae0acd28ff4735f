// How an answer is sampled, and what came of it. Stored chats are records/talk.ts.
import type { AnswerReading } from './callFormat';

/** How tokens are drawn. */
export interface Sampling {
  /** 0 takes the most likely token each time. */
  temperature: number;
  /** 0 keeps all. */
  topK: number;
  /** 1 keeps all. */
  topP: number;
  /** Tokens with less than this share of the likeliest one's probability are left out; 0 keeps all. */
  minP: number;
  /** 1 changes nothing; above 1 makes tokens of the context less likely (Keskar et al., 2019). */
  repetitionPenalty: number;
  seed: number;
  maxTokens: number;
}

export const DEFAULT_SAMPLING: Sampling = {
  temperature: 0.8,
  topK: 40,
  topP: 0.95,
  minP: 0,
  repetitionPenalty: 1,
  seed: 1,
  maxTokens: 200,
};

export interface Generated {
  text: string;
  /** The text of each token, empty while a character is unfinished: together the text. */
  pieces: string[];
  /** Absent in answers of earlier versions. */
  trace?: AnswerTrace;
  tokens: number;
  /** Of weights that are being trained: the step whose weights wrote it, all of it. */
  step?: number;
  /** From the request to the first token, loading the weights left out. */
  promptMilliseconds: number;
  /** From the first token to the last. */
  milliseconds: number;
  /** `full`: a conversation has no room left; a text goes on without its beginning. */
  stoppedBy: 'end' | 'length' | 'stop' | 'cancel' | 'full';
  context: ContextUse;
}

/** What the alternatives of an answer's tokens are computed from later. */
export interface AnswerTrace {
  /** The token of each piece. */
  ids: number[];
  /** The longest answer for which the prompt left room. */
  maxTokens: number;
  /** Of the prompt's ids: the same messages may be written as another prompt later. */
  promptHash: number;
}

/** How much of what a model can see at once was in use. */
export interface ContextUse {
  /** Tokens that the model sees at most. */
  capacity: number;
  /** Tokens of the prompt that it saw. */
  prompt: number;
  /** How many of them were computed for this answer; the others stood in the cache from the one before. */
  read: number;
  /** Oldest messages of the conversation that had no room. */
  droppedMessages: number;
  /** Tokens at the beginning of a text that it no longer saw when the last one was written. */
  droppedTokens: number;
}

/** Tokens that a template may write, by the names that it knows them by. */
export interface TemplateTokens {
  bos_token?: string;
  eos_token?: string;
  pad_token?: string;
}

/** How a conversation is written for a model: by its own template, or by one of the studio's. */
export type TemplateKind = 'own' | 'chatml' | 'lines';

/** What the page knows of a run or a kept model before it is talked to. */
export interface ChatModelFacts {
  template: TemplateKind;
  /** It writes what the tools are that a talk gives. */
  writesTools?: true;
  /** What its answers are read by, beside their words. */
  reading?: AnswerReading;
  /** It learned conversations: the template is its own, or it was tuned on them here. */
  conversational: boolean;
  contextLength: number;
  /** As its generation_config.json asks; absent where it says nothing. */
  sampling: Partial<Sampling>;
}

/** Room that a prompt takes. */
export type PromptFacts = Pick<ContextUse, 'prompt' | 'capacity' | 'droppedMessages'>;
