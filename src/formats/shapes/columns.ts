// The columns of a row by their use: by a mapping, else by the names that published data sets give them.
import type { ColumnUse, Mapping } from '../../base/records/mapping';
import { own, type JsonObject } from '../json';
import { MARKS, type ListPlace } from './messages';
import { cellText, holdsSomething, isBlank, type RowPlace } from './values';

/**
 * Whole names only: "con*text*" is no user's text. Of several in a row, the first that holds something is read.
 */
const NAMES: Readonly<Record<Exclude<ColumnUse, 'fact'>, readonly string[]>> = {
  messages: ['messages', 'conversations', 'conversation', 'dialog', 'dialogue', 'turns', 'contents', 'chat', 'data'],
  system: ['system', 'system_prompt', 'system_message', 'systeminstruction', 'system_instruction', 'persona'],
  question: [
    ...['instruction', 'prompt', 'question', 'query', 'input', 'request', 'problem', 'human', 'user', 'input_text'],
    ...['goal', 'ctx', 'article', 'dialogue', 'document', 'text'],
  ],
  answer: [
    ...[
      'output',
      'completion',
      'response',
      'answer',
      'reply',
      'solution',
      'answers',
      'completions',
      'assistant',
      'bot',
    ],
    ...[
      'target',
      'output_text',
      'chosen_response',
      'generated_solution',
      'summary',
      'highlights',
      'canonical_solution',
    ],
  ],
  further: ['input', 'context', 'passage', 'knowledge'],
  choices: ['choices', 'options', 'endings'],
  reasoning: [
    ...['reasoning_content', 'reasoning', 'thinking', 'thought', 'complex_cot', 'chain_of_thought', 'cot'],
    ...['rationale', 'cot_content'],
  ],
  history: ['history', 'chat_history'],
  tools: ['tools', 'functions'],
  chosen: ['chosen', 'preferred_output'],
  rejected: ['rejected', 'non_preferred_output', 'rejected_response', 'rejected_messages'],
  /** By the names of the answers: `pairs.ts`. */
  verdict: [],
  text: [
    ...['text', 'content', 'sentence', 'body', 'review', 'document', 'article', 'comment', 'tweet', 'passage', 'post'],
    ...['utterance', 'story', 'markdown'],
  ],
  label: ['label', 'labels', 'kto_tag', 'thumb', 'thumbs'],
  rating: ['rating', 'score', 'stars', 'quality', 'reward', 'overall_score'],
  weight: MARKS,
};

/** Texts that belong together, as those that a classifier compares. */
const TWO_TEXTS = [
  ['premise', 'hypothesis'],
  ['sentence1', 'sentence2'],
  ['question1', 'question2'],
  ['text1', 'text2'],
] as const;

/** Capitals, hyphens and spaces of a column's name do not tell it from another. */
const plainName = (name: string): string =>
  name
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_');

const TELLING = ['messages', 'question', 'answer', 'chosen', 'rejected', 'text'] as const;

/** Whether a column of this name says that a table holds rows to train on. */
export const isTellingColumn = (name: string): boolean => TELLING.some((use) => NAMES[use].includes(plainName(name)));

/** What stands beside a text or an answer, and is known by its name. */
const BESIDE = ['label', 'rating', 'weight', 'system', 'reasoning', 'tools'] as const;

export const besideUse = (name: string): ColumnUse | undefined =>
  BESIDE.find((use) => NAMES[use].includes(plainName(name)));

/** Which columns rows of the same names have for each use; found once, since most rows of a file are alike. */
class ColumnPlan {
  readonly byName = new Map<string, string>();
  readonly #columns: Partial<Record<ColumnUse, readonly string[]>> = {};
  readonly #any = new Map<readonly string[], boolean>();

  constructor(
    readonly keys: readonly string[],
    readonly mapping: Mapping | undefined,
  ) {
    for (const key of keys) if (!this.byName.has(plainName(key))) this.byName.set(plainName(key), key);
  }

  columns(use: Exclude<ColumnUse, 'fact'>): readonly string[] {
    return (this.#columns[use] ??= this.#found(use));
  }

  /** Whether a column has one of these names; a list is asked for by itself, not by what it holds. */
  hasAny(names: readonly string[]): boolean {
    let known = this.#any.get(names);
    if (known === undefined) this.#any.set(names, (known = names.some((name) => this.byName.has(name))));
    return known;
  }

  #found(use: Exclude<ColumnUse, 'fact'>): string[] {
    if (this.mapping) return this.mapping.columns.filter((column) => column.use === use).map(({ column }) => column);
    return NAMES[use].map((name) => this.byName.get(name)).filter((column) => column !== undefined);
  }
}

/** Rows of a list within a row take turns with it, so that one plan alone would be made anew each time. */
const MOST_PLANS = 8;
const plans: ColumnPlan[] = [];

function planOf(keys: readonly string[], mapping: Mapping | undefined): ColumnPlan {
  for (const plan of plans) if (plan.mapping === mapping && isSame(plan.keys, keys)) return plan;
  const plan = new ColumnPlan(keys, mapping);
  if (plans.unshift(plan) > MOST_PLANS) plans.pop();
  return plan;
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

const NOTHING: ReadonlyMap<string, unknown[]> = new Map();

/** One row's columns, and what each was read for; null is as absent. */
export class RowFields {
  readonly used = new Map<string, ColumnUse>();
  #beside: Map<string, unknown[]> | undefined;
  readonly #plan: ColumnPlan;

  constructor(
    readonly row: JsonObject,
    readonly at: RowPlace,
    readonly mapping?: Mapping,
  ) {
    this.#plan = planOf(Object.keys(row), mapping);
  }

  /** What is not read within columns that are, as fields of messages, with each value that stands there. */
  get beside(): ReadonlyMap<string, unknown[]> {
    return this.#beside ?? NOTHING;
  }

  /** The names of the row's columns, in order. */
  get keys(): readonly string[] {
    return this.#plan.keys;
  }

  peek(column: string): unknown {
    return own(this.row, column) ?? undefined;
  }

  /** Whether a column has one of these names, with something in it or not. */
  hasAny(names: readonly string[]): boolean {
    return this.#plan.hasAny(names);
  }

  /** The column of this name, however it is written, where it holds something. */
  named(name: string): string | undefined {
    const column = this.#plan.byName.get(name);
    return column !== undefined && this.peek(column) !== undefined ? column : undefined;
  }

  /** The columns of a use that are there, the first choice first. */
  columns(use: Exclude<ColumnUse, 'fact'>): readonly string[] {
    const columns = this.#plan.columns(use);
    for (const column of columns)
      if (this.peek(column) === undefined) return columns.filter((name) => this.peek(name) !== undefined);
    return columns;
  }

  /** The first of them that holds text or anything else, a blank text only where none does. */
  find(use: Exclude<ColumnUse, 'fact'>): string | undefined {
    let blank: string | undefined;
    for (const column of this.#plan.columns(use)) {
      const value = this.peek(column);
      if (value === undefined) continue;
      if (!isBlank(value)) return column;
      blank ??= column;
    }
    return blank;
  }

  /** A column of one of these uses whose value is no text, null included; in the order of the uses. */
  faulty(uses: readonly Exclude<ColumnUse, 'fact'>[]): string | undefined {
    return uses
      .flatMap((use) => this.#plan.columns(use))
      .find((column) => cellText(own(this.row, column)) === undefined);
  }

  /** Whether the row has a column of this use, with something in it or not. */
  has(use: Exclude<ColumnUse, 'fact'>): boolean {
    return this.#plan.columns(use).length > 0;
  }

  use(column: string, use: ColumnUse): void {
    this.used.set(column, use);
  }

  /** The columns that together are the row's text. */
  textColumns(): readonly string[] {
    if (this.mapping) return this.columns('text');
    const one = this.find('text');
    if (one !== undefined) return [one];
    const pair = TWO_TEXTS.map((names) => names.map((name) => this.named(name)));
    return pair.find((columns) => columns.every((column) => column !== undefined)) ?? [];
  }

  unread(field: string, value: unknown): void {
    const beside = (this.#beside ??= new Map<string, unknown[]>());
    const values = beside.get(field);
    if (values) values.push(value);
    else beside.set(field, [value]);
  }

  /** What a row within this one holds and is not read for. */
  takeRest({ row, used, beside }: RowFields, field: string): void {
    for (const [name, value] of Object.entries(row))
      if (!used.has(name) && holdsSomething(value)) this.unread(`${field}.${name}`, value);
    for (const [name, values] of beside) for (const value of values) this.unread(`${field}.${name}`, value);
  }

  place(field: string): ListPlace {
    return { field, at: this.at, unread: (name, value) => this.unread(name, value) };
  }
}
