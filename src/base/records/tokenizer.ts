// A tokenizer as it is stored; `tokenizerModel.ts` is what runs.
import type { NewTokens } from '../lora';
import type { TokenizerKind } from '../tokenizerModel';
import type { Id, NamedRecord } from './named';

export interface TokenizerRecord extends NamedRecord {
  /** `pretrained`: came with a model, and runs as its file says. */
  kind: TokenizerKind | 'pretrained';
  vocabSize: number;
  /** The token that ends each row and stops generation: `<|endoftext|>` in tokenizers made here. */
  endId: number;
  /** The Hugging Face tokenizer.json, whole. */
  json: string;
  /** Bytes of text per token on (the beginning of) the text it was trained on; 0 where it came from elsewhere. */
  bytesPerToken: number;
  /** Made of another one by adding special tokens; absent: it was made or opened as it is. */
  extended?: NewTokens & { from: Id };
}
