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
  'folder',
  'base',
  'convert',
  'create',
  'run',
  'serve',
  'ask',
  'measure',
  'proxy',
  'update',
  'switch',
  'log',
] as const;
export type GuideStepName = (typeof GUIDE_STEPS)[number];

export interface GuideStep {
  step: GuideStepName;
  /** Lines to copy, in a shell, in Python or in a page; empty where the sentence says all. */
  commands: string;
  language: 'sh' | 'python' | 'js';
}

/** What a program needs to run a model, beside its own. */
export interface MemoryNeed {
  /** With the base where the file is an adapter. */
  weightBytes: number;
  /** Of the keys and values of `context` tokens. */
  cacheBytes: number;
  /** Tokens of the longest conversation, as the program is started. */
  context: number;
}

export interface Guide {
  program: ProgramName;
  steps: GuideStep[];
  memory: MemoryNeed;
  /** What its server calls the model, where that is not the model's own name. */
  served?: string;
}

/** The programs for a saved file. */
export interface GuidesOfFile {
  /** The model, as it is called here. */
  name: string;
  guides: Guide[];
}

/** Where a program allocates the cache of a whole context at once, a longer one is not asked for. */
export const LARGEST_CONTEXT = 4096;

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
  /** The model, as it is called here. */
  title: string;
  /** What servers call it: lower case, digits, dashes, dots. */
  name: string;
  /** The GGUF in `file`, or `file` itself; absent for other kinds. */
  gguf?: string;
  /** The model that an adapter needs beside it: a repository, or the name of a folder. */
  base?: string;
  /** No hub has the base, as far as is known. */
  baseIsHere?: true;
  /** The rank of an adapter. */
  rank?: number;
  /** It answers conversations; else it goes on with texts. */
  chat: boolean;
  /** Tokens that it sees at once. */
  context: number;
  parameters: number;
  /** As in the file, with the base where that is an adapter. */
  weightBytes: number;
  /** Numbers of the cache for each token. */
  cacheNumbers: number;
  /** Bytes of each of them, as those who read this file keep it. */
  cacheWidth: number;
}

/** A kind in which some weights can be exported, the name that their file is given, and what runs it. */
export interface ExportChoice {
  kind: ExportKind;
  fileName: string;
  use: GuidesOfFile;
}
