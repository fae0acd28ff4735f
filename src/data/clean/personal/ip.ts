/** Addresses of the internet, versions 4 and 6; those that mean the same in every network are marked as private. */
import { contextOf } from './context';
import type { NumberFinder, PersonalFound } from './finder';

const V4 = /(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}(?![\w]|\.\d)/y;
/** RFC 1918, 6598, 3927, 1122, 5737 and multicast. */
const PRIVATE_V4 =
  /^(?:0|10|127)\.|^192\.168\.|^172\.(?:1[6-9]|2\d|3[01])\.|^100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|^169\.254\.|^192\.0\.2\.|^198\.51\.100\.|^203\.0\.113\.|^2(?:2[4-9]|3\d|5[0-5])\./;
/** RFC 4291, 4193, 3849. */
const PRIVATE_V6 = /^(?:::1?$|fe[89ab]|f[cd]|2001:0?db8:|ff)/i;
const WORDS = /\b(?:ip|ipv4|ipv6|host|server|address|client|login|gateway|subnet)\b|地址|サーバー/i;

function found(form: string, text: string, start: number, end: number, alone: number): PersonalFound {
  const { word, against } = contextOf(text, start, end, WORDS);
  const base = { kind: 'ip', form, start, end } as const;
  if (word !== undefined) return { ...base, word, score: 97, evidence: 'context' };
  return { ...base, score: against ? 20 : alone, evidence: 'pattern' };
}

/** Four single digits are more often a version or a section. */
export const ipv4: NumberFinder = {
  kind: 'ip',
  runs: [1, 2, 3],
  read: (text, at) => {
    V4.lastIndex = at;
    const written = V4.exec(text)?.[0];
    if (written === undefined || /[\w.\u00c0-\u024f]/.test(text[at - 1] ?? '')) return undefined;
    if (/(?:^|\.)0\d/.test(written)) return undefined;
    const form = PRIVATE_V4.test(written) ? 'ip-private' : 'ip';
    return found(form, text, at, at + written.length, written.length === 7 ? 40 : 90);
  },
};

const V6 = /[0-9A-Fa-f:]{2,39}(?:(?<=:)\d{1,3}(?:\.\d{1,3}){3})?/y;

/** RFC 4291: eight groups, or fewer around one `::`; the last two may be written as version 4. */
function isIpv6(written: string): boolean {
  const halves = written.replace(/\d{1,3}(?:\.\d{1,3}){3}$/, '0:0').split('::');
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  if (!groups.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group))) return false;
  return halves.length === 2 ? groups.length < 8 : groups.length === 8;
}

/** What is before belongs to the address too; a colon after a word, as `host:`, does not. */
const GOES_ON = /(?:^|[^\w:])[0-9A-Fa-f]{1,4}:$|::$/;

/** @param colon the first one of what may be an address */
export function ipv6At(text: string, colon: number): PersonalFound | undefined {
  let start = colon;
  while (start > 0 && colon - start < 4 && /[0-9A-Fa-f]/.test(text[start - 1]!)) start--;
  V6.lastIndex = start;
  const raw = V6.exec(text)?.[0] ?? '';
  const written = /[^:]:$/.test(raw) ? raw.slice(0, -1) : raw;
  const end = start + written.length;
  if (/[\w.\u00c0-\u024f]/.test(text[start - 1] ?? '') || /[\w\u00c0-\u024f]/.test(text[end] ?? '')) return undefined;
  if (GOES_ON.test(text.slice(Math.max(0, start - 6), start))) return undefined;
  // Names in programs are written with `::` too; they seldom hold a digit.
  if (!/\d/.test(written) || !isIpv6(written)) return undefined;
  return found(PRIVATE_V6.test(written) ? 'ip-private' : 'ip', text, start, end, written.length < 6 ? 60 : 95);
}
