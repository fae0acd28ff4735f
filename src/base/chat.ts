/** How tokens are drawn. */
export interface Sampling {
  /** 0 takes the most likely token each time. */
  temperature: number;
  /** 0 keeps all. */
  topK: number;
  /** 1 keeps all. */
  topP: number;
  /** 1 changes nothing; above 1 makes tokens of the context less likely (Keskar et al., 2019). */
  repetitionPenalty: number;
  seed: number;
  maxTokens: number;
}

export const DEFAULT_SAMPLING: Sampling = {
  temperature: 0.8,
  topK: 40,
  topP: 0.95,
  repetitionPenalty: 1,
  seed: 1,
  maxTokens: 200,
};

export interface Generated {
  text: string;
  tokens: number;
  milliseconds: number;
  stoppedBy: 'end' | 'length' | 'stop' | 'cancel';
}
