// Lines of a text stream with their numbers, whatever ends them.
export interface TextLine {
  text: string;
  /** Counted from 1 in the file. */
  number: number;
  /** The line went on beyond the limit and this is a part of it; more parts follow. */
  cut: boolean;
}

/**
 * Lines of a text that comes in chunks; ends are \n, \r\n or \r, also where a chunk ends between \r and \n. A line
 * longer than `limit` UTF-16 units comes in parts marked `cut`, so memory stays bounded whatever the file holds.
 */
export async function* linesOf(
  chunks: AsyncIterable<string> | Iterable<string>,
  limit: number,
): AsyncGenerator<TextLine, void, undefined> {
  const cutter = new LineCutter(limit);
  for await (const chunk of chunks) for (const line of cutter.push(chunk)) yield line;
  for (const line of cutter.end()) yield line;
}

/** The same for a text that is pushed in parts. */
export class LineCutter {
  #rest = '';
  #number = 1;

  constructor(readonly limit: number) {}

  *push(chunk: string): Generator<TextLine, void, undefined> {
    // What was carried over holds no line end but perhaps a last \r, so the search begins behind it.
    let searched = Math.max(0, this.#rest.length - 1);
    let text = this.#rest + chunk;
    // A \r at the end waits: the \n that belongs to it may be in the next chunk.
    const waits = text.endsWith('\r');
    if (waits) text = text.slice(0, -1);
    const next = text.includes('\r', searched) ? anyLineEnd : newline;
    let from = 0;
    for (let end = next(text, searched); end; end = next(text, searched)) {
      yield* parts(text.slice(from, end.at), this.#number++, this.limit);
      from = searched = end.next;
    }
    let rest = text.slice(from);
    while (rest.length > this.limit) {
      const at = cutPoint(rest, this.limit);
      yield { text: rest.slice(0, at), number: this.#number, cut: true };
      rest = rest.slice(at);
    }
    this.#rest = waits ? `${rest}\r` : rest;
  }

  *end(): Generator<TextLine, void, undefined> {
    const ended = this.#rest.endsWith('\r');
    const rest = ended ? this.#rest.slice(0, -1) : this.#rest;
    if (rest || ended) yield* parts(rest, this.#number, this.limit);
  }
}

interface LineEnd {
  at: number;
  /** Where the next line begins. */
  next: number;
}

/** Of a text without \r; the platform's search is many times as fast as an expression. */
function newline(text: string, from: number): LineEnd | undefined {
  const at = text.indexOf('\n', from);
  return at < 0 ? undefined : { at, next: at + 1 };
}

const LINE_END = /\r\n|\n|\r/g;

function anyLineEnd(text: string, from: number): LineEnd | undefined {
  LINE_END.lastIndex = from;
  const found = LINE_END.exec(text);
  return found ? { at: found.index, next: LINE_END.lastIndex } : undefined;
}

function* parts(text: string, number: number, limit: number): Generator<TextLine> {
  let rest = text;
  while (rest.length > limit) {
    const at = cutPoint(rest, limit);
    yield { text: rest.slice(0, at), number, cut: true };
    rest = rest.slice(at);
  }
  yield { text: rest, number, cut: false };
}

const SENTENCE_END = /[.!?…。！？；]["'”’」』)）]*(?:\s|(?<=[。！？；…”’」』）]))/g;
const SPACE = /\s/g;

/**
 * Where to cut within `limit` units: behind the last sentence end of the second half, else the last space, else there.
 */
function cutPoint(text: string, limit: number): number {
  const half = limit >> 1;
  for (const pattern of [SENTENCE_END, SPACE]) {
    const last = [...text.slice(half, limit).matchAll(pattern)].at(-1);
    if (last) return half + last.index + last[0].length;
  }
  // Never between the halves of a surrogate pair.
  return (text.charCodeAt(limit - 1) & 0xfc00) === 0xd800 && limit > 1 ? limit - 1 : limit;
}
