/**
 * Finds the names that a person listed, in every casing, with and without accents, in either order and written as one
 * word; in Chinese and Japanese anywhere, elsewhere as whole words. A name that is not listed is not found.
 */

/** Where a listed name stands, and which person's it is. */
interface NameFound {
  start: number;
  end: number;
  person: number;
}

interface Node {
  next: Map<string, Node>;
  person?: number;
}

const EAST_ASIAN = '\\p{sc=Han}\\p{sc=Hira}\\p{sc=Kana}\\p{sc=Hang}ー々';
const WORD = new RegExp(`(?:(?![${EAST_ASIAN}])[\\p{L}\\p{M}\\p{N}])+`, 'gu');
const HAS_EAST_ASIAN = new RegExp(`[${EAST_ASIAN}]`, 'u');
const KATAKANA = /[\u30a0-\u30ff]/;
/** What may stand between two words of a name. */
const GAP = /^[\s'’.,_·-]{1,3}$/;
/** A surname by itself is a name before a title only. */
const TITLE = /^(?:先生|女士|小姐|老师|老師|经理|总|總|医生|醫生|教授|同学|师傅|さん|様|君|씨|님)/;
/** What speakers are called who are nobody. */
const ROLES = new Set(
  'user assistant system human bot ai gpt chatgpt claude model tool agent customer support me you admin 用户 助手 系统 客服 我 你'.split(
    ' ',
  ),
);

/** Small letters without accents. */
const foldName = (word: string): string =>
  /^[\x20-\x7e]*$/.test(word)
    ? word.toLowerCase()
    : word
        .normalize('NFKD')
        .replace(/\p{M}+/gu, '')
        .toLowerCase()
        .replaceAll('ß', 'ss');

/** Each line is a person; commas and semicolons part what else that person is called. */
export const peopleIn = (lines: readonly string[]): string[][] =>
  lines.map((line) => line.split(/[,;，；、=]/).map((name) => name.trim())).map((names) => names.filter(isName));

/** Several persons of a column or a header, each by itself. */
export const eachPersonIn = (text: string): string[][] =>
  text
    .split(/[,;，；、\n]/)
    .map((name) => [name.replace(/<.*$/, '').replace(/["']/g, '').trim()])
    .filter(([name = '']) => isName(name));

const isName = (name: string): boolean =>
  name.length <= 60 && !name.includes('@') && (name.match(/\p{L}/gu) ?? []).length >= 1 && !ROLES.has(foldName(name));

const HEADER =
  /^(?:From|To|Cc|Bcc|Reply-To|Von|An|De|À|Para|发件人|收件人|抄送|寄件者)[ \t]*[:：][ \t]*([^\n]{1,300})/gimu;

/** The names in the headers of letters: before an address in angle brackets, or words with capitals. */
export const namesInHeaders = (text: string): string[][] =>
  [...text.matchAll(HEADER)].flatMap(([, list = '']) =>
    list
      .split(/[,;]/)
      .filter((entry) => /<[^>]*@/.test(entry) || /^\s*\p{Lu}\p{L}+(?: \p{Lu}[\p{L}.]*){1,3}\s*$/u.test(entry))
      .flatMap(eachPersonIn),
  );

export class NameFinder {
  readonly #root: Node = { next: new Map() };
  /** East Asian names by their first sign, the longest first. */
  readonly #signs = new Map<string, { name: string; person: number }[]>();
  /** Names that a person gave, folded: the first person who has one keeps it. */
  readonly #known = new Map<string, number>();
  #people = 0;

  /** @returns the number of the person, an earlier one where a name is known */
  add(names: readonly string[]): void {
    const known = names.map((name) => this.#known.get(foldName(name))).find((person) => person !== undefined);
    const person = known ?? this.#people++;
    for (const name of names) this.#addName(name, person);
  }

  get isEmpty(): boolean {
    return this.#people === 0;
  }

  #addName(name: string, person: number): void {
    if (this.#known.has(foldName(name))) return;
    this.#known.set(foldName(name), person);
    if (HAS_EAST_ASIAN.test(name)) return this.#addSigns(name.replace(/\s/g, ''), person);
    const words = (name.match(WORD) ?? []).map(foldName);
    if (words.join('').length < 2) return;
    this.#addWords(words, person);
    if (words.length === 2) this.#addWords(words.toReversed(), person);
    if (words.length > 1 && words.join('').length > 5) this.#addWords([words.join('')], person);
  }

  #addSigns(name: string, person: number): void {
    const first = String.fromCodePoint(name.codePointAt(0)!);
    const names = [...(this.#signs.get(first) ?? []), { name, person }];
    this.#signs.set(
      first,
      names.sort((a, b) => b.name.length - a.name.length),
    );
  }

  #addWords(words: readonly string[], person: number): void {
    let node = this.#root;
    for (const word of words) {
      const next = node.next.get(word) ?? { next: new Map<string, Node>() };
      node.next.set(word, next);
      node = next;
    }
    node.person ??= person;
  }

  /** In order and apart from each other. */
  find(text: string): NameFound[] {
    if (this.isEmpty) return [];
    return [...this.#wordNames(text), ...this.#signNames(text)].sort((a, b) => a.start - b.start);
  }

  #wordNames(text: string): NameFound[] {
    const words = [...text.matchAll(WORD)];
    const found: NameFound[] = [];
    for (let at = 0; at < words.length; at++) {
      const hit = this.#from(text, words, at);
      if (!hit) continue;
      const start = words[at]!.index;
      found.push({ start, end: hit.end, person: hit.person });
      at = hit.last;
    }
    return found;
  }

  /** The longest name that begins with a word. */
  #from(
    text: string,
    words: readonly RegExpExecArray[],
    at: number,
  ): { end: number; last: number; person: number } | undefined {
    let node = this.#root;
    let best: { end: number; last: number; person: number } | undefined;
    for (let last = at; last < words.length; last++) {
      const { 0: word, index } = words[last]!;
      const before = words[last - 1];
      if (last > at && !GAP.test(text.slice(before!.index + before![0].length, index))) break;
      const next = this.#next(node, word);
      if (!next) break;
      ({ node } = next);
      if (node.person !== undefined) best = { end: index + next.length, last, person: node.person };
      if (next.length < word.length) break;
    }
    return best;
  }

  /** Where a word leads, also with the s of a genitive that has no apostrophe. */
  #next(node: Node, word: string): { node: Node; length: number } | undefined {
    const whole = node.next.get(foldName(word));
    if (whole) return { node: whole, length: word.length };
    if (word.length < 5 || !/^\p{Lu}.*s$/iu.test(word) || word[0] === word[0]!.toLowerCase()) return undefined;
    const stem = node.next.get(foldName(word.slice(0, -1)));
    return stem && { node: stem, length: word.length - 1 };
  }

  #signNames(text: string): NameFound[] {
    const found: NameFound[] = [];
    if (this.#signs.size === 0) return found;
    for (let at = 0; at < text.length; at++) {
      const names =
        text.charCodeAt(at) < 0x1100 ? undefined : this.#signs.get(String.fromCodePoint(text.codePointAt(at)!));
      const hit = names?.find(({ name }) => stands(text, at, name));
      if (!hit) continue;
      found.push({ start: at, end: at + hit.name.length, person: hit.person });
      at += hit.name.length - 1;
    }
    return found;
  }
}

/** One sign needs a title after it; a word in katakana ends where katakana ends. */
function stands(text: string, at: number, name: string): boolean {
  if (!text.startsWith(name, at)) return false;
  const end = at + name.length;
  if (Array.from(name).length === 1) return TITLE.test(text.slice(end, end + 2));
  const goesOn = (edge: string, beyond: string | undefined): boolean =>
    KATAKANA.test(edge) && KATAKANA.test(beyond ?? '');
  return !goesOn(name[0]!, text[at - 1]) && !goesOn(name.at(-1)!, text[end]);
}
