// Tokenizers that were trained or imported here, answered by the data worker. Those of opened models come with them.
import type { OnProgress } from '../src/base/wire/events';
import type { Id } from '../src/base/records/named';
import type { TokenizerRecord } from '../src/base/records/tokenizer';
import type { NewTokens } from '../src/base/lora';
import type { NewTokensRequest, TokenizerRequest, TokenView, VocabularyPage } from '../src/base/wire/requests';

export interface TokenizersApi {
  trainTokenizer(request: TokenizerRequest, onProgress: OnProgress, signal: AbortSignal): Promise<TokenizerRecord>;
  /** A `tokenizer.json` of the Hugging Face libraries. */
  importTokenizer(file: File): Promise<TokenizerRecord>;
  /** The ids that new special tokens would get. */
  newTokens(request: NewTokensRequest): Promise<NewTokens>;
  /** The tokenizer with them, stored beside the one it is made of. */
  extendTokenizer(request: NewTokensRequest): Promise<TokenizerRecord>;
  listTokenizers(): Promise<TokenizerRecord[]>;
  renameTokenizer(id: Id, name: string): Promise<void>;
  deleteTokenizer(id: Id): Promise<void>;
  restoreTokenizer(id: Id): Promise<void>;
  tokenize(tokenizerId: Id, text: string): Promise<TokenView[]>;
  /** `from` counts the entries that match `query`, not token ids. */
  vocabulary(tokenizerId: Id, query: string, from: number, count: number): Promise<VocabularyPage>;
}
