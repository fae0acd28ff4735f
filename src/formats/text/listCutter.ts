// Cuts a JSON list that comes in parts into its members, so that one of them is held at a time. It looks at quotes and
// brackets alone: whether a member is JSON, its reader says.

/** A part of the file, and the units before it. */
export interface ListPart {
  text: string;
  before: number;
}

/** A member of the list; one that is longer than any row comes without its text. */
export interface ListMember extends ListPart {
  long: boolean;
  /** The unit behind it. */
  end: ',' | ']';
}

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

export class ListCutter {
  #part: 'before' | 'members' | 'after' = 'before';
  /** From where the open member begins. */
  #text = '';
  #before: number;
  /** Units of it that were looked at, and what they left open. */
  #at = 0;
  #depth = 0;
  #quoted = false;
  #escaped = false;
  /** The open member is too long; it is passed over. */
  #long = false;

  /**
   * @param longest units of a member that are held
   * @param before units of the file in front of what is pushed
   */
  constructor(
    readonly longest: number,
    before = 0,
  ) {
    this.#before = before;
  }

  /** Whether the list is closed; then `left` is what stands behind it, else what is open. */
  get closed(): boolean {
    return this.#part === 'after';
  }

  get left(): ListPart {
    return { text: this.#text, before: this.#before };
  }

  *push(chunk: string): Generator<ListMember> {
    this.#text += chunk;
    if (this.#part === 'before') this.#begin();
    while (this.#part === 'members' && this.#scan()) yield* this.#member();
    if (this.#part !== 'members') return;
    this.#long ||= this.#text.length > this.longest;
    if (this.#long) this.#take(this.#at);
  }

  #begin(): void {
    const open = this.#text.indexOf('[');
    if (open < 0) return;
    this.#take(open + 1);
    this.#part = 'members';
  }

  /** Goes to the comma or bracket that ends the open member; false where it is not here yet. */
  #scan(): boolean {
    const text = this.#text;
    let [at, depth, quoted, escaped] = [this.#at, this.#depth, this.#quoted, this.#escaped];
    let found = false;
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (quoted) {
        if (escaped) escaped = false;
        else if (code === BACKSLASH) escaped = true;
        else if (code === QUOTE) quoted = false;
      } else if (code === QUOTE) quoted = true;
      else if (code === OPEN_OBJECT || code === OPEN_LIST) depth++;
      else if (depth === 0 && (code === COMMA || code === CLOSE_LIST)) {
        found = true;
        break;
      } else if (code === CLOSE_OBJECT || code === CLOSE_LIST) depth--;
    }
    [this.#at, this.#depth, this.#quoted, this.#escaped] = [at, depth, quoted, escaped];
    return found;
  }

  *#member(): Generator<ListMember> {
    const closes = this.#text.charCodeAt(this.#at) === CLOSE_LIST;
    const text = this.#text.slice(0, this.#at);
    const empty = closes && !this.#long && text.trim() === ''; // no member at all, or a comma before the bracket
    const end = closes ? ']' : ',';
    const member: ListMember = { text: this.#long ? '' : text, before: this.#before, long: this.#long, end };
    this.#take(this.#at + 1);
    this.#long = false;
    if (closes) this.#part = 'after';
    if (!empty) yield member;
  }

  #take(units: number): void {
    this.#text = this.#text.slice(units);
    this.#before += units;
    this.#at -= Math.min(this.#at, units);
  }
}
