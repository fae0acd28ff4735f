// Porter's stemmer of English (Porter, 1980) with NLTK's additions, which rouge-score uses. Knows a–z only.

const IRREGULAR = new Map(
  Object.entries({
    ...{ sky: 'sky', skies: 'sky', dying: 'die', lying: 'lie', tying: 'tie', news: 'news', howe: 'howe' },
    ...{ innings: 'inning', inning: 'inning', outings: 'outing', outing: 'outing', cannings: 'canning' },
    ...{ canning: 'canning', proceed: 'proceed', exceed: 'exceed', succeed: 'succeed' },
  }),
);

/** By letter: a y is a consonant at the beginning and behind a vowel. */
function consonants(word: string): boolean[] {
  const flags: boolean[] = [];
  for (const letter of word) flags.push(letter === 'y' ? flags.at(-1) !== true : !'aeiou'.includes(letter));
  return flags;
}

/** How often a consonant follows a vowel. */
function measure(word: string): number {
  const flags = consonants(word);
  return flags.filter((flag, i) => flag && i > 0 && !flags[i - 1]).length;
}

const hasVowel = (word: string): boolean => consonants(word).includes(false);

/** Consonant, vowel, consonant at the end, the last not w, x or y; of two letters vowel and consonant. */
function endsShort(word: string): boolean {
  const flags = consonants(word);
  if (word.length === 2) return !flags[0] && flags[1] === true;
  const [a, b, c] = flags.slice(-3);
  return word.length > 2 && a === true && b === false && c === true && !/[wxy]$/.test(word);
}

type Rule = [ending: string, by: string, holds?: (stem: string) => boolean];

/** The first rule whose ending is there decides, also where its condition does not hold. */
function byRules(word: string, rules: readonly Rule[]): string {
  const rule = rules.find(([ending]) => word.endsWith(ending));
  if (!rule) return word;
  const [ending, by, holds] = rule;
  const stem = word.slice(0, word.length - ending.length);
  return (holds?.(stem) ?? true) ? stem + by : word;
}

const plural = (word: string): string =>
  word.length === 4 && word.endsWith('ies')
    ? word.slice(0, -1)
    : byRules(word, [
        ['sses', 'ss'],
        ['ies', 'i'],
        ['ss', 'ss'],
        ['s', ''],
      ]);

/** -ed and -ing, and what their stem needs then. */
function past(word: string): string {
  if (word.endsWith('ied')) return word.slice(0, word.length === 4 ? -1 : -2);
  if (word.endsWith('eed')) return measure(word.slice(0, -3)) > 0 ? word.slice(0, -1) : word;
  const ending = ['ed', 'ing'].find((one) => word.endsWith(one) && hasVowel(word.slice(0, -one.length)));
  if (ending === undefined) return word;
  const stem = word.slice(0, -ending.length);
  if (/(?:at|bl|iz)$/.test(stem)) return `${stem}e`;
  if (/([^aeiou])\1$/.test(stem) && consonants(stem).at(-1) === true)
    return /[lsz]$/.test(stem) ? stem : stem.slice(0, -1);
  return measure(stem) === 1 && endsShort(stem) ? `${stem}e` : stem;
}

const finalY = (word: string): string =>
  byRules(word, [['y', 'i', (stem) => stem.length > 1 && consonants(stem).at(-1) === true]]);

const rulesOf = (least: number, endings: Record<string, string>): Rule[] =>
  Object.entries(endings).map(([ending, by]) => [ending, by, (stem) => measure(stem) > least]);

const DOUBLE = rulesOf(0, {
  ...{ ational: 'ate', tional: 'tion', enci: 'ence', anci: 'ance', izer: 'ize', bli: 'ble', alli: 'al' },
  ...{ entli: 'ent', eli: 'e', ousli: 'ous', ization: 'ize', ation: 'ate', ator: 'ate', alism: 'al' },
  ...{ iveness: 'ive', fulness: 'ful', ousness: 'ous', aliti: 'al', iviti: 'ive', biliti: 'ble', fulli: 'ful' },
});

function doubleEnding(word: string): string {
  if (word.endsWith('alli') && measure(word.slice(0, -4)) > 0) return doubleEnding(word.slice(0, -2));
  return byRules(word, [...DOUBLE, ['logi', 'log', () => measure(word.slice(0, -3)) > 0]]);
}

const THIRD = rulesOf(0, { icate: 'ic', ative: '', alize: 'al', iciti: 'ic', ical: 'ic', ful: '', ness: '' });

const FOURTH: Rule[] = [
  ...rulesOf(1, {
    ...{ al: '', ance: '', ence: '', er: '', ic: '', able: '', ible: '', ant: '', ement: '', ment: '', ent: '' },
  }),
  ['ion', '', (stem) => measure(stem) > 1 && /[st]$/.test(stem)],
  ...rulesOf(1, { ou: '', ism: '', ate: '', iti: '', ous: '', ive: '', ize: '' }),
];

function finalE(word: string): string {
  const stem = word.slice(0, -1);
  const goes = word.endsWith('e') && (measure(stem) > 1 || (measure(stem) === 1 && !endsShort(stem)));
  return goes ? stem : word;
}

const doubleL = (word: string): string =>
  word.endsWith('ll') && measure(word.slice(0, -1)) > 1 ? word.slice(0, -1) : word;

/** The stem of a word in small letters; a word of one or two letters is its own. */
export function porterStem(word: string): string {
  const known = IRREGULAR.get(word);
  if (known !== undefined || word.length <= 2) return known ?? word;
  const inner = byRules(byRules(doubleEnding(finalY(past(plural(word)))), THIRD), FOURTH);
  return doubleL(finalE(inner));
}
