// A chat as it is stored, answer by answer.
import type { Generated, Sampling } from '../chat';
import type { Id, NamedRecord } from './named';
import type { Together, WeighedAdapter } from './together';

/** How a prompt is used: as the next message of a conversation, or as the beginning of a text. */
export type TalkMode = 'chat' | 'text';

/** What one model wrote. */
export interface Answer {
  /** Which weights wrote it. */
  from: {
    name: string;
    /** Absent for a kept model, and for an adapter from elsewhere. */
    step?: number;
    /** The base alone, without the adapter. */
    bare?: true;
    /** The adapters that wrote together. */
    together?: (WeighedAdapter & { name: string })[];
    /** The checkpoint or kept model. Absent in earlier versions, and where a run trained them. */
    weightsId?: Id;
    /** The run that trained the weights while they wrote. */
    runId?: Id;
  };
  text: string;
  sampling: Sampling;
  /** Absent where it was cut off by the end of the page. */
  result?: Omit<Generated, 'text'>;
  error?: { code: string; facts: Record<string, string | number> };
}

/** A prompt, and what one model or two beside each other wrote on it. */
export interface Turn {
  mode: TalkMode;
  prompt: string;
  /** What stood before the conversation when it was asked; absent: nothing, or asked in an earlier version. */
  system?: string;
  answers: Answer[];
  /** Which of the answers the conversation goes on from. */
  goesOn: number;
}

/** A talk with models, as it is kept; its name is how it began, until a person names it. */
export interface TalkRecord extends NamedRecord {
  updatedAt: number;
  /** A person named it. */
  renamed?: true;
  /** What stands before the conversation; empty: nothing. */
  system: string;
  /** Absent: the chosen weights answer as they are. */
  together?: Together;
  turns: Turn[];
}
