// What tokens are parts of, in words, and how many of each part count.
import type { BatchToken, TokenPart } from '../../base/wire/requests';
import { m } from '../words/generated/messages.js';

const WORDS: Readonly<Record<TokenPart, () => string>> = {
  tools: m.token_part_tools,
  call: m.token_part_call,
  result: m.token_part_result,
  thought: m.token_part_thought,
};

export const tokenPartWords = (part: TokenPart): string => WORDS[part]();

interface PartCount {
  part: TokenPart;
  tokens: number;
  graded: number;
}

/** The parts among tokens, in the order of the words. */
export const partCounts = (tokens: readonly Pick<BatchToken, 'part' | 'graded'>[]): PartCount[] =>
  (Object.keys(WORDS) as TokenPart[]).flatMap((part) => {
    const own = tokens.filter((token) => token.part === part);
    return own.length ? [{ part, tokens: own.length, graded: own.filter(({ graded }) => graded !== 0).length }] : [];
  });
