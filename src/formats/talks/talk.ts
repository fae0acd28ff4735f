// What the reader of a chat export gives: who said what, and when. Roles and rows are made of it in `conversations.ts`.
import type { Message } from '../../base/conversation';
import type { TalkApp } from '../../base/records/talkExports';

export interface Said {
  speaker: string;
  text: string;
  /** Milliseconds since 1970, by the clock that the file writes; absent where it has none. */
  at?: number;
}

/** One chat, channel or correspondence, in the order of its messages. */
export interface Thread {
  /** What the export calls it. */
  name: string;
  said: Said[];
}

/** A conversation whose roles the export tells. */
export interface KnownTalk {
  name: string;
  messages: Message[];
  at?: number;
}

export interface ReadTalks {
  threads: Thread[];
  known: KnownTalk[];
  /** Messages that are a picture or another file, without a text. */
  media: number;
  /** Lines of the program itself: who joined, what was deleted, calls. */
  system: number;
}

export interface TalkReader {
  app: TalkApp;
  /** @param text the beginning of the file */
  begins(text: string): boolean;
  /**
   * @param text all of the file
   * @throws json-syntax, json-deep where it is JSON that breaks
   */
  read(text: string, file: string): ReadTalks | Promise<ReadTalks>;
}

export const noTalks = (): ReadTalks => ({ threads: [], known: [], media: 0, system: 0 });

/** A date as ISO 8601 or in seconds; undefined for anything else. */
export function timeOf(value: unknown): number | undefined {
  const time = typeof value === 'number' ? value * 1000 : typeof value === 'string' ? Date.parse(value) : NaN;
  return Number.isFinite(time) ? time : undefined;
}
