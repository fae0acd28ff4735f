// What a saved file can be run with: programs and the commands for them, as plain data. Sentences are the page's.
import type { ExportKind } from './exportKinds';

/** Programs in the order in which they are offered. */
export const PROGRAMS = [
  'ollama',
  'llamacpp',
  'lmstudio',
  'transformers',
  'peft',
  'vllm',
  'sglang',
  'textgen',
  'transformersjs',
  'phone',
] as const;
export type ProgramName = (typeof PROGRAMS)[number];

/** What a command is for; a guide has some of them, in this order. */
export const GUIDE_STEPS = [
  'unpack',
  'install',
  'base',
  'convert',
  'create',
  'run',
  'serve',
  'ask',
  'measure',
  'update',
  'log',
] as const;
export type GuideStepName = (typeof GUIDE_STEPS)[number];

export interface GuideStep {
  step: GuideStepName;
  /** Lines to copy, in a shell, in Python or in a page. */
  commands: string;
  language: 'sh' | 'python' | 'js';
}

export interface Guide {
  program: ProgramName;
  steps: GuideStep[];
}

/** What a saved file asks of the machine that runs it, and the programs for it. */
export interface GuidesOfFile {
  guides: Guide[];
  /** Tokens that the model sees at once. */
  context: number;
  /** Bytes of the keys and values of a whole context, in 16 bits. */
  cacheBytes: number;
}

/** What the commands name. */
export interface GuideFacts {
  kind: ExportKind;
  /** The saved file, as the person named it. */
  file: string;
  /** What servers call the model: lower case, digits, dashes, dots. */
  name: string;
  /** The GGUF in `file`, or `file` itself; absent for other kinds. */
  gguf?: string;
  /** The model that an adapter needs beside it: a repository, or the name of a folder. */
  base?: string;
  /** The rank of an adapter. */
  rank?: number;
  /** It answers conversations; else it goes on with texts. */
  chat: boolean;
  /** Tokens that it sees at once. */
  context: number;
}

/** A kind in which some weights can be exported, the name that their file is given, and what runs it. */
export interface ExportChoice {
  kind: ExportKind;
  fileName: string;
  use: GuidesOfFile;
}
