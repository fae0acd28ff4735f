// A log of `speaker: line`, with or without a time before the name.
import { noTalks, type Said, type TalkReader } from './talk';

export const linesIn = (text: string): string[] => text.split(/\r\n|\n|\r/);

/**
 * `Ann: hello`, `[12:03] Ann: hello`, `2024-01-02 12:03 <ann> hello`, `**Ann:** hello`, `小明：你好`. A name begins with a
 * capital or with a letter of a script that has none; behind a full-width colon no blank is written.
 */
const LINE =
  /^(?:[[(]?((?:\d{4}-\d{2}-\d{2}[T ])?\d{1,2}:\d{2}(?::\d{2})?)[\])]?\s*[-–]?\s*)?(?:<([^<>\s]{1,40})>|(?:\*\*)?([\p{Lu}\p{Lo}][\p{L}\p{M}\d ._'’-]{0,39}|user|assistant|system|human|bot|ai)(?:\*\*)?\s?[:：](?:\*\*)?)(?:(?:\s+|(?<=：(?:\*\*)?))(.*)|$)/u;

/** Of the lines with anything on them, so many begin a message. */
const SHARE = 0.8;
/** Fewer lines may be anything. */
const LEAST = 6;
const MOST_SPEAKERS = 12;

export const speakerLines: TalkReader = {
  app: 'lines',
  begins(text) {
    const lines = linesIn(text.slice(0, 20_000)).filter((line) => line.trim() !== '');
    const names = lines.flatMap((line) => speakerIn(line) ?? []);
    const distinct = new Set(names);
    const enough = lines.length >= LEAST && names.length >= SHARE * lines.length;
    const talk = distinct.size >= 2 && distinct.size <= MOST_SPEAKERS && names.length >= 3 * distinct.size;
    return enough && talk;
  },
  read(text, file) {
    const read = noTalks();
    const said: Said[] = [];
    for (const line of linesIn(text)) {
      const found = LINE.exec(line.trim());
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

function speakerIn(line: string): string | undefined {
  const found = LINE.exec(line.trim());
  return found?.[2] ?? found?.[3];
}

/** Only with its day: an hour alone tells no gap over midnight. */
function timeOfLine(written: string | undefined): { at?: number } {
  const at = written !== undefined && written.length > 10 ? Date.parse(`${written.replace(' ', 'T')}Z`) : NaN;
  return Number.isFinite(at) ? { at } : {};
}
