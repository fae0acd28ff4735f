/**
 * One walk over a text that finds all kinds of personal data: each begins at a digit, at an @ or at a colon, so that
 * the finders look at those places only. Linear in the text: a finder reads a bounded stretch around its place.
 */
import { address } from './address';
import { birthDate } from './birthDate';
import { card } from './card';
import { emailAt, speltEmailAt } from './email';
import type { NumberFinder, PersonalFound, PersonalKind } from './finder';
import { iban } from './iban';
import { AMERICAN_IDS } from './ids/americas';
import { ASIAN_IDS } from './ids/asia';
import { WEST_EUROPEAN_IDS } from './ids/europe';
import { NORTH_EUROPEAN_IDS } from './ids/north';
import { ipv4, ipv6At } from './ip';
import { phone } from './phone';
import { urlUserAt } from './urlUser';

/** Finders that look at a run of digits. */
const FINDERS: readonly NumberFinder[] = [
  ...[card, ipv4, birthDate, phone, address],
  ...[...ASIAN_IDS, ...WEST_EUROPEAN_IDS, ...NORTH_EUROPEAN_IDS, ...AMERICAN_IDS],
];
/** Longer runs are no number of a person. */
const LONGEST_RUN = 20;
/** By the length of the run. */
const BY_RUN = Array.from({ length: LONGEST_RUN + 1 }, (_, length) =>
  FINDERS.filter(({ runs }) => runs.includes(length)),
);

const FULL_WIDTH = /[\uff01-\uff5e\u00a0\u2007\u202f\u3000\u2010-\u2014\u2212]/g;

/** Full-width signs, odd blanks and hyphens as ASCII has them, unit by unit. */
const narrow = (text: string): string =>
  text.replace(FULL_WIDTH, (sign) => {
    const code = sign.charCodeAt(0);
    if (code >= 0xff01) return String.fromCharCode(code - 0xfee0);
    return code >= 0x2010 && code <= 0x2212 && code !== 0x202f ? '-' : ' ';
  });

/** False of NaN, which stands behind the end. */
const isDigit = (code: number): boolean => code >= 48 && code < 58;
const isLetter = (code: number): boolean => (code >= 65 && code <= 90) || (code >= 97 && code <= 122);

/** The surest; of those the longest. */
const better = (a: PersonalFound, b: PersonalFound | undefined): boolean =>
  !b || a.score > b.score || (a.score === b.score && a.end - a.start > b.end - b.start);

class Scan {
  readonly found: PersonalFound[] = [];

  constructor(
    readonly text: string,
    readonly kinds: ReadonlySet<PersonalKind>,
    readonly least: number,
  ) {}

  take(found: PersonalFound | undefined): void {
    if (found && found.score >= this.least && this.kinds.has(found.kind)) this.found.push(found);
  }

  /** @returns where the run ends, or what was found there */
  run(at: number): number {
    let end = at + 1;
    while (isDigit(this.text.charCodeAt(end))) end++;
    let best: PersonalFound | undefined;
    const look = (finder: NumberFinder): void => {
      const found = finder.read(this.text, at);
      if (found && found.score >= this.least && this.kinds.has(found.kind) && better(found, best)) best = found;
    };
    if (isLetter(this.text.charCodeAt(at - 1)) && isLetter(this.text.charCodeAt(at - 2))) look(iban);
    for (const finder of BY_RUN[end - at] ?? []) look(finder);
    this.take(best);
    return Math.max(end, best?.end ?? 0);
  }

  colon(at: number): void {
    if (this.text.startsWith('://', at)) this.take(urlUserAt(this.text, at));
    else if (/[0-9A-Fa-f:]/.test(this.text[at + 1] ?? '')) this.take(ipv6At(this.text, at));
  }

  walk(): void {
    const { text } = this;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code > 64 || code < 40) {
        if (code === 91) this.take(speltEmailAt(text, at));
      } else if (isDigit(code)) at = this.run(at) - 1;
      else if (code === 64) this.take(emailAt(text, at));
      else if (code === 58) this.colon(at);
      else if (code === 40) this.take(speltEmailAt(text, at));
    }
  }
}

/** Where two overlap, the surer or longer stays. */
function apart(found: readonly PersonalFound[]): PersonalFound[] {
  const kept: PersonalFound[] = [];
  for (const one of found.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const last = kept.at(-1);
    if (!last || last.end <= one.start) kept.push(one);
    else if (better(one, last)) kept[kept.length - 1] = one;
  }
  return kept;
}

/**
 * Personal data of these kinds in a text, in order and apart from each other.
 *
 * @param least score that a hit has
 */
export function scanPersonal(text: string, kinds: ReadonlySet<PersonalKind>, least: number): PersonalFound[] {
  const scan = new Scan(narrow(text), kinds, least);
  scan.walk();
  return apart(scan.found);
}
