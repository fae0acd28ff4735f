import type { ErrorWords } from './errors';

/** Errors of the room `data`. */
export const dataErrors = {
  'vocabulary-small': {
    en: 'A vocabulary of {asked} is too small: 256 bytes and the end token need {least}. Ask for {least} or more.',
    zh: '词表大小 {asked} 太小：256 个字节加结束词元需要 {least}。请设为 {least} 或更大。',
    cure: 'open-data',
  },
  'vocabulary-text': {
    en: 'There is no text to make a tokenizer from. Bring text first.',
    zh: '没有可用于生成分词器的文本。请先导入文本。',
    cure: 'open-data',
  },
  'text-too-short': {
    en: 'The training text has {tokens} tokens; a context of {context} needs at least {needed}. Bring more text or choose a context of {longest} or less.',
    zh: '训练文本只有 {tokens} 个词元；上下文长度 {context} 至少需要 {needed} 个。请导入更多文本，或将上下文设为 {longest} 或更短。',
    cure: 'open-data',
  },
} satisfies Record<string, ErrorWords>;
