import type { Words } from '../words';

/** What is looked at before a run, so that nobody trains for an hour on rows that teach nothing. */
export const FINDINGS = {
  'nothing-graded': {
    en: 'Not one of {count} rows has a graded token within {context} tokens: there is nothing to learn from. Raise the context length or bring answers.',
    zh: '{count} 行中没有任何一行在 {context} 个词元以内含有计分词元：没有可学的内容。请提高上下文长度或导入带回答的数据。',
  },
  'template-fails': {
    en: 'Rows that the template cannot write, or whose answers it cannot tell apart: {count} ({reason}). Change them, or take a template with generation tags.',
    zh: '模板无法写出 {count} 行，或无法确定其中回答的位置（{reason}）。请修改这些行，或换用带有 generation 标签的模板。',
  },
  'template-not-prefix': {
    en: 'Conversations in which the template writes earlier turns in another way once more follow: {count}. A row for each answer trains each as the model sees it when it answers; what comes before is then read again for every answer.',
    zh: '{count} 段对话中，后面还有轮次时模板会改写前面的轮次。为每个回答单独建一行，就能按模型作答时所见来训练；代价是每个回答之前的内容都要重读一遍。',
  },
  'rows-without-grade': {
    en: 'Rows that teach nothing, since no graded token of theirs is within {context} tokens: {count}.',
    zh: '{count} 行没有可学的内容：在 {context} 个词元以内没有计分词元。',
  },
  'rows-truncated': {
    en: 'Rows longer than {context} tokens, which are cut there: {count} ({percent} %). Raise the context length to keep their ends.',
    zh: '{count} 行（{percent}%）超过 {context} 个词元，会被截断。提高上下文长度可保留其结尾。',
  },
  'turn-end-ungraded': {
    en: 'The token that ends an answer is graded in no row: the model would not learn to stop.',
    zh: '没有任何一行对结束回答的词元计分：模型学不会停止。',
  },
  'rows-duplicate': {
    en: 'Rows that repeat an earlier one word for word: {count}. Each counts again.',
    zh: '{count} 行与之前的某行逐字重复，会被重复计入。',
  },
  'answers-empty': {
    en: 'Rows with an empty answer: {count}. The model learns from them to say nothing.',
    zh: '{count} 行的回答为空：模型会学着什么都不说。',
  },
  'special-in-text': {
    en: 'Rows with text that looks like a special token, such as {token}: {count}. In conversations it is read as text; in plain text as the token.',
    zh: '{count} 行含有形如特殊词元的文本，例如 {token}。在对话中按文本读取，在纯文本中按词元读取。',
  },
  'rows-few': {
    en: 'Rows in all: {count}. Below 50 a model mostly learns them by heart; bring more, or train few epochs.',
    zh: '只有 {count} 行。少于 50 行时模型多半只会死记；请增加数据，或减少训练轮数。',
  },
  'rows-in-both': {
    en: 'Held-out rows that ask what training rows ask, but for case and blanks: {count}. The held-out loss will look better than it is.',
    zh: '{count} 行留出数据与训练数据的问题相同（忽略大小写与空白）：留出损失会显得过好。',
  },
} satisfies Record<string, Words>;

export type FindingCode = keyof typeof FINDINGS;

export interface Finding {
  /** A run with a blocking finding would fail, or learn nothing. */
  level: 'block' | 'warn';
  code: FindingCode;
  facts: Record<string, string | number>;
  /** Why the template could not write the first row that it could not: the fact `reason`, in the reader's language. */
  refusal?: { code: string; facts: Record<string, string | number> };
  count: number;
  /** The first of them, counted from 1 over all datasets in order. */
  rows?: number[];
}
