// A log of `speaker: line`, with or without a time before the name.
import { noTalks, type Said, type TalkReader } from './talk';

export const linesIn = (text: string): string[] => text.split(/\r\n|\n|\r/);

/** What stands around a name, `NAME`, and its text. */
const patternOf = (name: string): RegExp =>
  new RegExp(
    String.raw`^(?:[[(]?((?:\d{4}-\d{2}-\d{2}[T ])?\d{1,2}:\d{2}(?::\d{2})?)[\])]?\s*[-–]?\s*)?(?:<([^<>\s]{1,40})>|` +
      String.raw`(?:\*\*)?(${name})(?:\*\*)?\s?[:：](?:\*\*)?)(?:(?:\s+|(?<=：(?:\*\*)?))(.*)|$)`,
    'u',
  );

/**
 * `Ann: hello`, `[12:03] Ann: hello`, `2024-01-02 12:03 <ann> hello`, `**Ann:** hello`, `小明：你好`. A name begins with a
 * capital or with a letter of a script that has none; behind a full-width colon no blank is written.
 */
const LINE = patternOf(String.raw`[\p{Lu}\p{Lo}][\p{L}\p{M}\d ._'’-]{0,39}|user|assistant|system|human|bot|ai`);
/** `ann: hello`: nicknames of one word, where no name has a capital. */
const NICKNAMED = patternOf(String.raw`\p{Ll}[\p{L}\p{M}\d._-]{0,39}`);
/** What programs write before a colon, and the fields of mail and of settings. */
const NO_NICKNAME =
  /^(?:error|err|warning|warn|info|debug|trace|fatal|notice|note|hint|help|todo|https?|file|line|name|title|date|from|to|cc|subject|type|id|key|value|text|label|description|url|path|version)$/;
/** Messages are sentences, the values of settings are not: words on average, of the lines with a nickname. */
const WORDS_SAID = 3;
const MOST_NICKNAMES = 4;

/** Of the lines with anything on them, so many begin a message. */
const SHARE = 0.8;
/** Fewer lines may be anything. */
const LEAST = 6;
const MOST_SPEAKERS = 12;

export const speakerLines: TalkReader = {
  app: 'lines',
  begins(text) {
    return lineOf(text) !== undefined;
  },
  read(text, file) {
    const read = noTalks();
    const said: Said[] = [];
    const pattern = lineOf(text) ?? LINE;
    for (const line of linesIn(text)) {
      const found = pattern.exec(line.trim());
      const speaker = found?.[2] ?? found?.[3];
      const last = said.at(-1);
      if (found && speaker !== undefined)
        said.push({ speaker: speaker.trim(), text: found[4] ?? '', ...timeOfLine(found[1]) });
      else if (last) last.text += `\n${line}`;
      else if (line.trim() !== '') read.system++;
    }
    for (const message of said) message.text = message.text.trim();
    const whole = said.filter((message) => message.text !== '');
    read.threads.push({ name: file.replace(/\.[^.]*$/, ''), said: whole });
    return read;
  },
};

/** How the lines of a log name their speakers; undefined where the text is none. */
function lineOf(text: string): RegExp | undefined {
  const lines = linesIn(text.slice(0, 20_000)).filter((line) => line.trim() !== '');
  if (isTalk(lines, LINE, MOST_SPEAKERS)) return LINE;
  const nicknamed = isTalk(lines, NICKNAMED, MOST_NICKNAMES) && speaksSentences(lines);
  return nicknamed ? NICKNAMED : undefined;
}

function isTalk(lines: readonly string[], pattern: RegExp, most: number): boolean {
  const names = lines.flatMap((line) => speakerIn(line, pattern) ?? []);
  const distinct = new Set(names);
  const enough = lines.length >= LEAST && names.length >= SHARE * lines.length;
  return enough && distinct.size >= 2 && distinct.size <= most && names.length >= 3 * distinct.size;
}

function speaksSentences(lines: readonly string[]): boolean {
  const found = lines.map((line) => NICKNAMED.exec(line.trim())).filter((match) => match !== null);
  const words = found.reduce((sum, match) => sum + (match[4] ?? '').split(/\s+/).length, 0);
  return words >= WORDS_SAID * found.length && !found.some((match) => NO_NICKNAME.test(match[3] ?? ''));
}

function speakerIn(line: string, pattern: RegExp): string | undefined {
  const found = pattern.exec(line.trim());
  return found?.[2] ?? found?.[3];
}

/** Only with its day: an hour alone tells no gap over midnight. */
function timeOfLine(written: string | undefined): { at?: number } {
  const at = written !== undefined && written.length > 10 ? Date.parse(`${written.replace(' ', 'T')}Z`) : NaN;
  return Number.isFinite(at) ? { at } : {};
}
