// The stop words of a language, none of which negates: those of the package `stopword`, the Chinese ones of our own
// choice. Not the words that a person lists.

/** Languages whose stop words are there, by the codes of the package `stopword`. */
export const STOP_LISTS = [
  ...(['eng', 'zho', 'deu', 'fra', 'spa', 'ita', 'por', 'nld', 'swe', 'pol'] as const),
  ...(['rus', 'ukr', 'tur', 'ara', 'hin', 'jpn', 'kor', 'vie', 'ind'] as const),
];
type StopList = (typeof STOP_LISTS)[number];

/**
 * The package's Chinese list holds single simplified characters, 不 (not) among them. These are the commonest words of
 * the classes that Universal Dependencies calls closed (https://universaldependencies.org/u/pos/): particles,
 * adpositions, conjunctions, auxiliaries, pronouns and determiners, as a segmenter cuts them; simplified, then what
 * differs in traditional characters. Our own choice, without 不, 没, 无, 未, 别 and words made with them.
 */
const CHINESE = [
  ...'的 地 得 之 所 了 着 过 们 吗 呢 吧 啊 呀 嘛 啦 哦 等 等等'.split(' '),
  ...'在 从 自 自从 向 往 朝 到 于 对 对于 关于 由 由于 把 将 被 给 跟 为 为了 按 按照 根据 通过 随着 以 至于 除了'.split(
    ' ',
  ),
  ...'和 与 及 以及 并 并且 而 而且 或 或者 还是 但 但是 可是 然而 因为 因此 因而 所以 于是 如果 若 要是 虽然 尽管'.split(
    ' ',
  ),
  ...'即使 只要 只有 既 既然 那么 然后 则 且 是 就是 会 可以 能 能够 要 应该 也 还 又 就 都'.split(' '),
  ...'我 我们 咱们 你 你们 您 他 他们 她 她们 它 它们 自己 大家 其 其他 其它 其中 某 某些 各 每 每个'.split(' '),
  ...'这 这个 这些 这样 这里 这儿 这么 那 那个 那些 那样 那里 那儿 此 该 本 一个 一些 一种'.split(' '),
  ...'什么 谁 哪 哪个 哪些 哪里 哪儿 怎么 怎样 如何 为什么 多少 几'.split(' '),
  ...'著 過 們 嗎 啦 從 自從 對 對於 關於 於 由於 將 給 為 為了 根據 通過 隨著 至於 與 並 並且 還是 因為 於是 雖然 儘管'.split(
    ' ',
  ),
  ...'即使 只要 既然 那麼 然後 則 會 應該 還 我們 咱們 你們 妳 妳們 他們 她們 牠 牠們 它們 每個'.split(' '),
  ...'這 這個 這些 這樣 這裡 這裏 這兒 這麼 那個 那樣 那裡 那裏 那兒 該 一個 一種'.split(' '),
  ...'什麼 甚麼 誰 哪個 哪裡 哪裏 哪兒 怎麼 怎樣 為什麼 幾'.split(' '),
] as const;

/**
 * What negates in the package's lists. Without such a word a class may be the opposite one: "not good" would be "good".
 * Stop words of several words stay too where one of these stands in them.
 */
const NEGATIONS: Partial<Record<StopList, string>> = {
  eng: 'never',
  deu: 'kein keine keinem keinen keiner keines nein nicht nichts nie niemand niemandem niemanden ohne kaum',
  fra: 'ne n pas sans',
  spa: 'no sin ni contra',
  ita: 'non contro',
  por: 'não nem no sem',
  nld: 'geen niet niets zonder tegen',
  swe: 'aldrig ej icke inga ingen ingenting inget inte nej utan varken knappast',
  pol: 'ani bynajmniej nic nie nigdy żaden żadna żadne żadnych',
  rus: 'без не нет ни ничего никогда нельзя',
  ukr: 'без не нє нема ні ніби ніщо',
  tur: 'değil deđil hiç hiçbir olmadı olmadığı olmayan olmaz yoksa',
  ara: 'غير لا لات لم لن ليس ما ولا ولم عدم كلا كلَّا ضد لَيْسَ لَيْسَا لَيْسَتَا لَيْسَتْ لَيْسُوا لَِسْنَا لَسْتَ لَسْتُ لَسْتُم لَسْتُمَا لَسْتُنَّ لَسْتِ لَسْنَ',
  hin: 'न नहिं नहीं ना',
  jpn: 'ない なく なかっ ず',
  kor: '못하다 아니 아니나다를가 아니라 아니라면 아니면 아니었다면 아니다 안 안된다 않고 않기 않는다면 않다 않다면 않도록 않으면 없고 없다 없이 없는',
  vie: 'chưa không',
  ind: 'belum belumlah bukan bukanlah bukannya bukankah enggak enggaknya jangan janganlah tak tanpa tidak tidakkah tidaklah',
};

/** @returns nothing for a list that there is not; some stop words are of several words, with blanks between */
export async function stopWordsOf(list: string): Promise<readonly string[]> {
  if (!isStopList(list)) return [];
  if (list === 'zho') return CHINESE;
  const negations = new Set(NEGATIONS[list]?.split(' '));
  const negates = (word: string): boolean => word.split(/\s+/).some((each) => negations.has(each));
  return (await import('stopword'))[list].filter((word) => !negates(word));
}

const isStopList = (name: string): name is StopList => (STOP_LISTS as readonly string[]).includes(name);
