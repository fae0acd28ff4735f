// A chat as it is stored, answer by answer.
import type { AnswerReading } from '../callFormat';
import type { Generated, Sampling } from '../chat';
import type { ToolSchema } from '../conversation';
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
  /** What a person made of it, which stands in its place; absent: it was left as it is. */
  edited?: string;
  /** What a person said of it (feedback.ts); absent: nothing yet. */
  feedbackId?: Id;
  /** What the text is read by; absent in answers of earlier versions, and of texts. */
  reading?: AnswerReading;
  /** From its first token to the end of its thought; absent where it had none. */
  thoughtMilliseconds?: number;
  sampling: Sampling;
  /** Absent where it was cut off by the end of the page. */
  result?: Omit<Generated, 'text'>;
  error?: { code: string; facts: Record<string, string | number> };
}

/** What stands in the talk: the edit where there is one. */
export const standingText = ({ text, edited }: Pick<Answer, 'text' | 'edited'>): string => edited ?? text;

/** What a tool gave back, as a person typed it. */
export interface ToolResult {
  /** The tool's. */
  name: string;
  content: string;
}

/** A prompt, and what one model or two beside each other wrote on it. */
export interface Turn {
  mode: TalkMode;
  prompt: string;
  /** What stood before the conversation when it was asked; absent: nothing, or asked in an earlier version. */
  system?: string;
  /** The tools that could be called; absent where there were none. */
  tools?: ToolSchema[];
  /** What the tools gave back that the answer before called, in its order, instead of a prompt. */
  results?: ToolResult[];
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
  /** What the tools are that can be called, as JSON that a person typed; absent: none. */
  tools?: string;
  turns: Turn[];
}
