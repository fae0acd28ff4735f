// promptfoo's rouge-n: F1 of the words that two texts share, in lower case, each counted as often as both have it.
// Words are those of the Penn Treebank's tokenizer, where punctuation is a word too. data/metrics has ROUGE as
// rouge-score computes it, which drops punctuation and counts Chinese by characters.
import { countsOf, sharedCount, totalCount } from '../metrics/generation/textPieces';

/** Forms that are two words, https://www.cis.upenn.edu/~bies/manuals/tokenize.html */
const TWO_WORDS = [
  ...['(can)(not)', "(d)('ye)", '(gim)(me)', '(gon)(na)', '(got)(ta)', '(lem)(me)', "(more)('n)", '(wan)(na)(?= )'],
  ...["('t)(is)", "('t)(was)"],
].map((form) => new RegExp(`(?<![\\p{L}\\p{N}_])${form}(?![\\p{L}\\p{N}_])`, 'giu'));

const QUOTE = /``|''|"/g;
/** Behind nothing, a blank or a bracket a quote opens. */
const BEFORE_OPENING = /(?:^|[\s\p{Ps}<])$/u;

function withQuotes(text: string): string {
  let isOpen = false;
  return text.replace(QUOTE, (quote, at: number) => {
    const opens = at + quote.length < text.length && BEFORE_OPENING.test(text.slice(Math.max(0, at - 1), at));
    isOpen = quote === '``' || (quote === '"' && !isOpen && opens);
    return isOpen ? ' `` ' : " '' ";
  });
}

/** The words of a text; commas and colons within numbers stay, and dots but for the last one. */
export function treebankWords(text: string): string[] {
  const plain = text.replace(/[\s\u0085]+/g, ' ').trim();
  if (plain === '') return [];
  let spaced = withQuotes(plain)
    .replace(/\.{3}/g, ' ... ')
    .replace(/[:,](?!\p{Nd})/gu, ' $& ')
    .replace(/[;@#$%&]/g, ' $& ')
    .replace(/([^.])(?<!\b[A-Za-z]\.[A-Za-z])(\.)([\])}>'\s]*)$/g, '$1 $2$3 ')
    .replace(/[?!]/g, ' $& ')
    .replace(/[\][(){}<>]/g, ' $& ')
    .replace(/--/g, ' -- ');
  spaced = ` ${spaced} `
    .replace(/([^'])' /g, "$1 ' ")
    .replace(/'([sSmMdD]) /g, " '$1 ")
    .replace(/('ll|'re|'ve|n't) /gi, ' $1 ');
  for (const form of TWO_WORDS) spaced = spaced.replace(form, ' $1 $2 ');
  return spaced.split(' ').filter((word) => word !== '');
}

/** 0 of an empty text. */
export function unigramOverlap(answer: string, reference: string): number {
  const [own, theirs] = [answer, reference].map((text) => countsOf(treebankWords(text.toLowerCase())));
  const shared = sharedCount(own!, theirs!);
  if (shared === 0) return 0;
  const [precision, recall] = [shared / totalCount(own!), shared / totalCount(theirs!)];
  const [less, more] = [Math.min(precision, recall), Math.max(precision, recall)];
  // in this order of operations the last bit is promptfoo's too: it decides at a bound
  return less === more ? less : Math.min(more, less * (2 / (1 + less / more)));
}
