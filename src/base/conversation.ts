// Conversations and preference pairs, as rows of a dataset hold them.
/** Who speaks. Templates know these and refuse others. */
export type Role = 'system' | 'user' | 'assistant' | 'tool';

export interface Message {
  role: Role;
  content: string;
  /** How much an assistant's answer counts in training: 0 leaves it out. Default 1. */
  weight?: number;
}

export interface Conversation {
  messages: Message[];
}

/** Two answers to the same conversation, the first of which someone preferred. */
export interface PreferencePair {
  prompt: Message[];
  chosen: Message[];
  rejected: Message[];
}
