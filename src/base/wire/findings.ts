// What preflight finds in the rows before a run, as code and facts. Sentences: src/app/words/{en,zh}/findings.json.
export const FINDING_CODES = [
  'nothing-graded',
  'template-fails',
  'template-not-prefix',
  'tools-unwritten',
  'rows-without-grade',
  'rows-unlabelled',
  'classes-few',
  'classes-held-only',
  'answers-bad',
  'thumbs-one-sided',
  'thinking-in-text',
  'thoughts-missing',
  'rows-truncated',
  'turn-end-ungraded',
  'rows-duplicate',
  'rows-near-duplicate',
  'answers-empty',
  'special-in-text',
  'new-token-unused',
  'secrets-in-rows',
  'personal-data',
  'rows-few',
  'rows-in-both',
] as const;

export type FindingCode = (typeof FINDING_CODES)[number];

/**
 * A change of the settings, or a choice of rows, that makes a finding go away;
 * src/app/panels/Model/Preflight/cures.ts carries it out.
 */
export type CureKind =
  | 'longer-context'
  | 'as-text'
  | 'row-per-answer'
  | 'thoughts-read'
  | 'thoughts-drop'
  | 'as-thumbs'
  | 'leave-out-repeats'
  | 'leave-out-near-repeats'
  | 'move-to-training'
  | 'leave-out-rows';

export interface Finding {
  /** A run with a blocking finding would fail, or learn nothing. */
  level: 'block' | 'warn';
  code: FindingCode;
  facts: Record<string, string | number>;
  /** Why the template could not write the first row that it could not: the fact `reason`, in the reader's language. */
  refusal?: { code: string; facts: Record<string, string | number> };
  count: number;
  /** The first of them, counted from 1 over all datasets in order. */
  rows?: number[];
  /** The best first; whether one can be carried out depends on the model and the settings. */
  cures?: readonly CureKind[];
}
