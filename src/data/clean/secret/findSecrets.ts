/**
 * Finds secrets in a text: keys by their prefixes, private keys, passwords in addresses, and strings of high entropy
 * beside a word that names a secret. Linear in the text: each pattern is bounded.
 */
import { urlUserAt } from '../personal/urlUser';
import { KEY_RULES, type SecretKind } from './rules';

/** Where a secret stands, in UTF-16 units. */
export interface SecretFound {
  kind: SecretKind;
  start: number;
  end: number;
  /** The word that names it. */
  word?: string;
}

const BEGINS = new RegExp(`(?<![\\w-])(?:${KEY_RULES.map(({ begins }) => `(?:${begins})`).join('|')})`, 'g');

function keys(text: string): SecretFound[] {
  const found: SecretFound[] = [];
  BEGINS.lastIndex = 0;
  for (let hit = BEGINS.exec(text); hit; hit = BEGINS.exec(text)) {
    const key = keyAt(text, hit.index);
    if (!key) continue;
    found.push(key);
    BEGINS.lastIndex = key.end;
  }
  return found;
}

function keyAt(text: string, start: number): SecretFound | undefined {
  for (const { kind, whole } of KEY_RULES) {
    whole.lastIndex = start;
    const written = whole.exec(text)?.[0];
    if (written === undefined || /^\w$/.test(text[start + written.length] ?? '')) continue;
    if (kind === 'aws' && !/^A(?:3T[A-Z0-9]|KIA|GPA|IDA|ROA|IPA|NPA|NVA|SIA)/.test(written)) continue;
    return { kind, start, end: start + written.length };
  }
  return undefined;
}

function addresses(text: string): SecretFound[] {
  const found: SecretFound[] = [];
  for (let at = text.indexOf('://'); at >= 0; at = text.indexOf('://', at + 3)) {
    const user = urlUserAt(text, at);
    if (user && text.slice(user.start, user.end).includes(':'))
      found.push({ kind: 'basic-auth', start: user.start, end: user.end });
  }
  return found;
}

const NAMED =
  /(pass(?:word|wd|phrase|code)?|pwd|secret|token|api[ _-]?key|access[ _-]?key|auth[ _-]?key|signing[ _-]?key|encryption[ _-]?key|credentials?|bearer|passwort|kennwort|contraseña|mot de passe|密码|口令|密钥|令牌)["'\]]{0,3}(?: ?(?:=>|:=|=|:|：) {0,3}| (?:is|ist|es|est) |是|为| )["'`]?([^\s"'`,;<>(){}，。；]{8,200})/giu;

/** Bits of Shannon's entropy for each sign. */
function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const sign of text) counts.set(sign, (counts.get(sign) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => sum - (count / text.length) * Math.log2(count / text.length), 0);
}

/** Eight different signs have three bits. */
const LEAST_ENTROPY = 2.75;
const STAND_IN =
  /example|placeholder|changeme|your[_-]|xxx|\*\*\*|\.\.\.|…|\$\{|process\.env|os\.environ|undefined|:\/\//i;

/** Drawn by a machine or chosen as a password, and no word: letters and digits, or three classes of signs. */
function looksDrawn(value: string): boolean {
  if (STAND_IN.test(value) || entropyOf(value) < LEAST_ENTROPY) return false;
  const classes = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((of) => of.test(value)).length;
  if (/[^\x21-\x7e]/.test(value)) return false;
  return classes >= 3 || (/\d/.test(value) && /[A-Za-z]/.test(value));
}

function named(text: string): SecretFound[] {
  return [...text.matchAll(NAMED)].flatMap(({ 0: all, 1: word = '', 2: raw = '', index }): SecretFound[] => {
    const value = raw.replace(/[.,:!?]+$/, '');
    const start = index + all.length - raw.length;
    // A program that calls something for its secret holds none.
    const isCall = text[index + all.length] === '(';
    return !isCall && looksDrawn(value) ? [{ kind: 'entropy', start, end: start + value.length, word }] : [];
  });
}

/** In order and apart from each other; a key that has a maker goes before a string that has none. */
export function findSecrets(text: string, kinds: ReadonlySet<SecretKind>): SecretFound[] {
  const taken: SecretFound[] = [];
  for (const one of [...keys(text), ...addresses(text), ...named(text)]) {
    if (kinds.has(one.kind) && !taken.some(({ start, end }) => start < one.end && one.start < end)) taken.push(one);
  }
  return taken.sort((a, b) => a.start - b.start);
}
