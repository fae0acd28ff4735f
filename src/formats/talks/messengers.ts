// Chats of programs that export JSON: Telegram, Discord (by DiscordChatExporter), Slack, Signal and Messenger.
import { isObject, own, parseJson, type JsonObject } from '../json';
import { noTalks, timeOf, type ReadTalks, type Said, type TalkReader, type Thread } from './talk';

const objectsIn = (value: unknown): JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : []);
const textIn = (fields: JsonObject, ...names: string[]): string => {
  const value = names.map((name) => own(fields, name)).find((found) => typeof found === 'string' && found !== '');
  return typeof value === 'string' ? value : '';
};
const withoutEnding = (file: string): string => file.replace(/\.[^.]*$/, '');

/** Counts what has no text as media where it has a file, else as a line of the program. */
function keep(read: ReadTalks, said: Said, media: boolean): Said[] {
  if (said.text.trim() !== '' && said.speaker !== '') return [said];
  if (media) read.media++;
  else read.system++;
  return [];
}

const at = (time: number | undefined): { at?: number } => (time === undefined ? {} : { at: time });

/** `result.json` of one chat, or of all of them under `chats`. */
export const telegram: TalkReader = {
  app: 'telegram',
  begins: (text) =>
    /^\s*\{/.test(text) && /"(?:text_entities|from_id|actor_id)"\s*:/.test(text) && /"messages"\s*:/.test(text),
  read(text, file) {
    const read = noTalks();
    const whole = parseJson(text, file);
    const chats = isObject(whole) ? own(whole, 'chats') : undefined;
    const list = isObject(chats) ? objectsIn(own(chats, 'list')) : isObject(whole) ? [whole] : [];
    for (const chat of list) {
      const said = objectsIn(own(chat, 'messages')).flatMap((message) => telegramSaid(message, read));
      read.threads.push({ name: textIn(chat, 'name') || withoutEnding(file), said });
    }
    return read;
  },
};

function telegramSaid(message: JsonObject, read: ReadTalks): Said[] {
  if (own(message, 'type') !== 'message') {
    read.system++;
    return [];
  }
  const media = ['media_type', 'photo', 'file'].some((name) => own(message, name) !== undefined);
  const said = { speaker: textIn(message, 'from', 'from_id'), text: piecesText(own(message, 'text')) };
  const seconds = Number(own(message, 'date_unixtime'));
  return keep(read, { ...said, ...at(seconds > 0 ? seconds * 1000 : timeOf(own(message, 'date'))) }, media);
}

/** A text, or pieces of it with their looks: links, bold, mentions. */
const piecesText = (value: unknown): string =>
  typeof value === 'string'
    ? value
    : (Array.isArray(value) ? value : [])
        .map((piece) => (isObject(piece) ? textIn(piece, 'text') : typeof piece === 'string' ? piece : ''))
        .join('');

export const discord: TalkReader = {
  app: 'discord',
  begins: (text) => /^\s*\{/.test(text) && /"guild"\s*:/.test(text) && /"channel"\s*:/.test(text),
  read(text, file) {
    const read = noTalks();
    const whole = parseJson(text, file);
    if (!isObject(whole)) return read;
    const channel = own(whole, 'channel');
    const said = objectsIn(own(whole, 'messages')).flatMap((message): Said[] => {
      const author = own(message, 'author');
      const speaker = isObject(author) ? textIn(author, 'nickname', 'name') : '';
      const kind = textIn(message, 'type');
      const spoken = kind === '' || kind === 'Default' || kind === 'Reply';
      const words = spoken ? textIn(message, 'content') : '';
      const files = objectsIn(own(message, 'attachments')).length + objectsIn(own(message, 'stickers')).length;
      return keep(read, { speaker, text: words, ...at(timeOf(own(message, 'timestamp'))) }, spoken && files > 0);
    });
    read.threads.push({ name: isObject(channel) ? textIn(channel, 'name') : withoutEnding(file), said });
    return read;
  },
};

/** One day of a channel: `general/2024-01-15.json`, a list. */
export const slack: TalkReader = {
  app: 'slack',
  begins: (text) => /^\s*\[/.test(text) && /"ts"\s*:\s*"\d+\.\d+"/.test(text) && /"type"\s*:\s*"message"/.test(text),
  read(text, file) {
    const read = noTalks();
    const messages = objectsIn(parseJson(text, file));
    const names = new Map(messages.map((message) => [textIn(message, 'user'), slackName(message)]));
    const said = messages.flatMap((message): Said[] => {
      const kind = textIn(message, 'subtype');
      const spoken = ['', 'thread_broadcast', 'bot_message', 'file_share', 'me_message'].includes(kind);
      const words = spoken ? slackText(textIn(message, 'text'), names) : '';
      const media = Array.isArray(own(message, 'files'));
      return keep(
        read,
        { speaker: slackName(message), text: words, ...at(timeOf(Number(textIn(message, 'ts')))) },
        media,
      );
    });
    read.threads.push({ name: file.split('/').at(-2) ?? withoutEnding(file), said });
    return read;
  },
};

function slackName(message: JsonObject): string {
  const profile = own(message, 'user_profile');
  const shown = isObject(profile) ? textIn(profile, 'display_name', 'real_name', 'name') : '';
  return shown || textIn(message, 'username', 'user', 'bot_id');
}

/** `<@U1>` is a person, `<#C1|name>` a channel, `<https://…|words>` a link; `&amp;` and the like are signs. */
const slackText = (text: string, names: ReadonlyMap<string, string>): string =>
  text
    .replace(/<@([^>|]+)(?:\|([^>]*))?>/g, (_all, id: string, name?: string) => `@${name ?? names.get(id) ?? id}`)
    .replace(
      /<([#!])([^>|]+)(?:\|([^>]*))?>/g,
      (_all, sign: string, id: string, name?: string) => (sign === '#' ? '#' : '@') + (name ?? id),
    )
    .replace(/<([^>|]+)\|([^>]*)>/g, '$2 ($1)')
    .replace(/<((?:https?|mailto):[^>]+)>/g, '$1')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&');

/** `data.json` of signal-export: a line of JSON for each message; or a list of them. */
export const signal: TalkReader = {
  app: 'signal',
  begins: (text) =>
    /^\s*\[?\s*\{/.test(text) &&
    /"sender"\s*:/.test(text) &&
    /"body"\s*:/.test(text) &&
    /"(?:quote|sticker|reactions)"\s*:/.test(text),
  read(text, file) {
    const read = noTalks();
    const lines = /^\s*\[/.test(text)
      ? objectsIn(parseJson(text, file))
      : text.split('\n').flatMap((line) => lineIn(line, file, read));
    const said = lines.flatMap((message) => {
      const media = objectsIn(own(message, 'attachments')).length > 0 || textIn(message, 'sticker') !== '';
      const words = textIn(message, 'body').trim();
      return keep(
        read,
        { speaker: textIn(message, 'sender'), text: words, ...at(timeOf(own(message, 'date'))) },
        media,
      );
    });
    read.threads.push({ name: file.split('/').at(-2) ?? withoutEnding(file), said });
    return read;
  },
};

/** A broken line costs itself alone. */
function lineIn(line: string, file: string, read: ReadTalks): JsonObject[] {
  if (line.trim() === '') return [];
  try {
    return objectsIn([parseJson(line, file)]);
  } catch {
    read.system++;
    return [];
  }
}

/** `message_1.json` of Messenger and Instagram, the newest first; or the form of encrypted chats. */
export const messenger: TalkReader = {
  app: 'messenger',
  begins: (text) =>
    /^\s*\{/.test(text) && /"participants"\s*:/.test(text) && /"(?:sender_name|senderName)"\s*:/.test(text),
  read(text, file) {
    const read = noTalks();
    const whole = parseJson(text, file);
    if (!isObject(whole)) return read;
    const said = objectsIn(own(whole, 'messages')).flatMap((message): Said[] => {
      const gone = own(message, 'is_unsent') === true || own(message, 'isUnsent') === true;
      const media = ['photos', 'videos', 'audio_files', 'gifs', 'files', 'media'].some(
        (name) => objectsIn(own(message, name)).length > 0,
      );
      const time = Number(own(message, 'timestamp_ms') ?? own(message, 'timestamp'));
      const words =
        gone || own(message, 'call_duration') !== undefined ? '' : mended(textIn(message, 'content', 'text'));
      const speaker = mended(textIn(message, 'sender_name', 'senderName'));
      return keep(
        read,
        { speaker, text: words, ...at(time > 0 ? time : undefined) },
        media || own(message, 'sticker') !== undefined,
      );
    });
    const thread: Thread = { name: mended(textIn(whole, 'title', 'threadName')) || withoutEnding(file), said };
    thread.said.sort((a, b) => (a.at ?? 0) - (b.at ?? 0));
    read.threads.push(thread);
    return read;
  },
};

/** Messenger writes each byte of UTF-8 as a character of its own. */
function mended(text: string): string {
  if (!/[\u0080-\u00FF]/.test(text) || /[\u0100-\uFFFF]/.test(text)) return text;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(text, (unit) => unit.charCodeAt(0)));
  } catch {
    return text;
  }
}
