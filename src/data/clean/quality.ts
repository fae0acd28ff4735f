// The step that leaves out rows whose text repeats itself, is hardly text, or breaks off: by published thresholds, each
// of which is a setting.
import { signalsOf, wordsIn, type Signals } from './qualitySignals';
import { leftOut, lookedAtText } from './rowText';
import type { CleanStep } from './step';

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

export const qualityStep: CleanStep<Settings> = {
  kind: 'quality',
  defaults: { leastWords: 30, ...PUBLISHED },
  reasons: ['quality'],
  limits: { leastWords: [1, 10_000], ...Object.fromEntries(SIGNALS.map((name) => [name, [0, 1] as const])) },
  start: (settings) => ({
    decide: (row) => {
      const text = lookedAtText(row, 'row');
      const words = wordsIn(text);
      if (words.length < (settings['leastWords'] ?? 0)) return { kept: true };
      const signals = signalsOf(text, words);
      const over = SIGNALS.find((name) => settings[name] < 1 && signals[name] > settings[name]);
      return over ? leftOut('quality', { signal: over, percent: Math.round(100 * signals[over]) }) : { kept: true };
    },
  }),
};
