// What the page shows of a regression set: which checks hold for a model, and what changed since another answering.
import type { BlindAnswer } from '../records/judging';
import type { PromptCheck, CheckedModel, CheckRun, CheckSetRecord, Expectation } from '../records/checks';
import type { Id } from '../records/named';
import type { ExportResult } from './requests';

/** `unscored`: it could not be asked, which is no fail. `unasked`: not yet, or not in that answering. */
export type CheckOutcome = 'pass' | 'fail' | 'unscored' | 'unasked';

/** Against the answering that it is compared with; `new`: it was not asked there. */
export type CheckChange = 'newly-failing' | 'newly-passing' | 'same' | 'new';

export interface JudgedExpectation extends Expectation {
  met: boolean;
  /** The distance in edits, or the share of shared words. */
  score?: number;
}

/** What one model made of a check. */
export interface CheckAnswer {
  outcome: CheckOutcome;
  answer?: BlindAnswer;
  /** What of the answer is judged: its words, without a thought before them. */
  said?: string;
  expects: JudgedExpectation[];
}

export interface CheckLine {
  check: PromptCheck;
  change: CheckChange;
  model: CheckAnswer;
  /** The base beside it. */
  base?: CheckAnswer;
  /** Of the answering that it is compared with. */
  before?: CheckAnswer;
  /** Of the checked model in each answering, the oldest first. */
  history: { n: number; at: number; name: string; step?: number; outcome: CheckOutcome }[];
}

export interface OutcomeCounts {
  pass: number;
  fail: number;
  unscored: number;
  unasked: number;
}

export interface CheckRunSummary extends Pick<CheckRun, 'n' | 'at' | 'maxTokens'> {
  model: CheckedModel;
  base?: CheckedModel;
  counts: OutcomeCounts;
  baseCounts?: OutcomeCounts;
}

export interface CheckSetView {
  set: CheckSetRecord;
  /** Newest first. */
  runs: CheckRunSummary[];
  shown?: CheckRunSummary;
  against?: CheckRunSummary;
  /** Newly failing first, then newly passing, then what fails, is not scored, and passes. */
  lines: CheckLine[];
}

/** What is asked next in an answering; absent: all is asked. */
export interface NextCheck {
  place: { check: number; model: number };
  check: PromptCheck;
  model: CheckedModel;
  maxTokens: number;
  done: number;
  total: number;
}

/** A set as a file: promptfoo's configuration for a model that Ollama serves, and what it leaves out. */
export interface CheckFile extends Required<ExportResult> {
  /** Checks that carry on a text, which a chat cannot ask. */
  leftOut: number;
}

/** What a file of checks brought. */
export interface CheckImport {
  id: Id;
  added: number;
  /** Expectations of kinds that are not judged here, by their names. */
  unknown: string[];
  /** Tests whose prompt is no text in the file. */
  leftOut: number;
}
