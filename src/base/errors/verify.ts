import type { ErrorWords } from './errors';

/** Errors of running a saved file in llama.cpp, in the framed page `verify.html`. */
export const verifyErrors = {
  'llama-failed': {
    en: 'llama.cpp could not run the file in this browser ({detail}). It needs 64-bit WebAssembly (Chrome, Edge, Firefox) and room for the whole model in memory. Where that is not to be had, run the file in llama.cpp itself: llama-cli -m FILE.',
    zh: 'llama.cpp 无法在此浏览器中运行该文件（{detail}）。它需要 64 位 WebAssembly（Chrome、Edge、Firefox）以及容纳整个模型的内存。如不具备，请直接用 llama.cpp 运行该文件：llama-cli -m 文件。',
    cure: 'retry',
  },
  'llama-tokens': {
    en: 'llama.cpp reads “{text}” as {found} tokens, the model as {expected}: the tokenizer in the file is not the model’s. Tell the makers of Atelier which model it is; the safetensors are not touched by this.',
    zh: 'llama.cpp 将“{text}”读作 {found} 个词元，而模型读作 {expected} 个：文件中的分词器与模型的不一致。请告知 Atelier 的开发者是哪个模型；safetensors 导出不受影响。',
  },
  'llama-no-text': {
    en: 'None of the beginnings can be written with the tokens of this model, so llama.cpp, which reads text, has nothing to begin with. The studio’s own check needs no text: use that one.',
    zh: '此模型的词元无法写出任何一个开头，而 llama.cpp 读取的是文本，因此无从开始。工作室自己的检查不需要文本：请使用它。',
  },
} satisfies Record<string, ErrorWords>;
