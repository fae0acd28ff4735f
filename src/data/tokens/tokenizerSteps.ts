// The steps of a tokenizer.json that rewrite and cut a text. Which of them are let in is
// formats/huggingFace/pretrainedTokenizerJson.ts.

export type SplitBehavior = 'Isolated' | 'Removed' | 'Contiguous' | 'MergedWithPrevious' | 'MergedWithNext';

/** What is read here of a step; the library reads the rest. */
export interface TokenizerStep {
  type: string;
  pattern?: { Regex?: string; String?: string };
  content?: string;
  normalizers?: TokenizerStep[];
  pretokenizers?: TokenizerStep[];
  decoders?: TokenizerStep[];
  prepend?: string;
  strip_left?: boolean;
  strip_right?: boolean;
  add_prefix_space?: boolean;
  use_regex?: boolean;
  individual_digits?: boolean;
  /** Of any type until it is looked at. */
  replacement?: unknown;
  str_rep?: string;
  prepend_scheme?: 'always' | 'first' | 'never';
  split?: boolean;
  behavior?: SplitBehavior;
  invert?: boolean;
  delimiter?: string;
  length?: number;
  start?: number;
  stop?: number;
}
export interface PlacedStep {
  kind: 'normalizer' | 'pre_tokenizer';
  step: TokenizerStep;
}

/** The steps of a file in order, without the sequences that hold them. */
export function tokenizerSteps(json: string): PlacedStep[] {
  const file = JSON.parse(json) as Record<PlacedStep['kind'], TokenizerStep | null | undefined>;
  const kinds = ['normalizer', 'pre_tokenizer'] as const;
  return kinds.flatMap((kind) => members(file[kind]).map((step) => ({ kind, step })));
}

/** A step, or those of a sequence and of the sequences in it. */
export function members(step: TokenizerStep | null | undefined): TokenizerStep[] {
  if (!step) return [];
  const inside = step.normalizers ?? step.pretokenizers ?? step.decoders;
  return step.type === 'Sequence' && inside ? inside.flatMap(members) : [step];
}
