// The steps of a tokenizer.json that rewrite and cut a text, each by itself, tried over texts that are hard for
// expressions. Which steps are let in at all is formats/huggingFace/pretrainedTokenizerJson.ts.
import { Tokenizer as Reference } from '@huggingface/tokenizers';

/** What is read of a step; the library reads the rest. */
export interface TokenizerStep {
  type: string;
  pattern?: { Regex?: string };
  normalizers?: TokenizerStep[];
  pretokenizers?: TokenizerStep[];
}
export interface PlacedStep {
  kind: 'normalizer' | 'pre_tokenizer';
  step: TokenizerStep;
}

/** Units of a text that a step is tried over: an expression that takes exponential time needs some dozens. */
const LENGTH = 5000;
/** Characters of a step that get a text of their own. */
const MOST_CHARACTERS = 48;
const CHARACTERS = [' ', 'a', 'A', '\n', '\t', "'", '1', '漢', '!', 'aA', 'a ', '\u0301'];

/** The steps of a file in order, without the sequences that hold them. */
export function tokenizerSteps(json: string): PlacedStep[] {
  const file = JSON.parse(json) as Record<PlacedStep['kind'], TokenizerStep | null | undefined>;
  const kinds = ['normalizer', 'pre_tokenizer'] as const;
  return kinds.flatMap((kind) => members(file[kind]).map((step) => ({ kind, step })));
}

const members = (step: TokenizerStep | null | undefined): TokenizerStep[] => {
  const inside = step?.normalizers ?? step?.pretokenizers;
  return inside ? inside.flatMap(members) : step ? [step] : [];
};

/** Runs a step over hard texts; that it ends is all that this shows. */
export function tryStep({ kind, step }: PlacedStep): void {
  const nothing = { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null, added_tokens: [] };
  const alone = { ...nothing, model: { type: 'BPE', vocab: {}, merges: [] }, [kind]: step };
  const { normalizer, pre_tokenizer: cut } = new Reference(alone, {});
  const own = new Set(JSON.stringify(step));
  for (const part of [...CHARACTERS, ...[...own].slice(0, MOST_CHARACTERS)]) {
    const text = part.repeat(LENGTH / part.length);
    cut?.pre_tokenize(normalizer?.normalize(text) ?? text);
  }
}
