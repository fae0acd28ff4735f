// The sentences of a model's web page in both languages. They leave the studio with the page, so they lie beside it.
import type { PageLanguage } from '../../base/wire/webPage';

const EN = {
  loading: 'Loading the model',
  loaded: 'The model runs in this browser. What you write stays on this device.',
  offline: 'It is kept here and works without a network.',
  failed: 'The model could not be loaded: {detail}',
  answerFailed: 'No answer: {detail}',
  tooLong: 'The message is longer than this model can read. Send a shorter one.',
  about: 'What this is, and what it must not be used for',
  is: 'A small language model, saved with Atelier. It computes in your browser, on the processor.',
  not: 'It states things that are not true, and may repeat its training texts word for word. Do not rely on it for medical, legal or financial decisions, for safety, or for judging people, and do not pass its text off as a person’s.',
  card: 'From its card',
  you: 'You',
  model: 'Model',
  ask: 'Your message',
  begin: 'The beginning of a text',
  send: 'Send',
  stop: 'Stop',
  again: 'Start over',
  save: 'Save the conversation',
  speed: '{tokens} tokens, {speed} tokens per second',
  older: 'The newer version could not be loaded ({detail}), so the one that is kept here answers.',
  greedy: 'Always take the likeliest token: the same question has the same answer',
  other: '中文',
};

export type PageWords = typeof EN;

const ZH: PageWords = {
  loading: '正在加载模型',
  loaded: '模型在此浏览器中运行。您输入的内容不会离开本设备。',
  offline: '它已保存在这里，没有网络也能使用。',
  failed: '无法加载模型：{detail}',
  answerFailed: '没有回答：{detail}',
  tooLong: '这条消息超出了模型能读取的长度。请发送较短的消息。',
  about: '这是什么，不可用于什么',
  is: '一个用 Atelier 保存的小型语言模型。它在您的浏览器中用处理器计算。',
  not: '它会说出不真实的内容，也可能逐字重复训练文本。不要依靠它作出医疗、法律或财务决定，不要用于安全用途或评判他人，也不要把它写的文字冒充为人所写。',
  card: '摘自模型卡',
  you: '您',
  model: '模型',
  ask: '您的消息',
  begin: '文本的开头',
  send: '发送',
  stop: '停止',
  again: '重新开始',
  save: '保存对话',
  speed: '{tokens} 个词元，每秒 {speed} 个',
  older: '无法加载新版本（{detail}），因此由保存在这里的版本回答。',
  greedy: '每次都取最可能的词元：同样的问题得到同样的回答',
  other: 'English',
};

export const PAGE_WORDS: Readonly<Record<PageLanguage, PageWords>> = { en: EN, zh: ZH };

/** As the browser asks for; the person can change it. */
export const languageOf = (languages: readonly string[]): PageLanguage =>
  languages.find((tag) => /^(en|zh)\b/.test(tag))?.startsWith('zh') === true ? 'zh' : 'en';
