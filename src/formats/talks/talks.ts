// All readers of chat exports, the surer signs first.
import { chatgpt, claude } from './assistants';
import { speakerLines } from './lines';
import { mail } from './mail';
import { discord, messenger, signal, slack, telegram } from './messengers';
import type { TalkReader } from './talk';
import { whatsapp } from './whatsapp';

const TALK_READERS: readonly TalkReader[] = [
  ...[chatgpt, claude, telegram, discord, messenger, slack, signal],
  ...[whatsapp, mail, speakerLines],
];

/** The reader of a file that begins so; undefined where it is no export that is known. */
export const talkReaderOf = (text: string): TalkReader | undefined =>
  TALK_READERS.find((reader) => reader.begins(text));
