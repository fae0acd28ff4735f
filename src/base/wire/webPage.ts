// What a model that is saved as a web page tells the page of itself: the file model.json beside it.

/** A piece of the GGUF, under the sizes of files that hosts allow. */
export interface ModelPart {
  path: string;
  bytes: number;
}

export interface WebPageModel {
  name: string;
  /** What it was saved as, without the ending: a log names the version so. */
  file: string;
  /** Another one for each save: what an earlier one left in the browser is not of this model. */
  version: string;
  /** The GGUF, cut; its pieces in order are the file. */
  parts: readonly ModelPart[];
  /** Tokens that it sees at once. */
  context: number;
  /** It answers conversations; else it goes on with texts. */
  chat: boolean;
  sampling: {
    temperature: number;
    topK: number;
    topP: number;
    minP: number;
    repetitionPenalty: number;
    maxTokens: number;
  };
  /** Sentences of its card in both languages: what it is, under which licence, and its limits. */
  card: Readonly<Record<PageLanguage, readonly string[]>>;
}

export type PageLanguage = 'en' | 'zh';

/** The file that the page reads first. */
export const MODEL_FILE = 'model.json';
