// Subtitles (.srt, .vtt) as a text format: what is said, in paragraphs, without numbers, times and marks.
import { TEXT_ENDINGS } from '../../base/records/textFormats';
import { charactersOf, type FileHead, type TextReader } from './format';
import { linesOf } from './lines';
import { LONGEST_PARAGRAPH } from './plainText';

/** Seconds of silence after which another paragraph begins. */
const PAUSE = 3;
const TIMES = /^\s*(?:(\d+):)?(\d\d):(\d\d)[,.](\d{3})\s*-->\s*(?:(\d+):)?(\d\d):(\d\d)[,.](\d{3})/;
/** `<i>`, `{\an8}`, `<c.colour>`, `<00:01.000>`; a line of a subtitle holds no other markup. */
const MARKS = /<\/?[a-z][^<>]*>|<[\d:.]+>|\{\\[^{}]*\}/gi;

const begins = ({ text }: FileHead): boolean =>
  /^\uFEFF?WEBVTT(?:\s|$)/.test(text) || /^\uFEFF?\s*\d+\s*\r?\n\s*\d+:\d\d:\d\d[,.]\d{3}\s*-->/.test(text);

async function* spoken(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let said: string[] = [];
  let [length, ended] = [0, 0];
  let inside = false; // a cue: between its times and the blank line behind it
  for await (const { text } of linesOf(chunks, LONGEST_PARAGRAPH)) {
    const times = TIMES.exec(text);
    if (times) {
      const [start, end] = [seconds(times.slice(1, 5)), seconds(times.slice(5, 9))];
      if (said.length && (start - ended > PAUSE || length > LONGEST_PARAGRAPH / 2)) {
        yield said.join('\n');
        [said, length] = [[], 0];
      }
      [inside, ended] = [true, end];
      continue;
    }
    const line = text.replace(MARKS, '').trim();
    inside &&= line !== '';
    if (!inside || line === said.at(-1)) continue; // rolling captions repeat the line before
    said.push(line);
    length += line.length;
  }
  if (said.length) yield said.join('\n');
}

const seconds = ([h = '0', m, s, ms]: readonly (string | undefined)[]): number =>
  Number(h) * 3600 + Number(m) * 60 + Number(s) + Number(ms) / 1000;

export const srtFormat: TextReader = {
  name: 'srt',
  endings: TEXT_ENDINGS.srt,
  prose: true,
  begins,
  read: (source, found) => spoken(charactersOf(source, found)),
};
