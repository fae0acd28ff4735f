// What a file of a chat program holds, and what a person chose of it: who is the assistant, and where talks end.
export const TALK_APPS = [
  'chatgpt',
  'claude',
  'whatsapp',
  'telegram',
  'discord',
  'slack',
  'signal',
  'messenger',
  'mail',
  'lines',
] as const;

export type TalkApp = (typeof TALK_APPS)[number];

/** Hours without a message after which another conversation begins. */
export const GAP_HOURS = 8;

export interface TalkChoices {
  /** The speaker whose messages are the answers. */
  assistant?: string;
  gapHours?: number;
}

/** Of a file of one of these programs, as its dataset remembers it. */
export interface TalkFacts {
  app: TalkApp;
  /** Who speaks, the most talkative first, and how many messages of each were read. */
  speakers: { name: string; messages: number }[];
  /** The one whose messages are the answers; absent where the file says itself who is the assistant. */
  assistant?: string;
  gapHours?: number;
  /** Messages left out: pictures and other media, lines of the program, what was said before the first question. */
  media: number;
  system: number;
  unanswered: number;
}
