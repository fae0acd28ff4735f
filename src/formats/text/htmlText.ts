// The text of a page of HTML that a person would read: blocks become paragraphs, what frames them is left out.
import { Parser } from 'htmlparser2';

/** What holds no text of its own, and what stands around the text on every page. */
const SKIPPED = new Set(
  'script style nav noscript template svg math iframe object select button textarea form head aside dialog'.split(' '),
);
/** Around the page; within an article they hold its title and its sources. */
const FRAME = new Set(['header', 'footer']);
const ARTICLE = new Set(['article', 'main']);
/** A paragraph ends where one of these begins or ends. */
const BLOCKS = new Set(
  (
    'p div section article main header footer h1 h2 h3 h4 h5 h6 ul ol dl table blockquote pre figure figcaption address ' +
    'details summary fieldset hr body html center'
  ).split(' '),
);
/** So does a line. */
const LINES = new Set(['br', 'li', 'tr', 'dt', 'dd', 'caption', 'option']);

const isCell = (name: string): boolean => name === 'td' || name === 'th';

/** The text of HTML that is pushed in parts: lines, with a blank one between paragraphs. */
export class HtmlText {
  #out = '';
  /** What stands between the text before and that to come. */
  #gap = '';
  #skipped: string[] = [];
  #articles = 0;
  #pre = 0;
  /** Cells that are open, and those that the row has so far. */
  #inCells = 0;
  #cells = 0;
  readonly #parser: Parser;

  constructor(xml = false) {
    this.#parser = new Parser(
      {
        onopentag: (name) => this.#open(name),
        onclosetag: (name) => this.#close(name),
        ontext: (text) => this.#text(text),
      },
      { xmlMode: xml, lowerCaseTags: true, decodeEntities: true },
    );
  }

  /** The text that is complete so far. */
  push(html: string): string {
    this.#parser.write(html);
    return this.#taken();
  }

  end(): string {
    this.#parser.end();
    return this.#taken();
  }

  #taken(): string {
    const text = this.#out;
    this.#out = '';
    return text;
  }

  #open(name: string): void {
    if (SKIPPED.has(name) || (FRAME.has(name) && this.#articles === 0)) this.#skipped.push(name);
    if (ARTICLE.has(name)) this.#articles++;
    if (name === 'pre') this.#pre++;
    if (isCell(name)) this.#openCell();
    else this.#break(name);
  }

  #close(name: string): void {
    const at = this.#skipped.lastIndexOf(name);
    if (at >= 0) this.#skipped.length = at;
    if (ARTICLE.has(name)) this.#articles = Math.max(0, this.#articles - 1);
    if (name === 'pre') this.#pre = Math.max(0, this.#pre - 1);
    if (isCell(name)) this.#inCells = Math.max(0, this.#inCells - 1);
    else this.#break(name);
  }

  #openCell(): void {
    if (this.#cells++ > 0) this.#gap = '\t';
    this.#inCells++;
  }

  #break(name: string): void {
    if (name === 'tr') this.#cells = 0;
    if (this.#inCells) this.#gap ||= BLOCKS.has(name) || LINES.has(name) ? '\n' : '';
    else if (BLOCKS.has(name)) this.#gap = '\n\n';
    else if (LINES.has(name) && this.#gap !== '\n\n') this.#gap = '\n';
  }

  #text(text: string): void {
    if (this.#skipped.length) return;
    const shown = this.#pre ? text : text.replace(/[ \t\n\r\f]+/g, ' ');
    if (shown.trim() === '' && !this.#pre) {
      if (this.#gap === '' && shown !== '') this.#gap = ' ';
      return;
    }
    const start = this.#gap.startsWith('\n') || this.#gap === '\t' ? shown.trimStart() : shown;
    this.#out += this.#gap === ' ' && start.startsWith(' ') ? start : this.#gap + start;
    this.#gap = '';
  }
}
