// sacrebleu's tokenizers 13a (of mteval-v13a, for languages with blanks between words) and zh, with their oddities:
// only then a BLEU is the BLEU of the literature.
import { splitWords } from './textPieces';

/** What mteval's script does to languages of the West. */
const WESTERN: [RegExp, string][] = [
  [/([{-~[-` -&(-+:-@/])/gu, ' $1 '],
  [/([^0-9])([.,])/gu, '$1 $2 '], // but behind a digit
  [/([.,])([^0-9])/gu, ' $1 $2'], // but before a digit
  [/([0-9])(-)/gu, '$1 $2 '],
];

const western = (line: string): string[] =>
  splitWords(WESTERN.reduce((text, [pattern, by]) => text.replace(pattern, by), line));

export function tokens13a(text: string): string[] {
  const line = text.trimEnd().replaceAll('<skipped>', '').replaceAll('-\n', '').replaceAll('\n', ' ');
  const plain = line.replaceAll('&quot;', '"').replaceAll('&amp;', '&').replaceAll('&lt;', '<').replaceAll('&gt;', '>');
  return western(` ${plain} `);
}

/**
 * Code points that sacrebleu takes for Chinese. Two of its ranges are meant for planes beyond the first but are written
 * as strings of two characters, so that 2001–2A6D and 2F81–2FA1 count too; dashes and curly quotes are among them.
 */
const CHINESE: [from: number, to: number][] = [
  ...([
    [0x2001, 0x2a6d],
    [0x2e80, 0x2fdf],
    [0x2ff0, 0x303f],
    [0x3100, 0x312f],
    [0x31a0, 0x31bf],
  ] as [number, number][]),
  ...([
    [0x31c0, 0x31ef],
    [0x3200, 0x33ff],
    [0x3400, 0x4db5],
    [0x4e00, 0x9fbb],
    [0xf900, 0xfa2d],
  ] as [number, number][]),
  ...([
    [0xfa30, 0xfa6a],
    [0xfa70, 0xfad9],
    [0xfe10, 0xfe1f],
    [0xfe30, 0xfe4f],
    [0xff00, 0xffef],
  ] as [number, number][]),
];

function isChinese(character: string): boolean {
  const code = character.codePointAt(0)!;
  return CHINESE.some(([from, to]) => code >= from && code <= to);
}

export const tokensZh = (text: string): string[] =>
  western(
    Array.from(text.trim())
      .map((character) => (isChinese(character) ? ` ${character} ` : character))
      .join(''),
  );
