// Rows of a file of columns as they are stored: each is read, and set aside where it cannot be. Knows no file format.
import { spokenLines } from '../../base/conversation';
import { AtelierError } from '../../base/errors/errors';
import type { DatasetContent } from '../../base/records/dataset';
import type { Mapping } from '../../base/records/mapping';
import { isObject, shown } from '../json';
import type { RowPlace } from '../shapes/values';
import { rowOf, type Row } from './conversations';
import type { TextRow } from './format';
import type { RowNotes } from './rowNotes';
import { wellFormed } from './unicode';

/** Rows as they are kept; all of a file have the content of the first. */
export class RowWriter {
  /** The line that is too long; its further parts are passed over. */
  long = 0;
  #rows = 0;
  #refusal: AtelierError | undefined;

  constructor(
    readonly file: string,
    private readonly notes: RowNotes,
    /** What a person chose to use the columns for. */
    private readonly mapping?: Mapping,
  ) {}

  /**
   * `read` gives the row's value; what it or the row's reading refuses is set aside.
   * @param written the row as it stands in the file; absent: its value as JSON
   */
  write(read: () => unknown, line: number, written?: string): TextRow | undefined {
    let kept: TextRow;
    let value: unknown;
    try {
      value = read();
      kept = this.#kept(value, { file: this.file, line });
    } catch (thrown) {
      if (!(thrown instanceof AtelierError)) throw thrown;
      this.#refusal ??= thrown;
      if (thrown.code === 'jsonl-fields' && isObject(value)) this.notes.guess.see(value);
      this.notes.setAside(thrown, written ?? (value === undefined ? '' : JSON.stringify(value)));
      return undefined;
    }
    this.#rows++;
    if (kept.row.trim() !== '') return kept;
    this.notes.blank++;
    return undefined;
  }

  /** Where no row could be read, the first says why. */
  end(): void {
    if (!this.#rows && this.#refusal) throw this.#refusal;
  }

  #kept(value: unknown, at: RowPlace): TextRow {
    if (!isObject(value)) throw new AtelierError('jsonl-object', { ...at, found: shown(value) });
    const { row, facts, kept: beside, unread, used } = rowOf(value, at, this.mapping);
    this.notes.shape.see(value, used, row.content);
    const kept = keptRow(row, (this.notes.content ??= row.content), at);
    this.notes.beside(beside, unread);
    if (row.content === 'chat' && facts['label'] === false) this.notes.bad++;
    if (row.content === 'text' && (facts['label'] ?? facts['labels']) !== undefined) this.notes.labelled++;
    if (row.content !== this.notes.content) this.notes.flattened++;
    return { row: kept, facts };
  }
}

/** Blank where there is nothing to keep. */
function keptRow(row: Row, content: DatasetContent, at: RowPlace): string {
  if (row.content === 'text' && content === 'text') return wellFormed(row.text);
  if (row.content === 'text' && row.text.trim() === '') return '';
  if (row.content === 'chat' && content === 'text') return wellFormed(spokenLines(row.messages));
  if (row.content !== content) throw new AtelierError('rows-mixed', { ...at, found: row.content, first: content });
  if (row.content === 'chat') return row.messages.length ? json({ messages: row.messages, tools: row.tools }) : '';
  return row.content === 'preference' ? json(row.pair) : '';
}

/** As text of its own: a lone surrogate, which JSON would escape, becomes U+FFFD as in plain text. */
function json(value: object): string {
  const text = JSON.stringify(value);
  if (!text.includes('\\ud')) return text;
  return JSON.stringify(value, (_key, member: unknown) => (typeof member === 'string' ? wellFormed(member) : member));
}
