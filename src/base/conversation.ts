// Conversations and preference pairs, as rows of a dataset hold them.
/** Who speaks. Templates know these and refuse others. */
export type Role = 'system' | 'user' | 'assistant' | 'tool';

export interface Message {
  role: Role;
  content: string;
  /** How much an assistant's answer counts in training: 0 leaves it out. Default 1. */
  weight?: number;
}

/** As f32, in which weights are kept. */
const LEAST_WEIGHT = Math.fround(1e-6);
const MOST_WEIGHT = 1e6;

/** Whether an answer can count so much: the sum of a batch's weights, and its inverse, stay far inside f32's range. */
export const isUsableWeight = (weight: number): boolean =>
  weight === 0 || (weight >= LEAST_WEIGHT && weight <= MOST_WEIGHT);

export interface Conversation {
  messages: Message[];
}

/** Two answers to the same conversation, the first of which someone preferred. */
export interface PreferencePair {
  prompt: Message[];
  chosen: Message[];
  rejected: Message[];
}
