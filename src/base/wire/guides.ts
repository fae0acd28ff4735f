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
  'webpage',
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

/**
 * Stand around the name of the saved file in commands, ending aside: the person may give the file another name, and its
 * letters may be those of a command. No file name has them (https://www.unicode.org/charts/PDF/UE000.pdf).
 */
const [NAME_BEGINS, NAME_ENDS] = ['\uE000', '\uE001'];
const NAMED = new RegExp(`${NAME_BEGINS}(.*?)${NAME_ENDS}(\\.zip|\\.gguf)?`, 'g');

export function markedName(file: string): string {
  const [, stem, ending = ''] = /^(.*?)(\.zip|\.gguf)?$/i.exec(file)!;
  return `${NAME_BEGINS}${stem!}${NAME_ENDS}${ending}`;
}

/** Commands with other words in place of the marked names; `ending` is empty for the folder that a zip becomes. */
export const namedCommands = (commands: string, name: (stem: string, ending: string) => string): string =>
  commands.replace(NAMED, (_, stem: string, ending?: string) => name(stem, ending ?? ''));

/** A name as one word of a shell: in quotes where it holds what a shell acts on. */
export const shellWord = (name: string): string =>
  /^[\p{L}\p{N}._/-]+$/u.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;

/** What the commands name. */
export interface GuideFacts {
  kind: ExportKind;
  /** The saved file, its name marked. */
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
