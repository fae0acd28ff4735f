import type { Finding, FindingCode } from '../../base/wire/findings';
import { packBins } from '../batches/pack';
import { rowHash } from '../batches/holdout';
import type { Tokenizer } from '../tokens/tokenizer';

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
  /** What it became belongs together, as the two answers of a pair do. */
  paired: boolean;
  /**
   * The row as tokens, or why the template cannot write it: earlier turns change with what follows, or what it said
   * itself.
   */
  encoded: { ids: Uint32Array; weights?: Float32Array }[] | Unwritten;
}

type Unwritten = { reason: 'prefix' } | { reason: 'other'; refusal: NonNullable<Finding['refusal']> };

/** Rows that a finding names. */
const NAMED = 20;
/** Below, a model learns rows by heart. */
const FEW = 50;

/** Texts that are looked for again stand as 53 bits each: among a million, two share them once in 18,000 files. */
const keyOf = (text: string): number => rowHash(text, [0x2545f491, 0x4f6cdd1d]);

/**
 * Looks at row after row; what it saw is in `findings`. Memory: some numbers for each distinct row and question, never
 * their text.
 */
export class Preflight {
  rows = 0;
  /** Rows that are trained on, and their tokens: of a pair those of both answers. */
  readonly #train = { rows: 0, tokens: 0 };
  /** Tokens that each graded row of them takes in a window; none of pairs, which are not packed. */
  readonly #lengths: number[] = [];
  readonly #found = new Map<FindingCode, number[]>();
  readonly #texts = new Set<number>();
  readonly #questions = { train: new Set<number>(), held: new Map<number, number[]>() };
  #graded = 0;
  /** Tokens that the longest graded row predicts. */
  #longest = 0;
  #turnEnds = 0;
  #chat = false;
  #refusal: Finding['refusal'];
  #token = '';

  /** @param context tokens of a window */
  constructor(
    private readonly tokenizer: Tokenizer,
    private readonly context: number,
  ) {}

  see(row: InspectedRow): void {
    this.rows++;
    const text = keyOf(row.text);
    if (this.#texts.has(text)) this.#add('rows-duplicate');
    this.#texts.add(text);
    if (row.answers.some((answer) => answer.trim() === '')) this.#add('answers-empty');
    const special = this.tokenizer.specialPattern && row.text.match(this.tokenizer.specialPattern)?.[0];
    if (special) {
      this.#token ||= special;
      this.#add('special-in-text');
    }
    this.#remember(row);
    if ('reason' in row.encoded) {
      if (row.encoded.reason === 'other') this.#refusal ??= row.encoded.refusal;
      this.#add(row.encoded.reason === 'prefix' ? 'template-not-prefix' : 'template-fails');
    } else {
      if (!row.held) this.#count(row.encoded, row.paired);
      this.#seeTokens(row.encoded, row);
    }
  }

  #count(encoded: readonly { ids: Uint32Array }[], paired: boolean): void {
    this.#train.rows += paired ? 1 : encoded.length;
    for (const { ids } of encoded) this.#train.tokens += ids.length;
  }

  #remember({ question, held }: InspectedRow): void {
    const key = keyOf(question.toLowerCase().replace(/\s+/g, ' ').trim());
    if (!held) return void this.#questions.train.add(key);
    const rows = this.#questions.held.get(key);
    if (rows) rows.push(this.rows);
    else this.#questions.held.set(key, [this.rows]);
  }

  #seeTokens(
    encoded: Exclude<InspectedRow['encoded'], Unwritten>,
    { paired, held }: Pick<InspectedRow, 'paired' | 'held'>,
  ): void {
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
    const used = held || paired ? [] : graded.filter((_, i) => lasts[i] !== undefined);
    for (const { ids } of used) this.#lengths.push(Math.min(this.context, ids.length - 1));
    const taught = lasts.filter((id) => id !== undefined).length;
    if (paired ? taught < lasts.length : taught === 0) this.#add('rows-without-grade');
    else this.#graded++;
    if (lasts.some((id) => id !== undefined && this.tokenizer.isSpecial(id))) this.#turnEnds++;
  }

  #add(code: FindingCode): void {
    const rows = this.#found.get(code);
    if (rows) rows.push(this.rows);
    else this.#found.set(code, [this.rows]);
  }

  /** Held-out rows that ask what a training row asks. */
  #inBoth(): number[] {
    const { train, held } = this.#questions;
    return [...held].flatMap(([question, rows]) => (train.has(question) ? rows : [])).sort((a, b) => a - b);
  }

  /** What is trained on; how many windows hold it packed is known once all rows were seen. */
  get train(): { rows: number; tokens: number; packed?: number } {
    if (this.#lengths.length === 0) return this.#train;
    return { ...this.#train, packed: packBins(this.#lengths, this.context).length };
  }

  /** Blocking ones first. */
  findings(): Finding[] {
    const failed = (['template-fails', 'template-not-prefix'] as const).reduce(
      (sum, code) => sum + (this.#found.get(code)?.length ?? 0),
      0,
    );
    const nothing = this.#chat && this.#graded === 0;
    const all: (Finding | undefined)[] = [
      nothing ? this.#whole('nothing-graded', 'block') : undefined,
      this.#of('template-not-prefix', 'block'),
      this.#fails(),
      nothing ? undefined : this.#of('rows-without-grade'),
      this.#of('rows-truncated'),
      this.#graded > 0 && this.#turnEnds === 0 ? this.#whole('turn-end-ungraded') : undefined,
      ...(['answers-empty', 'rows-duplicate', 'special-in-text'] as const).map((code) => this.#of(code)),
      this.#about('rows-in-both', this.#inBoth()),
      this.#chat && this.rows - failed < FEW ? this.#whole('rows-few') : undefined,
    ];
    return all.filter((finding) => finding !== undefined);
  }

  /** What the template cannot write, with why. */
  #fails(): Finding | undefined {
    const finding = this.#of('template-fails', 'block');
    return finding && { ...finding, ...(this.#refusal && { refusal: this.#refusal }) };
  }

  /** A finding about rows that it names. */
  #of(code: FindingCode, level?: Finding['level']): Finding | undefined {
    return this.#about(code, this.#found.get(code) ?? [], level);
  }

  #about(code: FindingCode, rows: readonly number[], level?: Finding['level']): Finding | undefined {
    return rows.length ? { ...this.#whole(code, level, rows.length), rows: rows.slice(0, NAMED) } : undefined;
  }

  #whole(code: FindingCode, level: Finding['level'] = 'warn', count = this.rows): Finding {
    const percent = Math.round((100 * count) / Math.max(1, this.rows));
    const longest = this.#longest;
    const facts = { count, percent, context: this.context, longest, token: this.#token };
    return { level, code, facts, count };
  }
}
