// The step that leaves out rows whose text repeats itself, is hardly text, or breaks off: by published thresholds, each
// of which is a setting.
import { signalsOf, wordsIn, type Signals } from './qualitySignals';
import { leftOut, lookedAtText } from './rowText';
import type { CleanRow, CleanStep } from './step';

type Thresholds = Record<keyof Signals, number>;
type Settings = Thresholds & Record<string, number>;

/** A share above which a row goes; at 1 the signal is off. */
const PUBLISHED: Thresholds = {
  ...{ repeatedParagraphs: 0.3, repeatedLines: 0.3, repeatedLineCharacters: 0.2 },
  ...{ top2: 0.2, top3: 0.18, top4: 0.16 },
  ...{ repeated5: 0.15, repeated6: 0.14, repeated7: 0.13, repeated8: 0.12, repeated9: 0.11, repeated10: 0.1 },
  ...{ symbols: 0.1, bullets: 0.9, ellipses: 0.3, noLetters: 0.2 },
  // made for pages of the web: answers are often lists, or one line without a full stop
  ...{ shortLines: 1, openLines: 1, brokenOff: 1 },
};
const SIGNALS = Object.keys(PUBLISHED) as (keyof Signals)[];
/** Rows of fewer words are not judged. */
const LEAST_WORDS = 30;

interface Over {
  name: keyof Signals;
  value: number;
}

/** The signals of a row that are above their thresholds. */
function over(row: CleanRow, settings: Readonly<Record<string, number>>): Over[] {
  const text = lookedAtText(row, 'row');
  const words = wordsIn(text);
  if (words.length < (settings['leastWords'] ?? 0)) return [];
  const signals = signalsOf(text, words);
  return SIGNALS.flatMap((name) => {
    const most = settings[name] ?? 1;
    return most < 1 && signals[name] > most ? [{ name, value: signals[name] }] : [];
  });
}

/** The names of the signals of a row that are above the published thresholds. */
export const qualityOver = (row: CleanRow): string[] =>
  over(row, { leastWords: LEAST_WORDS, ...PUBLISHED }).map(({ name }) => name);

export const qualityStep: CleanStep<Settings> = {
  kind: 'quality',
  defaults: { leastWords: LEAST_WORDS, ...PUBLISHED },
  reasons: ['quality'],
  limits: { leastWords: [1, 10_000], ...Object.fromEntries(SIGNALS.map((name) => [name, [0, 1] as const])) },
  start: (settings) => ({
    decide: (row) => {
      const [first] = over(row, settings);
      if (!first) return { kept: true };
      return leftOut('quality', { signal: first.name, percent: Math.round(100 * first.value) });
    },
  }),
};
