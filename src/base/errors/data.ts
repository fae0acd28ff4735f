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
  'template-broken': {
    en: 'The chat template of this model cannot be read: {detail}. Give the model another template under Model, or train on plain text.',
    zh: '无法读取此模型的对话模板：{detail}。请在“模型”中为它指定另一个模板，或用纯文本训练。',
    cure: 'open-model',
  },
  'template-refused': {
    en: 'The chat template of this model refuses the conversation: {reason}. Change the conversation, or give the model another template.',
    zh: '此模型的对话模板拒绝了这段对话：{reason}。请修改对话，或为模型指定另一个模板。',
  },
  'template-slow': {
    en: 'The chat template of this model was not done after {seconds} seconds, as if it never ended. Give the model another template under Model.',
    zh: '此模型的对话模板在 {seconds} 秒后仍未完成，似乎永不结束。请在“模型”中为它指定另一个模板。',
    cure: 'open-model',
  },
  'template-not-prefix': {
    en: 'Where answer {message} of the conversation stands cannot be told: the template writes earlier turns in another way once more follow, and marks no answers. Turn on “A row for each answer” in the settings, or use a template with generation tags.',
    zh: '无法确定对话中第 {message} 条消息（回答）的位置：后面还有轮次时，模板会改写前面的轮次，且没有标出回答。请在设置中开启“每个回答一行”，或使用带有 generation 标签的模板。',
  },
  'template-opens-otherwise': {
    en: 'Where answer {message} of the conversation begins cannot be told: the template opens an answer that is asked for in another way than one that is there, and marks no answers. Use a template with generation tags.',
    zh: '无法确定对话中第 {message} 条消息（回答）从哪里开始：模板请求回答时的开头与已有回答的开头写法不同，且没有标出回答。请使用带有 generation 标签的模板。',
  },
  'rows-ungraded': {
    en: 'None of the {rows} rows has a graded token within {context} tokens: there is nothing to learn from. Raise the context length, or bring conversations with answers.',
    zh: '{rows} 行中没有任何一行在 {context} 个词元以内含有计分词元：没有可学的内容。请提高上下文长度，或导入带有回答的对话。',
    cure: 'open-data',
  },
} satisfies Record<string, ErrorWords>;
