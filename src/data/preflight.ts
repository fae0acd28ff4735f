import type { Finding, FindingCode } from '../base/findings';
import type { Tokenizer } from './tokenizer';

/** A row as it is looked at. */
export interface InspectedRow {
  /** All that people wrote in it. */
  text: string;
  /** What the last answer is to; the whole row where it is plain text. */
  question: string;
  /** The answers; none in plain text. */
  answers: readonly string[];
  /** It is held out. */
  held: boolean;
  /** The row as tokens, or why the template cannot write it. */
  encoded: { ids: Uint32Array; weights?: Float32Array }[] | { reason: string };
}

/** Rows that a finding names. */
const NAMED = 20;
/** Below, a model learns rows by heart. */
const FEW = 50;

/** Looks at row after row; what it saw is in `findings`. Memory: the text of each distinct row and question. */
export class Preflight {
  rows = 0;
  /** Rows that are trained on, and their tokens: of a pair those of both answers. */
  readonly train = { rows: 0, tokens: 0 };
  readonly #found = new Map<FindingCode, number[]>();
  readonly #texts = new Set<string>();
  readonly #questions = { train: new Set<string>(), held: new Map<string, number[]>() };
  #graded = 0;
  /** Tokens that the longest graded row predicts. */
  #longest = 0;
  #turnEnds = 0;
  #chat = false;
  #reason = '';
  #token = '';

  /** @param context tokens of a window */
  constructor(
    private readonly tokenizer: Tokenizer,
    private readonly context: number,
  ) {}

  see(row: InspectedRow): void {
    this.rows++;
    if (this.#texts.has(row.text)) this.#add('rows-duplicate');
    this.#texts.add(row.text);
    if (row.answers.some((answer) => answer.trim() === '')) this.#add('answers-empty');
    const special = this.tokenizer.specialPattern && row.text.match(this.tokenizer.specialPattern)?.[0];
    if (special) {
      this.#token ||= special;
      this.#add('special-in-text');
    }
    this.#remember(row);
    if ('reason' in row.encoded) {
      this.#reason ||= row.encoded.reason;
      this.#add('template-fails');
    } else {
      if (!row.held) this.#count(row.encoded);
      this.#seeTokens(row.encoded);
    }
  }

  #count(encoded: readonly { ids: Uint32Array }[]): void {
    this.train.rows++;
    for (const { ids } of encoded) this.train.tokens += ids.length;
  }

  #remember({ question, held }: InspectedRow): void {
    const key = question.toLowerCase().replace(/\s+/g, ' ').trim();
    if (!held) this.#questions.train.add(key);
    else this.#questions.held.set(key, [...(this.#questions.held.get(key) ?? []), this.rows]);
  }

  #seeTokens(encoded: Exclude<InspectedRow['encoded'], { reason: string }>): void {
    const graded = encoded.flatMap(({ ids, weights }) => (weights ? [{ ids, weights }] : []));
    if (!graded.length) return;
    this.#chat = true;
    for (const { ids } of graded) this.#longest = Math.max(this.#longest, ids.length - 1);
    if (graded.some(({ ids }) => ids.length > this.context + 1)) this.#add('rows-truncated');
    const lasts = graded.map(({ ids, weights }) => {
      // the first token predicts nothing, and a window holds no more than its length of predictions
      const last = weights.subarray(0, this.context + 1).findLastIndex((weight) => weight > 0);
      return last > 0 ? ids[last]! : undefined;
    });
    if (lasts.some((id) => id === undefined)) this.#add('rows-without-grade');
    else this.#graded++;
    if (lasts.some((id) => id !== undefined && this.tokenizer.isSpecial(id))) this.#turnEnds++;
  }

  #add(code: FindingCode, row = this.rows): void {
    const rows = this.#found.get(code);
    if (rows) rows.push(row);
    else this.#found.set(code, [row]);
  }

  /** Blocking ones first. */
  findings(): Finding[] {
    for (const [question, rows] of this.#questions.held)
      if (this.#questions.train.has(question)) for (const row of rows) this.#add('rows-in-both', row);
    const failed = this.#found.get('template-fails')?.length ?? 0;
    const nothing = this.#chat && this.#graded === 0;
    const all: (Finding | undefined)[] = [
      nothing ? this.#whole('nothing-graded', 'block') : undefined,
      this.#of('template-fails', 'block'),
      nothing ? undefined : this.#of('rows-without-grade'),
      this.#of('rows-truncated'),
      this.#graded > 0 && this.#turnEnds === 0 ? this.#whole('turn-end-ungraded') : undefined,
      ...(['answers-empty', 'rows-duplicate', 'special-in-text', 'rows-in-both'] as const).map((code) =>
        this.#of(code),
      ),
      this.#chat && this.rows - failed < FEW ? this.#whole('rows-few') : undefined,
    ];
    return all.filter((finding) => finding !== undefined);
  }

  /** A finding about rows that it names. */
  #of(code: FindingCode, level: Finding['level'] = 'warn'): Finding | undefined {
    const rows = this.#found.get(code);
    return rows && { ...this.#whole(code, level, rows.length), rows: rows.slice(0, NAMED) };
  }

  #whole(code: FindingCode, level: Finding['level'] = 'warn', count = this.rows): Finding {
    const percent = Math.round((100 * count) / Math.max(1, this.rows));
    const longest = this.#longest;
    const facts = { count, percent, context: this.context, longest, reason: this.#reason, token: this.#token };
    return { level, code, facts, count };
  }
}
