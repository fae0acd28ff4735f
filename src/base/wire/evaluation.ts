// What the page asks to be evaluated, how far it is, and the report that it shows.
import type { EvaluatedModel, EvaluatedRow, EvaluationPart, EvaluationRecord, RowFound } from '../records/evaluation';

/** What 95 % of the drawn differences lie in. */
export interface Spread {
  low: number;
  high: number;
}

/** Models on rows; which parts are measured follows from the rows and from what the models are. */
export interface EvaluationRequest extends Pick<
  EvaluationRecord,
  'name' | 'from' | 'mostRows' | 'longestAnswer' | 'memoryRows' | 'expected' | 'seed'
> {
  models: readonly Omit<EvaluatedModel, 'template' | 'calls'>[];
  /** Parts that are wanted; absent: all that the rows allow. */
  parts?: readonly EvaluationPart[];
  /** General rows are asked too: what a model forgot. */
  general: boolean;
}

export interface EvaluationProgress {
  part: EvaluationPart;
  /** Results of that part. */
  done: number;
  total: number;
  /** Of all parts. */
  allDone: number;
  allTotal: number;
}

/** What one metric is, and what it says of two models. */
export interface MetricLine {
  key: string;
  part: EvaluationPart;
  unit: string;
  direction: 'up' | 'down' | 'none';
  signature?: string;
  /** Of each model over all rows that it scored; null: no value. */
  values: (number | null)[];
  /** 95 %, of each value by itself; null of what is no mean over rows. */
  intervals: (Spread | null)[];
  /** Of each model against the first whose rows are written the same way. */
  comparisons: ComparedValue[];
}

/** A difference of two models over the rows that both scored. */
export interface ComparedValue {
  /** Places among the models: which is compared, and with which. */
  model: number;
  to: number;
  base?: number;
  tuned?: number;
  difference?: number;
  interval?: Spread;
  p?: number;
  verdict: 'better' | 'worse' | 'higher' | 'lower' | 'same' | 'unclear' | 'uncounted';
  /** Where it is unclear: how many more rows would settle it if the difference stays. */
  moreRows?: number;
  rows: number;
  clusters: number;
  notScored: number;
}

/** One class of a classifier on the rows. */
export interface ClassLine {
  name: string;
  precision: number;
  recall: number;
  f1: number;
  support: number;
  predicted: number;
}

export interface SureBin {
  from: number;
  to: number;
  confidence: number;
  right: number;
  count: number;
}

/** What a classifier makes of the rows. */
export interface ClassesReport {
  names: string[];
  /** By label, then by prediction; absent where a text may have several classes. */
  confusion?: number[][];
  lines: ClassLine[];
  /** Of one width. */
  bins: SureBin[];
  /** Of about as many decisions each. */
  adaptiveBins: SureBin[];
  /** Each class against the others, from the surest row on; empty where the rows are all of one kind. */
  roc: ClassCurve[];
  precisionRecall: ClassCurve[];
  /** What makes the probabilities fit these rows best, and the calibration error with and without it. */
  temperature?: { value: number; before: number; after: number };
}

export interface ClassCurve {
  points: CurvePoint[];
  /** Below it; of precision and recall the average precision. Absent where there is no curve. */
  area?: number;
}

/** A point of a curve: what is at least as sure as the threshold. */
export interface CurvePoint {
  threshold: number;
  x: number;
  y: number;
}

/** What is to be told of the numbers, with what can be done. */
export type EvaluationFinding =
  | { code: 'class-never-predicted'; model: number; label: string; support: number }
  | { code: 'forgot'; model: number; base: number; tuned: number; interval: Spread }
  | { code: 'says-the-same'; model: number; answer: string; rows: number; of: number }
  | { code: 'longer' | 'shorter'; model: number; base: number; tuned: number; rows: number }
  | { code: 'cut-off'; model: number; rows: number; of: number }
  | {
      code: 'slice-worse';
      model: number;
      slice: SliceName;
      value: string;
      gap: number;
      interval: Spread;
      rows: number;
    }
  | { code: 'memorised'; model: number; whole: number; rows: number; trained: number; unseen?: number }
  | { code: 'personal-came-out'; model: number; count: number; of: number; read: number }
  | { code: 'not-scored'; model: number; part: EvaluationPart; error: string; rows: number };

export type SliceName = 'length' | 'language' | 'source' | 'label' | 'turns';

/** How the main number of rows of one kind differs from that of all others. */
export interface SliceLine {
  slice: SliceName;
  value: string;
  rows: number;
  /** Of each model. */
  values: (number | null)[];
  /** The difference of the last model to the first on these rows, less that on the others. */
  gap?: number;
  interval?: Spread;
}

/** A row of the list of the best and the worst, by how the last model differs from the first. */
export interface RowLine {
  row: number;
  text: string;
  /** Of each model. */
  values: (number | null)[];
  difference: number;
}

/** A metric of memorised text on the rows of one side. */
export interface MemoryLine extends MetricLine {
  set: 'trained' | 'unseen';
  rows: number;
}

/** A row that is tried for memorised text, by what comes out of it. */
export interface MemoryRowLine extends RowLine {
  set: MemoryLine['set'];
  /** Of the last model: every wanted token came out. */
  whole: boolean;
}

/** Personal data that stands in a row, and out of which models it came. */
export interface PersonalLine {
  row: number;
  set: MemoryLine['set'];
  kind: string;
  value: string;
  graded: boolean;
  /** By model: behind what stands before it in the row. */
  out: boolean[];
  /** By model: in an answer to the question of some row that does not name it. */
  unasked: boolean[];
}

/** What comes out of models of the rows that a run learned from, beside those that it held out. */
export interface MemoryReport {
  lines: MemoryLine[];
  /** Rows of each side, and those of them that are shorter than a whole beginning with what follows it. */
  rows: Record<MemoryLine['set'], number>;
  short: Record<MemoryLine['set'], number>;
  /**
   * How much more of the learned rows than of the others comes out of the last model, less the same of the model that
   * it is compared with; what is not there is left out.
   */
  excess?: { value: number; interval?: Spread; verdict: 'memorised' | 'none' | 'unclear' };
  /** Of the learned rows: counts for the last model. */
  whole: number;
  trained?: number;
  unseen?: number;
  /** The rows of which most came out of the last model, the learned ones first. */
  listed: MemoryRowLine[];
  personal: PersonalLine[];
}

export interface EvaluationReport {
  record: EvaluationRecord;
  /** Rows that were asked, general ones apart. */
  rows: number;
  generalRows: number;
  /** The first metric of each part that says what is better. */
  main: MetricLine[];
  metrics: MetricLine[];
  /** On general rows: the loss. */
  general?: MetricLine;
  /** By model. */
  classes?: ClassesReport[];
  slices: SliceLine[];
  best: RowLine[];
  worst: RowLine[];
  memory?: MemoryReport;
  findings: EvaluationFinding[];
  /** There are rows that lm-evaluation-harness can be asked. */
  harness: boolean;
}

/** A row with what each model made of it, by part. */
export interface EvaluatedRowView {
  row: EvaluatedRow;
  found: Partial<Record<EvaluationPart, RowFound>>[];
}

/** Tokens of a row with the loss of each; null where a token is not graded. */
export interface TokenLosses {
  pieces: string[];
  losses: (number | null)[];
}

/** `harness`: its rows as tasks of lm-evaluation-harness. */
export type EvaluationFileKind = 'json' | 'csv' | 'harness';
