// The sample texts that come with the studio, each with the beginning that a run on it writes on from. Their files are
// in public/samples, made by src/build/samples.mjs; what they are called on screen is in the words.
import type { ToolSchema } from '../conversation';
import type { DatasetContent, DatasetRecord } from './dataset';

export const SAMPLE_LANGUAGES = ['english', 'chinese'] as const;
export const SAMPLE_KINDS = ['stories', 'dialogues', 'questions', 'tools'] as const;
export type SampleLanguage = (typeof SAMPLE_LANGUAGES)[number];
export type SampleKind = (typeof SAMPLE_KINDS)[number];
export type SampleName = `${SampleLanguage}-${SampleKind}`;

export const SAMPLE_NAMES: readonly SampleName[] = SAMPLE_LANGUAGES.flatMap((language) =>
  SAMPLE_KINDS.map((kind): SampleName => `${language}-${kind}`),
);

/** Short questions and answers on everyday things, mixed into a tuning: as conversations, or the answers alone. */
const GENERAL_FORMS = ['chat', 'text'] as const;
export type GeneralName = `${SampleLanguage}-general-${(typeof GENERAL_FORMS)[number]}`;
/** A text that comes with the studio. */
export type BundledName = SampleName | GeneralName;

export const GENERAL_NAMES: readonly GeneralName[] = SAMPLE_LANGUAGES.flatMap((language) =>
  GENERAL_FORMS.map((form): GeneralName => `${language}-general-${form}`),
);

/** The general rows in a language, as a run on text or on conversations reads them. */
export const generalName = (language: SampleLanguage, form: 'text' | 'chat'): GeneralName =>
  `${language}-general-${form}`;

/**
 * What a run writes on from, chosen so that what follows is long and is not one sentence only; of dialogues, what the
 * guest says, and of tools what is asked in Chat: a run on these draws a question of theirs, with its tools.
 */
export const SAMPLE_PROMPTS: Readonly<Record<SampleName, string>> = {
  'english-stories': 'Once upon a time',
  'english-dialogues': 'Hello. Do you have apple cake?',
  'english-questions': 'Question: What does a fox eat?\nAnswer:',
  'english-tools': 'How much is apple cake?',
  'chinese-stories': '从前',
  'chinese-dialogues': '您好，请问有绿茶吗？',
  'chinese-questions': '问：狐狸吃什么？\n答：',
  'chinese-tools': '绿茶多少钱？',
};

/** A tool of the samples of calls, for Chat. */
export const SAMPLE_TOOLS: readonly ToolSchema[] = [
  { type: 'function', function: { name: 'price', parameters: { properties: { dish: { type: 'string' } } } } },
];

/** The text of dialogues as rows of text write it, up to where the host answers. */
export const asTextPrompt = (said: string): string => `user: ${said}\nassistant:`;

const PREFIX = 'sample:';

/** What `DatasetRecord.source` says of a text that came with the studio. */
export const sampleSource = (name: BundledName): string => `${PREFIX}${name}`;

/** Which general rows a dataset holds; undefined where it holds others. */
export const generalOf = ({ source }: Pick<DatasetRecord, 'source'>): GeneralName | undefined =>
  GENERAL_NAMES.find((name) => sampleSource(name) === source);

/** Which sample a dataset is; undefined where a person brought it. */
export const sampleOf = ({ source }: Pick<DatasetRecord, 'source'>): SampleName | undefined =>
  SAMPLE_NAMES.find((name) => sampleSource(name) === source);

export const sampleContent = (name: BundledName): DatasetContent =>
  /(?:dialogues|tools|chat)$/.test(name) ? 'chat' : 'text';

/** The name of its file. */
export const sampleFile = (name: BundledName): string => `${name}.${sampleContent(name) === 'chat' ? 'jsonl' : 'txt'}`;
