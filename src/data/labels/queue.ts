// Which row a label task asks next, and how far it is. All of it follows from the task, the ids of the rows and the
// decisions, so that a reload, or a decision that is taken back, leads to the same item.
import { stream } from '../../base/numbers/rng';
import type { LabelAnswer, LabelDecision, LabelTask } from '../../base/records/labels';
import type { LabelProgress, SelfAgreement } from '../../base/wire/labels';
import { answerKey, answersIn } from './answers';
import { cohenKappa } from './kappa';

/** The row that is asked. */
export interface AskedRow {
  rowId: number;
  /** Its place in this version, from 0. */
  position: number;
  /** It was asked before. */
  again: boolean;
}

/** A row is asked again when at least so many others were asked after it. */
const BETWEEN = 5;
/** Decisions that the pace follows from, and how many there must be. */
const PACE_OF = 50;
const PACE_FROM = 5;

/** Which rows are asked, by their places, and in which order. */
export interface QueueRows {
  /** Absent: in that of the task. */
  order?: Uint32Array;
  /** Absent: all rows are asked. */
  passes?: (place: number) => boolean;
}

export class LabelQueue {
  readonly #order: Uint32Array;
  readonly #passes: (place: number) => boolean;
  /** Rows that are asked. */
  readonly #rows: number;
  readonly #decisions: LabelDecision[] = [];
  /** The answer that counts of each row, also of rows that are not in this version. */
  readonly #answers = new Map<number, LabelAnswer>();
  /** Of rows with an answer that are in this version. */
  readonly #positions = new Map<number, number>();
  #cursor = 0;
  /** The row whose decision was just taken back: it is asked next, whatever else is open before it. */
  #brought: AskedRow | undefined;

  /**
   * @param ids Of the rows of this version, in order
   */
  constructor(
    private readonly task: LabelTask,
    private readonly ids: ArrayLike<number>,
    decisions: readonly LabelDecision[],
    { order = orderOf(task, ids.length), passes }: QueueRows = {},
  ) {
    this.#passes = passes ?? (() => true);
    this.#order = passes ? order.filter(passes) : order;
    this.#rows = passes ? Array.from(ids, (_, place) => passes(place)).filter(Boolean).length : ids.length;
    for (const decision of decisions) this.#take(decision);
    for (let i = 0; i < ids.length; i++) if (this.#answers.has(ids[i]!)) this.#positions.set(ids[i]!, i);
  }

  get length(): number {
    return this.#decisions.length;
  }

  /** Items that a person was shown, from 1. */
  get number(): number {
    return this.#own().length + 1;
  }

  /** Undefined where every row that is asked is decided. */
  next(): AskedRow | undefined {
    if (this.#brought) return this.#brought;
    const fresh = this.#fresh();
    if (!fresh) return undefined;
    const { number } = this;
    const { repeatEvery } = this.task;
    return (repeatEvery > 0 && number % repeatEvery === 0 && this.#repeated(number)) || fresh;
  }

  /** @param asked The row, where it was asked; undefined for a decision from elsewhere */
  add(decision: LabelDecision, asked?: AskedRow): void {
    this.#take(decision);
    if (asked) this.#positions.set(decision.rowId, asked.position);
  }

  /** Places of rows that were never decided, in the order in which they are asked. */
  openPlaces(most: number): number[] {
    const open: number[] = [];
    for (const place of this.#order) if (!this.#answers.has(this.ids[place]!) && open.push(place) >= most) break;
    return open;
  }

  get canUndo(): boolean {
    return this.#lastOwn() >= 0;
  }

  /** How many decisions stand behind the one that is taken back next. */
  get behindLast(): number {
    return this.#decisions.length - 1 - this.#lastOwn();
  }

  /** Takes the last decision back that a person made here; what files brought stays. */
  undo(): LabelDecision | undefined {
    const [last] = this.canUndo ? this.#decisions.splice(this.#lastOwn(), 1) : [];
    if (!last) return undefined;
    const { rowId } = last;
    const position = this.#positions.get(rowId);
    this.#brought = position === undefined ? undefined : { rowId, position, again: last.again === true };
    const before = this.#decisions.filter((decision) => decision.rowId === rowId);
    this.#answers.delete(rowId);
    for (const { answer } of before) this.#count(rowId, answer);
    if (!before.length) this.#positions.delete(rowId);
    this.#cursor = 0;
    return last;
  }

  progress(): LabelProgress {
    const here = [...this.#positions].flatMap(([rowId, place]) =>
      this.#passes(place) ? [this.#answers.get(rowId)!] : [],
    );
    const decided = here.filter(({ kind }) => kind !== 'skip');
    const counts = new Map<string, number>();
    for (const answer of decided) for (const text of answersIn(answer)) counts.set(text, (counts.get(text) ?? 0) + 1);
    return {
      ...{ rows: this.#rows, decided: decided.length, skipped: here.length - decided.length },
      counts: [...counts].sort(([, a], [, b]) => b - a),
      ...this.#pace(this.#rows - here.length),
      ...{ agreement: this.#agreement(), suggested: this.#suggested(), canUndo: this.canUndo },
    };
  }

  #suggested(): LabelProgress['suggested'] {
    const shown = this.#decisions.filter(({ origin }) => origin !== undefined);
    return { shown: shown.length, taken: shown.filter(({ origin }) => origin === 'suggested').length };
  }

  #take(decision: LabelDecision): void {
    this.#brought = undefined;
    this.#decisions.push(decision);
    this.#count(decision.rowId, decision.answer);
  }

  /** A row that is put off keeps what was said of it before. */
  #count(rowId: number, answer: LabelAnswer): void {
    if (answer.kind !== 'skip' || !this.#answers.has(rowId)) this.#answers.set(rowId, answer);
  }

  /** −1: none. A row that a file decided later, or that this version does not have, would not come back. */
  #lastOwn(): number {
    const brought = new Set<number>();
    for (let i = this.#decisions.length - 1; i >= 0; i--) {
      const { imported, rowId } = this.#decisions[i]!;
      if (!imported && !brought.has(rowId) && this.#positions.has(rowId)) return i;
      brought.add(rowId);
    }
    return -1;
  }

  #own(): LabelDecision[] {
    return this.#decisions.filter(({ imported }) => !imported);
  }

  #fresh(): AskedRow | undefined {
    while (this.#cursor < this.#order.length) {
      const position = this.#order[this.#cursor]!;
      const rowId = this.ids[position]!;
      if (!this.#answers.has(rowId)) return { rowId, position, again: false };
      this.#cursor++;
    }
    return undefined;
  }

  /** A row that was asked some time ago, each at most once; a text that was changed is not asked again. */
  #repeated(number: number): AskedRow | undefined {
    const own = this.#own();
    const asked = new Set(own.filter(({ again }) => again).map(({ rowId }) => rowId));
    const rows = own.slice(0, Math.max(0, own.length - BETWEEN)).filter(({ rowId, answer, again }) => {
      const judged = answer.kind !== 'skip' && answer.kind !== 'fix';
      return judged && !again && !asked.has(rowId) && this.#passesAt(this.#positions.get(rowId));
    });
    const row = rows[stream(this.task.seed, 'again', number).below(Math.max(1, rows.length))];
    return row && { rowId: row.rowId, position: this.#positions.get(row.rowId)!, again: true };
  }

  #passesAt(place: number | undefined): boolean {
    return place !== undefined && this.#passes(place);
  }

  /** From the middle of the last times, so that a break does not count. */
  #pace(open: number): Pick<LabelProgress, 'perMinute' | 'left'> {
    const times = this.#decisions.flatMap(({ took }) => (took === undefined ? [] : [took])).slice(-PACE_OF);
    if (times.length < PACE_FROM) return {};
    const middle = Math.max(1, times.sort((a, b) => a - b)[times.length >> 1]!);
    return { perMinute: 60_000 / middle, left: open * middle };
  }

  #agreement(): SelfAgreement {
    const pairs: [string, string][] = [];
    const last = new Map<number, LabelAnswer>();
    for (const { rowId, answer, again } of this.#decisions) {
      const before = last.get(rowId);
      if (again && before && answer.kind !== 'skip') pairs.push([answerKey(before), answerKey(answer)]);
      last.set(rowId, answer);
    }
    const kappa = this.task.kind === 'spans' ? undefined : cohenKappa(pairs);
    const same = pairs.filter(([a, b]) => a === b).length;
    return { pairs: pairs.length, same, ...(kappa !== undefined && { kappa }) };
  }
}

/** Places of rows in the order in which they are asked. */
function orderOf({ order, seed }: LabelTask, rows: number): Uint32Array {
  const places = Uint32Array.from({ length: rows }, (_, i) => i);
  if (order !== 'shuffled') return places;
  return stream(seed, 'order').shuffle(places);
}

/** Whether the second of two answers stands first. */
export const isTurned = ({ kind, seed }: LabelTask, rowId: number): boolean =>
  kind === 'better' && (stream(seed, 'side', rowId).uint32() & 1) === 1;
