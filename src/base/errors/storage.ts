import type { ErrorWords } from './errors';

/** Errors of the room `storage`. */
export const storageErrors = {
  'storage-unavailable': {
    en: 'This browser gives the studio no storage ({detail}), so nothing can be kept. A private window often does this: open the studio in an ordinary one.',
    zh: '此浏览器没有为工作室提供存储空间（{detail}），因此无法保存任何内容。隐私窗口常会如此：请在普通窗口中打开。',
    cure: 'reload',
  },
  'storage-newer': {
    en: 'What is stored here was written by a newer version of the studio. Reload the page to get that version; nothing was changed.',
    zh: '此处存储的内容由更新版本的工作室写入。请重新加载页面以获取该版本；没有任何内容被更改。',
    cure: 'reload',
  },
  'storage-blocked': {
    en: 'Another tab holds an older version of the studio open, so the storage cannot be brought up to date. Close the other tabs of the studio, then reload this page.',
    zh: '另一个标签页打开着旧版本的工作室，存储无法更新。请关闭工作室的其他标签页，然后重新加载本页。',
    cure: 'reload',
  },
  'storage-closed': {
    en: 'The connection to the storage was closed, because another tab brought it up to date or the browser ended it. What was saved is safe: reload the page.',
    zh: '与存储的连接已关闭：另一个标签页更新了存储，或浏览器终止了连接。已保存的内容是安全的：请重新加载页面。',
    cure: 'reload',
  },
  'storage-full': {
    en: 'The browser refused to store {needed} MB more; {used} MB are in use here. Nothing that was saved is lost. Delete runs or datasets that you no longer need, or free space on the disk, and try again.',
    zh: '浏览器拒绝再存储 {needed} MB；目前已使用 {used} MB。已保存的内容没有丢失。请删除不再需要的训练或数据集，或释放磁盘空间，然后重试。',
    cure: 'open-runs',
  },
  'storage-failed': {
    en: 'The browser could not store this ({detail}). What was saved before is unchanged. Try again; if it fails again, export your model and reload the page.',
    zh: '浏览器无法存储此内容（{detail}）。此前保存的内容没有变化。请重试；如果仍然失败，请导出模型并重新加载页面。',
    cure: 'retry',
  },
  'checkpoint-damaged': {
    en: 'The checkpoint of step {step} is damaged: chunk {chunk} of {chunks} is missing or does not match its SHA-256. Go on from an earlier checkpoint of the same run.',
    zh: '第 {step} 步的检查点已损坏：第 {chunk} 块（共 {chunks} 块）缺失或与其 SHA-256 不符。请从同一训练的更早检查点继续。',
    cure: 'open-runs',
  },
  'checkpoint-missing': {
    en: 'This checkpoint is no longer here: it was deleted, or replaced by a newer one. Choose another under Runs.',
    zh: '此检查点已不存在：它已被删除，或被更新的检查点取代。请在“训练记录”中另选一个。',
    cure: 'open-runs',
  },
  'run-missing': {
    en: 'This run is no longer here: it was deleted, perhaps in another tab.',
    zh: '此训练已不存在：它可能已在另一个标签页中被删除。',
    cure: 'open-runs',
  },
  'dataset-missing': {
    en: 'This dataset is no longer here: it was deleted. Bring the text again under Data.',
    zh: '此数据集已不存在：它已被删除。请在“数据”中重新导入文本。',
    cure: 'open-data',
  },
  'dataset-damaged': {
    en: 'The dataset “{name}” is damaged: part of its text cannot be read back. Delete it and bring the file again.',
    zh: '数据集“{name}”已损坏：部分文本无法读回。请删除它并重新导入文件。',
    cure: 'open-data',
  },
  'tokenizer-missing': {
    en: 'This tokenizer is no longer here: it was deleted. Make another under Data.',
    zh: '此分词器已不存在：它已被删除。请在“数据”中另建一个。',
    cure: 'open-data',
  },
  'tokenizer-in-use': {
    en: 'The tokenizer “{name}” belongs to the run “{run}”, which cannot be read without it. Delete that run first.',
    zh: '分词器“{name}”属于训练“{run}”，没有它就无法使用该训练。请先删除那次训练。',
    cure: 'open-runs',
  },
  'model-missing': {
    en: 'This model is no longer here: it was deleted. Open its files again under Model.',
    zh: '此模型已不存在：它已被删除。请在“模型”中重新打开其文件。',
    cure: 'open-model',
  },
  'talk-missing': {
    en: 'This conversation is no longer here: it was deleted.',
    zh: '此对话已不存在：它已被删除。',
  },
  'model-damaged': {
    en: 'The model “{name}” is damaged: chunk {chunk} of {chunks} is missing or does not match its SHA-256. Delete it and open its files again; the runs that tune it find it by its content.',
    zh: '模型“{name}”已损坏：第 {chunk} 块（共 {chunks} 块）缺失或与其 SHA-256 不符。请删除它并重新打开其文件；微调它的训练会按内容找到它。',
    cure: 'open-model',
  },
  'storage-busy': {
    en: 'Something is still being imported or prepared, in this tab or another. Wait until it is done, or cancel it; then delete everything.',
    zh: '此标签页或其他标签页中仍有内容正在导入或准备。请等它完成或将其取消，然后再删除全部内容。',
  },
  'model-in-use': {
    en: 'The run “{run}” was tuned from the model “{name}”, and needs it: an adapter its weights, any other its template, end tokens and licence. Delete that run first.',
    zh: '训练“{run}”由模型“{name}”微调而来，仍需要它：适配器需要其权重，其余训练需要其对话模板、结束词元和许可证。请先删除那次训练。',
    cure: 'open-runs',
  },
  'prepared-missing': {
    en: 'The tokens of this text are no longer here, because its dataset or tokenizer was deleted. Prepare the text again.',
    zh: '此文本的词元已不存在，因为其数据集或分词器已被删除。请重新准备文本。',
    cure: 'open-data',
  },
} satisfies Record<string, ErrorWords>;
