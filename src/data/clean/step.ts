/**
 * What a step of a recipe is: settings, and a look at row after row that says what becomes of each. A step is one file
 * of this folder and its sentences in the words; steps.ts lists them. A step changes no row: it says what to change.
 */
import type { DatasetContent } from '../../base/records/dataset';
import type { RowFacts, StepSettings } from '../../base/records/recipe';

/** A piece of a row's text, and who says it. */
export interface RowPart {
  kind: 'text' | 'system' | 'question' | 'reasoning' | 'answer' | 'rejected' | 'tool' | 'argument';
  text: string;
  /** Which of the two answers of a pair it belongs to; absent: to neither. */
  side?: 'chosen' | 'rejected';
}

/** A row as steps see it. */
export interface CleanRow {
  /** The same in all versions of a dataset. */
  id: number;
  /** In the order of the row; behind them the texts that calls of tools were given. */
  parts: readonly RowPart[];
  /** What calls of tools hold beside those texts, which no step changes; absent where none is called. */
  calls?: string;
  facts: RowFacts;
  /** It is held out. */
  held: boolean;
  /** A step made it of its parts alone: no stored row has its form. */
  own?: true;
  /** The two answers of a pair changed places. */
  exchanged?: boolean;
}

/**
 * A row that a step adds, with all its columns: with other texts in the parts of the row that it is made of, as many as
 * these, or of parts of its own.
 */
export type AddedRow = { facts: RowFacts } & ({ texts: readonly string[] } | { parts: readonly RowPart[] });

/** Why a row was left out or changed: a code of the words, and what it names. */
export interface Reason {
  code: string;
  facts: Record<string, string | number>;
}

/** A stretch of a part in UTF-16 units, and what was found there. */
export interface FoundSpan {
  part: number;
  start: number;
  end: number;
  reason: Reason;
}

/**
 * What becomes of a row. `texts` replaces the text of all parts in order; `spans` names the stretches of the row as it
 * came that were replaced or found, `beside` what was found in its columns; `facts` are added to those, which is a
 * change to be counted where `told` says so; `held` moves it to the other side; `exchanged` makes the rejected answer
 * of a pair the chosen one. `adds` come behind it, for the reason that is given; they are never held out.
 */
export type Outcome =
  | {
      kept: true;
      texts?: readonly string[];
      spans?: readonly FoundSpan[];
      beside?: readonly Reason[];
      facts?: RowFacts;
      told?: true;
      held?: boolean;
      adds?: readonly AddedRow[];
      exchanged?: true;
      reason?: Reason;
    }
  | { kept: false; spans?: readonly FoundSpan[]; beside?: readonly Reason[]; reason: Reason };

/** What other values of one setting would do, known without another pass over the rows. */
export interface SettingSweep {
  setting: string;
  /** Rising. */
  values: readonly number[];
  /** Rows that would be left out, by value. */
  left: readonly number[];
}

/**
 * One pass of a step over the rows: `load`, `see` all of them, then `plan`, then `decide` each. `decide` may be asked
 * about a row more than once and says the same each time.
 */
export interface StepPass {
  /** Loads a library that only this step needs. */
  load?(): Promise<void>;
  /** Absent where a row is decided by itself. */
  see?(row: CleanRow): void;
  /** @throws cancelled */
  plan?(signal?: AbortSignal): void | Promise<void>;
  decide(row: CleanRow): Outcome;
  /** It may add rows. */
  adds?: true;
  /** Rows that it adds behind all others: the same each time. */
  more?(): Iterable<AddedRow>;
  /** Once it was planned. */
  sweep?(): SettingSweep | undefined;
  /** What keeps its settings from doing what they say, once all rows were decided. */
  notes?(): readonly Reason[];
}

export interface StepContext {
  content: DatasetContent;
  seed: number;
}

/** By the name of a setting. */
type OfSettings<S, T> = { readonly [K in keyof S]?: T };

/**
 * Its words are in clean.json, with _ for each - of a code: `clean_step_<kind>` is its name, `clean_about_<kind>` says
 * what it does, `clean_found_<kind>` says of `{count}` rows what it would do to them, `clean_set_<kind>_<setting>`
 * names a setting, `clean_choice_<kind>_<setting>_<value>` a choice, and `clean_why_<code>` says a reason.
 */
export interface CleanStep<S extends StepSettings = StepSettings> {
  /** As a recipe stores it. */
  kind: string;
  defaults: S;
  /** The codes of its reasons and notes. */
  reasons: readonly string[];
  /** Least and most of settings that are numbers. */
  limits?: OfSettings<S, readonly [least: number, most: number]>;
  /** Of settings that are one of several. */
  choices?: OfSettings<S, readonly string[]>;
  /** Settings that name people: a recipe's file holds them only where the person wants that. */
  secret?: readonly string[];
  /** It does nothing until a person has set it: it finds nothing by itself. */
  byHand?: true;
  /** It adds rows: the page offers it by itself. */
  augments?: true;
  /** The columns that it cannot do without. */
  columns?(settings: S): readonly string[];
  /** The ids of the rows that it was made for, one by one. */
  rows?(settings: S): readonly number[];
  start(settings: S, context: StepContext): StepPass;
}
