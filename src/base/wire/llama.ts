/** What is asked of llama.cpp about a saved file, in the framed page `verify.html`, and what it answers. */

export interface LlamaQuestion {
  /** The first token's spelling: llama.cpp puts the token itself where the file says so. */
  begin: string;
  rest: string;
  /** How many of the likeliest next tokens are asked for. */
  likeliest: number;
  /** A token whose text is plain: it is written in place of the likeliest, which could be half a character. */
  plainId: number;
}

export interface LlamaToken {
  id: number;
  /** Natural logarithm of its probability, before any sampling. */
  logProbability: number;
}

export interface LlamaAnswer {
  /** How many tokens the text was read as. */
  promptTokens: number;
  /** Of what follows, the likeliest first. */
  likeliest: LlamaToken[];
}
