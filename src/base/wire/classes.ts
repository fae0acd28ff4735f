// What a classifier says of a text, and which of its classes a person takes as its answer.
import type { Classes } from '../modelShape';
import type { Id } from '../records/named';

/** Names of classes that a message tells; a classifier may have thousands. */
const MOST_TOLD = 40;

/** Names of classes in a message, the first of many. */
export const toldClasses = (names: readonly string[]): string =>
  [...names.slice(0, MOST_TOLD), ...(names.length > MOST_TOLD ? ['…'] : [])].join(', ');

/** What a classifier says of one text. */
export interface Classified {
  /** Of each class, in the order of the classes. */
  probabilities: readonly number[];
  /** That the text has. */
  tokens: number;
  /** Tokens at its end that the context had no room for; absent: none. */
  cut?: number;
}

/** How the answers of a model that writes are weighed: as a whole, end included, or by the mean over their tokens. */
export type LabelMeasure = 'whole' | 'token';

/** The answers that a model that writes is held to. */
export interface LabelsAsked {
  labels: readonly string[];
  /** What it is asked of each text, for which `{text}` stands. */
  prompt: string;
  /** Before the question, where it is asked as in a talk. */
  system?: string;
  /** It is asked as in a talk, by its template. */
  conversational: boolean;
  measure: LabelMeasure;
}

export interface ClassifyRequest {
  /** Of a checkpoint or a stored model; `training`: of the run under way, as they are now. */
  weightsId: Id | 'training';
  /** The base without its adapter. */
  bare?: true;
  texts: readonly string[];
  /** A classifier is asked no question: it has its own classes. */
  asked?: LabelsAsked;
}

/** In the order of the texts. */
export interface ClassifiedTexts {
  texts: Classified[];
  /** Of the run under way: the updates that its weights had. */
  step?: number;
}

/** Answers that rows of a dataset have, and how a model is asked for them. */
export interface DatasetLabels {
  labels: readonly string[];
  /** They are the answers of its conversations, else labels beside its texts. */
  answers: boolean;
  /** The system prompt that its conversations share. */
  system?: string;
}

/**
 * From which probability on a class counts: of several classes one number each; of one class to a text a single number,
 * below which the answer is “not sure”.
 */
export type Thresholds = readonly number[];

/** Where nothing else was chosen: any class of one to a text, and of several those that are likelier than not. */
export const defaultThresholds = ({ names, several }: Classes): Thresholds => (several ? names.map(() => 0.5) : [0]);

/** Whether numbers are thresholds of these classes. */
export const fitThresholds = ({ names, several }: Classes, thresholds: Thresholds): boolean =>
  thresholds.length === (several ? names.length : 1) && thresholds.every((value) => value >= 0 && value <= 1);

/** The ids of the classes that count: one, or none where it is not sure; of several those that reach theirs. */
export function answeredClasses(
  { several }: Classes,
  probabilities: readonly number[],
  thresholds: Thresholds,
): number[] {
  if (several) return probabilities.flatMap((p, id) => (p >= thresholds[id]! ? [id] : []));
  const best = probabilities.indexOf(Math.max(...probabilities));
  return probabilities[best]! >= thresholds[0]! ? [best] : [];
}
