// How well personal data is found on a planted set, by kind: the figures that a data sheet prints.
import { describe, expect, test } from 'vitest';
import {
  LEAST_SCORE,
  PERSONAL_KINDS,
  type PersonalFound,
  type PersonalKind,
} from '../../../../src/data/clean/personal/finder';
import { FIND_QUALITY, PLANTED_TEXTS } from '../../../../src/data/clean/personal/findQuality';
import { scanPersonal } from '../../../../src/data/clean/personal/scan';
import { plantedSet, type Planted } from './planted';

/** The finders were written while looking at seed 7; no one looked at this one. */
const TEXTS = plantedSet(2027, 120);
const ALL = new Set<PersonalKind>(PERSONAL_KINDS);

interface Counts {
  planted: number;
  /** Of those planted. */
  hit: number;
  found: number;
  /** Of those found. */
  right: number;
}

type Piece = Pick<PersonalFound, 'kind' | 'start' | 'end'>;

/** The same stretch; of an address, half of it. */
function covers(found: Piece, planted: Piece): boolean {
  if (found.kind !== planted.kind) return false;
  if (planted.kind !== 'address') return found.start === planted.start && found.end === planted.end;
  const shared = Math.min(found.end, planted.end) - Math.max(found.start, planted.start);
  return shared * 2 >= planted.end - planted.start;
}

function count(texts: readonly Planted[], kind: PersonalKind): Counts {
  const counts = { planted: 0, hit: 0, found: 0, right: 0 };
  for (const { text, spans } of texts) {
    const found = scanPersonal(text, ALL, LEAST_SCORE).filter((one) => one.kind === kind);
    const planted = spans.filter((span) => span.kind === kind);
    counts.planted += planted.length;
    counts.found += found.length;
    counts.hit += planted.filter((span) => found.some((one) => covers(one, span))).length;
    counts.right += found.filter((one) => planted.some((span) => covers(one, span))).length;
  }
  return counts;
}

const rounded = (value: number): number => Math.round(value * 1000) / 1000;

/** F2 counts recall twice as much as precision. */
function qualityOf({ planted, hit, found, right }: Counts): { precision: number; recall: number; f2: number } {
  const [precision, recall] = [right / found, hit / planted];
  const f2 = (5 * precision * recall) / (4 * precision + recall);
  return { precision: rounded(precision), recall: rounded(recall), f2: rounded(f2) };
}

const measured = Object.fromEntries(PERSONAL_KINDS.map((kind) => [kind, qualityOf(count(TEXTS, kind))])) as Record<
  PersonalKind,
  ReturnType<typeof qualityOf>
>;

describe('personal data in a planted set', () => {
  test('of 1,500 texts and more, half of which hold none', () => {
    expect(TEXTS.length).toBe(PLANTED_TEXTS);
    expect(TEXTS.length).toBeGreaterThanOrEqual(1500);
    expect(TEXTS.filter(({ spans }) => spans.length === 0).length).toBeGreaterThanOrEqual(750);
    for (const kind of PERSONAL_KINDS) expect(count(TEXTS, kind).planted).toBeGreaterThanOrEqual(100);
  });

  test('is found as the table says', () => {
    for (const [kind, { precision, recall, f2 }] of Object.entries(measured))
      process.stdout.write(`${kind}: precision ${precision}, recall ${recall}, F2 ${f2}\n`);
    expect(measured).toEqual(FIND_QUALITY);
  });

  test.each(['email', 'card', 'iban', 'ip'] as const)('%s: at least 98 of 100', (kind) => {
    expect(measured[kind].recall).toBeGreaterThanOrEqual(0.98);
  });

  test('a set without personal data would be seen to have none', () => {
    const none = TEXTS.map(({ text }) => ({ text: text.replace(/[\d@]/g, 'x'), spans: [] }));
    for (const kind of PERSONAL_KINDS) expect(count(none, kind).found).toBe(0);
  });
});
