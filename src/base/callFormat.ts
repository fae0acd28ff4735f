// How a model writes calls of tools in its answers, as it follows from its chat template.

/** Texts around a call; blanks at their ends do not count. */
interface AroundCall {
  /** Stands before the calls; empty where an answer that is a call begins with it. */
  open: string;
  /** Stands behind each call, before the end of the turn; may be empty. */
  close: string;
}

export type CallFormat =
  /** One object with the name and the arguments: Hermes, Qwen, Llama 3, Mistral. A list of them is read too. */
  | ({ kind: 'object'; name: string; arguments: string } & AroundCall)
  /** The name as text, then the arguments as JSON: later Mistral models, DeepSeek. */
  | ({ kind: 'named'; between: string } & AroundCall)
  /** `name{key:<escape>text<escape>}`: FunctionGemma. */
  | ({ kind: 'escaped' } & AroundCall);

/** What an answer's text is read by: stored with it, since its model may be gone later. */
export interface AnswerReading {
  /** Absent where the template writes no calls, or in a way that is not known. */
  calls?: CallFormat;
  /** The prompt ends inside a thought, which the answer goes on with. */
  opensThought?: true;
}
