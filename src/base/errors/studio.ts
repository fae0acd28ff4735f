import type { ErrorWords } from './errors';

/** Errors of the room `studio`. */
export const studioErrors = {
  'loss-not-finite': {
    en: 'The {what} at step {step} is not a finite number: the run has diverged. Nothing was saved over. Go on from the last checkpoint with a lower learning rate.',
    zh: '第 {step} 步的 {what} 不是有限数值：训练已发散。已保存的检查点没有被覆盖。请用更低的学习率从最近的检查点继续。',
    cure: 'open-model',
  },
  'webgpu-needed': {
    en: 'Training needs WebGPU, which this browser does not offer here, or your choice of the CPU, which is slower. “This machine” says what to do.',
    zh: '训练需要 WebGPU，而此浏览器目前无法提供；也可以选择用 CPU 训练，但较慢。“本机”页面说明了解决办法。',
    cure: 'open-machine',
  },
  'memory-too-small-cpu': {
    en: 'This run needs about {needed} MiB of memory; about {budget} MiB can be used here. Choose a smaller model, batch or context.',
    zh: '此次训练约需 {needed} MiB 内存，而这里约有 {budget} MiB 可用。请选择更小的模型、批大小或上下文。',
    cure: 'open-model',
  },
  'compute-busy': {
    en: 'The run “{name}” is training. Stop it or let it end before choosing what computes.',
    zh: '“{name}”正在训练。请先停止它或等它结束，再选择计算设备。',
    cure: 'open-runs',
  },
  'compute-changed': {
    en: 'Up to step {step} this run was computed on the {from}; since then on the {to}. Its values went over exactly; what follows agrees within rounding, not bit for bit.',
    zh: '此次训练在第 {step} 步之前由 {from} 计算，此后由 {to} 计算。数值已原样转移；后续结果在舍入误差内一致，但不是逐位相同。',
  },
  'buffer-too-large': {
    en: 'One buffer would take {needed} MiB, and this adapter allows {allowed} MiB. Choose a smaller batch, context or vocabulary.',
    zh: '一个缓冲区需要 {needed} MiB，而此适配器最多允许 {allowed} MiB。请减小批大小、上下文长度或词表。',
    cure: 'open-model',
  },
  'memory-too-small': {
    en: 'This run needs about {needed} MiB of GPU memory; about {budget} MiB can be used here. Choose a smaller model, batch or context.',
    zh: '此次训练约需 {needed} MiB 显存，而这里约有 {budget} MiB 可用。请选择更小的模型、批大小或上下文。',
    cure: 'open-model',
  },
  'settings-invalid': {
    en: 'The setting “{key}” is not valid ({reason}). Correct it in Advanced and start again.',
    zh: '设置“{key}”无效（{reason}）。请在“高级”中更正后重新开始。',
    cure: 'open-model',
  },
  'run-busy': {
    en: 'The run “{name}” is training. Stop it or let it end before another starts.',
    zh: '“{name}”正在训练。请先停止它，或等它结束后再开始新的训练。',
    cure: 'open-runs',
  },
  'measure-busy': {
    en: 'The run “{name}” is training: measuring now would slow it, and be slowed by it. Measure when it has ended.',
    zh: '“{name}”正在训练：此时测量会拖慢训练，测量本身也不准确。请在训练结束后再测量。',
    cure: 'open-runs',
  },
  'run-elsewhere': {
    en: 'The run “{name}” is open in another tab. Go on there, or close that tab first.',
    zh: '“{name}”正在另一个标签页中运行。请到那里继续，或先关闭那个标签页。',
  },
  'run-without-checkpoint': {
    en: 'The run “{name}” ended before its first checkpoint, so there is nothing to go on from. Start it again; its data is still here.',
    zh: '“{name}”在保存第一个检查点之前就结束了，无法继续。请重新开始；数据仍在。',
    cure: 'open-model',
  },
  'data-changed': {
    en: 'The text that “{name}” was trained on has changed or was deleted, so it cannot go on exactly. Tune further from its checkpoint instead.',
    zh: '“{name}”训练所用的文本已更改或删除，无法原样继续。请改为从它的检查点继续微调。',
    cure: 'open-model',
  },
  'vocabulary-mismatch': {
    en: 'The tokenizer has {tokens} tokens, but the model has rows for {rows}. Use the tokenizer that the model was made with.',
    zh: '分词器有 {tokens} 个词元，而模型只有 {rows} 行。请使用与该模型配套的分词器。',
    cure: 'open-model',
  },
  'chat-too-long': {
    en: 'The last message, with the system prompt, takes {tokens} tokens; this model sees {capacity} at once, with its answer. Shorten the message or the system prompt.',
    zh: '最后一条消息连同系统提示词共 {tokens} 个词元，而此模型一次最多看到 {capacity} 个（含回答）。请缩短消息或系统提示词。',
  },
  'context-too-long': {
    en: 'A context of {asked} tokens was asked for, but this model was made for {most}. Lower the context length.',
    zh: '请求的上下文为 {asked} 个词元，但此模型最多支持 {most} 个。请减小上下文长度。',
    cure: 'open-model',
  },
  'device-lost': {
    en: 'The GPU was taken away ({detail}). The last checkpoint is safe: reload the page and go on from there.',
    zh: 'GPU 已不可用（{detail}）。最近的检查点是安全的：请重新加载页面，从那里继续。',
    cure: 'reload',
  },
  'no-run': {
    en: 'No run is under way. Start one under Train.',
    zh: '当前没有正在进行的训练。请在“训练”中开始。',
    cure: 'open-model',
  },
  'starter-missing': {
    en: 'The starter corpus could not be read from this site (status {status}). Reload the page and try again, or bring a file of your own.',
    zh: '无法从本站读取入门语料（状态 {status}）。请重新加载页面后重试，或导入自己的文件。',
    cure: 'reload',
  },
  'dataset-not-chat': {
    en: 'The dataset “{name}” holds no conversations. Choose plain text as what to learn from, or bring rows with “messages” or “prompt” and “completion”.',
    zh: '数据集“{name}”中没有对话。请把学习内容设为纯文本，或导入带有“messages”或“prompt”与“completion”的数据。',
    cure: 'open-data',
  },
  'dataset-not-preference': {
    en: 'The dataset “{name}” holds no pairs of answers. Choose another task, or bring rows with “prompt”, “chosen” and “rejected”.',
    zh: '数据集“{name}”中没有成对的回答。请选择其他任务，或导入带有“prompt”“chosen”“rejected”的数据。',
    cure: 'open-data',
  },
  'lora-needs-model': {
    en: 'An adapter stands beside the weights of a model that is kept here. Open a model first, or train all weights.',
    zh: '适配器依附于保存在这里的模型权重。请先打开一个模型，或改为训练全部权重。',
    cure: 'open-model',
  },
  'dpo-needs-adapter': {
    en: 'DPO compares the model with what it was before, which stays beside an adapter only. Train an adapter, or choose ORPO.',
    zh: 'DPO 需要与训练前的模型比较，只有训练适配器时才保留它。请训练适配器，或选择 ORPO。',
    cure: 'open-model',
  },
  'task-mismatch': {
    en: 'The data was made ready for the task “{prepared}”, but the run asks for “{asked}”. Prepare the data again.',
    zh: '数据是为“{prepared}”任务准备的，而此次训练要求“{asked}”。请重新准备数据。',
    cure: 'open-data',
  },
  'data-missing': {
    en: 'No dataset was chosen. Choose at least one under Data.',
    zh: '没有选择数据集。请在“数据”中至少选择一个。',
    cure: 'open-data',
  },
  'base-missing': {
    en: 'The adapter was trained beside the model “{name}”, which is no longer here. Open its files again under Model; the adapter then finds it by its content.',
    zh: '此适配器是在模型“{name}”旁训练的，而该模型已不在这里。请在“模型”中重新打开其文件；适配器会按内容找到它。',
    cure: 'open-model',
  },
  'export-no-adapter': {
    en: '“{name}” has no adapter: all of its weights were trained. Export the whole model instead.',
    zh: '“{name}”没有适配器：它的全部权重都参与了训练。请改为导出整个模型。',
  },
  'own-model-missing': {
    en: 'The model “{name}” could not be read from this site: {file} (status {status}). Whoever serves the studio has to put its folder into public/models and build again.',
    zh: '无法从本站读取模型“{name}”：{file}（状态 {status}）。提供工作室的人需要把其文件夹放入 public/models 并重新构建。',
  },
  'model-file-missing': {
    en: '“{source}” holds no {file}. A model folder has config.json, model.safetensors and tokenizer.json; choose all of them, or their zip.',
    zh: '“{source}”中没有 {file}。模型文件夹应包含 config.json、model.safetensors 和 tokenizer.json；请全部选中，或选择它们的 zip。',
  },
  'adapter-file-missing': {
    en: '“{source}” holds no {file}. A PEFT adapter has adapter_config.json and adapter_model.safetensors; choose both, their folder or its zip. An adapter_model.bin is turned into safetensors by loading and saving it with PEFT.',
    zh: '“{source}”中没有 {file}。PEFT 适配器包含 adapter_config.json 和 adapter_model.safetensors；请同时选中这两个文件，或选择其文件夹或 zip。如果是 adapter_model.bin，用 PEFT 加载后重新保存即可得到 safetensors。',
  },
  'adapter-several': {
    en: '“{source}” holds several adapters: {folders}. Choose the folder of one of them.',
    zh: '“{source}”中有多个适配器：{folders}。请选择其中一个的文件夹。',
  },
  'adapter-alone': {
    en: '“{source}” is an adapter, not a whole model. Open its base first; then press “Open an adapter” below that model and choose it again.',
    zh: '“{source}”是适配器，不是完整的模型。请先打开它的基座模型，再在该模型下方点“打开适配器”并重新选择。',
    cure: 'open-model',
  },
  'adapter-fits-other': {
    en: '“{source}” does not belong beside “{base}”: no layer there takes its tensor “{tensor}”{sizes}. It fits {fits}: open it below that model.',
    zh: '“{source}”不属于“{base}”：那里没有与张量“{tensor}”{sizes}对应的层。它与 {fits} 相符：请在那个模型下方打开。',
  },
  'adapter-fits-none': {
    en: '“{source}” does not belong beside “{base}”: no layer there takes its tensor “{tensor}”{sizes}. No other model kept here fits. It says that it was trained beside {named}: open that model, then the adapter below it.',
    zh: '“{source}”不属于“{base}”：那里没有与张量“{tensor}”{sizes}对应的层。保存在这里的其他模型也不相符。它声明的基座是 {named}：请先打开那个模型，再在其下方打开此适配器。',
  },
  'adapter-base-name': {
    en: 'This adapter says that it was trained beside “{named}”; here it stands beside “{base}”. Their shapes agree. If they are not the same model, its answers are worthless.',
    zh: '此适配器声明它是在“{named}”旁训练的，而这里放在“{base}”旁。两者形状一致；但如果不是同一个模型，它的回答就没有意义。',
  },
  'job-no-run': {
    en: '“{name}” is not a run that was trained here, so there is nothing to go on with. Choose a run; a model alone is taken away in the other formats.',
    zh: '“{name}”不是在此处训练的任务，因此没有可继续的内容。请选择一次训练；单独的模型可用其他格式带走。',
  },
} satisfies Record<string, ErrorWords>;
