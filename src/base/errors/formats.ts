import type { ErrorWords } from './errors';

/** Errors of the room `formats`: what is wrong with a file, where, and what helps. */
export const formatErrors = {
  'format-unknown': {
    en: '“{file}” is of a kind that can’t be read here. Text comes in as {supported}; save or export it as one of these.',
    zh: '无法读取“{file}”这种文件。可导入的文本格式为 {supported}；请另存或导出为其中一种。',
    cure: 'open-data',
  },
  'text-empty': {
    en: '“{file}” holds no text. Choose a file with at least one line of text.',
    zh: '“{file}”中没有文本。请选择至少有一行文字的文件。',
    cure: 'open-data',
  },
  'text-binary': {
    en: '“{file}” is not a text file: byte {offset} is zero. Export its text as UTF-8 .txt from the program that made it.',
    zh: '“{file}”不是文本文件：第 {offset} 字节为零。请用生成它的程序导出为 UTF-8 编码的 .txt。',
    cure: 'open-data',
  },
  'text-utf16-without-mark': {
    en: '“{file}” looks like UTF-16 text without a byte order mark, so its reading would be a guess. Save it as UTF-8.',
    zh: '“{file}”看起来是没有字节序标记的 UTF-16 文本，只能猜测如何读取。请另存为 UTF-8。',
    cure: 'open-data',
  },
  'text-not-utf8': {
    en: '“{file}” is not valid UTF-8: the byte {byte} at offset {offset} begins no character. Save the file as UTF-8 in a text editor.',
    zh: '“{file}”不是有效的 UTF-8：偏移 {offset} 处的字节 {byte} 不能构成字符。请在文本编辑器中另存为 UTF-8。',
    cure: 'open-data',
  },
  'text-not-utf16': {
    en: '“{file}” is not valid UTF-16: half a character stands alone at byte offset {offset}. Save the file as UTF-8 in a text editor.',
    zh: '“{file}”不是有效的 UTF-16：字节偏移 {offset} 处只有半个字符。请在文本编辑器中另存为 UTF-8。',
    cure: 'open-data',
  },
  'json-syntax': {
    en: '“{file}” is not valid JSON: {message}. Export or download it again.',
    zh: '“{file}”不是有效的 JSON：{message}。请重新导出或下载。',
  },
  'file-not-utf8': {
    en: '“{file}” is not valid UTF-8: the byte {byte} at offset {offset} begins no character. The file is damaged; download or export it again.',
    zh: '“{file}”不是有效的 UTF-8：偏移 {offset} 处的字节 {byte} 不能构成字符。文件已损坏，请重新下载或导出。',
  },
  'json-deep': {
    en: '“{file}” nests JSON deeper than {limit} levels, which no file of this kind needs. It was not read.',
    zh: '“{file}”的 JSON 嵌套超过 {limit} 层，此类文件并不需要这么深。文件未被读取。',
  },
  'json-large': {
    en: '“{file}” has {size} bytes; a file of this kind is read up to {limit}. It was not read.',
    zh: '“{file}”有 {size} 字节；此类文件最多读取 {limit} 字节。文件未被读取。',
  },
  'jsonl-line': {
    en: '“{file}”, line {line}: not valid JSON ({message}). Each line must be one JSON object; mend or delete the line.',
    zh: '“{file}”第 {line} 行不是有效的 JSON（{message}）。每行必须是一个 JSON 对象；请修正或删除该行。',
    cure: 'open-data',
  },
  'jsonl-long': {
    en: '“{file}”, line {line} has more than {limit} characters. Check that each row stands on a line of its own.',
    zh: '“{file}”第 {line} 行超过 {limit} 个字符。请检查是否每行只有一条数据。',
    cure: 'open-data',
  },
  'jsonl-deep': {
    en: '“{file}”, line {line}: JSON nested deeper than {limit} levels. Delete the line or flatten it.',
    zh: '“{file}”第 {line} 行：JSON 嵌套超过 {limit} 层。请删除该行或减少嵌套。',
    cure: 'open-data',
  },
  'jsonl-object': {
    en: '“{file}”, row {line}: found {found} where an object such as {"text": "…"} belongs.',
    zh: '“{file}”第 {line} 行：应为形如 {"text": "…"} 的对象，实际是 {found}。',
    cure: 'open-data',
  },
  'jsonl-fields': {
    en: '“{file}”, row {line}: no text and no conversation in the fields {keys}. Name the text “text”, a conversation “messages”, a question and its answer “prompt” and “completion”.',
    zh: '“{file}”第 {line} 行：字段 {keys} 中既没有文本也没有对话。请把文本命名为“text”，对话命名为“messages”，问题与回答命名为“prompt”和“completion”。',
    cure: 'open-data',
  },
  'json-rows': {
    en: '“{file}” is not a list of rows: it should begin with [ and hold one object per row, or have one object on each line.',
    zh: '“{file}”不是行的列表：它应以 [ 开头，每行数据一个对象，或者每行文本一个对象。',
    cure: 'open-data',
  },
  'rows-mixed': {
    en: '“{file}”, row {line}: {found}, but the rows before it are {first}. Put each kind of rows into a file of its own.',
    zh: '“{file}”第 {line} 行：类型为 {found}，而之前的行为 {first}。请把不同类型的行放进各自的文件。',
    cure: 'open-data',
  },
  'row-role': {
    en: '“{file}”, row {line}: message {index} is spoken by {role}; known are system, user, assistant and tool (and human, gpt). Rename the role.',
    zh: '“{file}”第 {line} 行：第 {index} 条消息的角色是 {role}；可用的角色有 system、user、assistant 和 tool（以及 human、gpt）。请改名。',
    cure: 'open-data',
  },
  'jsonl-message': {
    en: '“{file}”, row {line}: message {index} needs a “role” and a “content”, both strings.',
    zh: '“{file}”第 {line} 行：第 {index} 条消息需要“role”和“content”，且都是字符串。',
    cure: 'open-data',
  },
  'safetensors-short': {
    en: '“{file}” has {size} bytes, too few for a safetensors file. Download or export it again.',
    zh: '“{file}”只有 {size} 字节，不足以构成 safetensors 文件。请重新下载或导出。',
  },
  'safetensors-header-size': {
    en: '“{file}” says that its header has {header} bytes, but the file has {size} and a header may have {limit}. It is damaged or not a safetensors file.',
    zh: '“{file}”声称文件头有 {header} 字节，但文件共 {size} 字节，文件头上限为 {limit}。文件已损坏或不是 safetensors。',
  },
  'safetensors-header': {
    en: 'The header of “{file}” can’t be read: {detail}. The file is damaged; download or export it again.',
    zh: '无法读取“{file}”的文件头：{detail}。文件已损坏，请重新下载或导出。',
  },
  'safetensors-duplicate': {
    en: '“{file}” names “{tensor}” twice, so it is unclear which one counts. Export it again with another tool.',
    zh: '“{file}”中“{tensor}”出现了两次，无法确定以哪个为准。请用其他工具重新导出。',
  },
  'safetensors-entry': {
    en: '“{file}”, tensor “{tensor}”: {field} is missing or not of the form the format asks for. Export the file again.',
    zh: '“{file}”的张量“{tensor}”：{field} 缺失或不符合格式要求。请重新导出该文件。',
  },
  'safetensors-dtype': {
    en: '“{file}”, tensor “{tensor}” has the number format {dtype}; read are {supported}. Convert the model to F32, F16 or BF16.',
    zh: '“{file}”的张量“{tensor}”使用数值格式 {dtype}；支持的有 {supported}。请把模型转换为 F32、F16 或 BF16。',
  },
  'safetensors-size': {
    en: '“{file}”, tensor “{tensor}”: shape and number format need {needed} bytes, its range has {found}. The file is damaged; download it again.',
    zh: '“{file}”的张量“{tensor}”：按形状和数值格式需要 {needed} 字节，实际范围为 {found} 字节。文件已损坏，请重新下载。',
  },
  'safetensors-overlap': {
    en: '“{file}”: tensor “{tensor}” begins at byte {offset}, inside the one before it, which ends at {expected}. The file was not read.',
    zh: '“{file}”：张量“{tensor}”从第 {offset} 字节开始，落在前一个张量之内（后者到 {expected} 结束）。文件未被读取。',
  },
  'safetensors-hole': {
    en: '“{file}”: bytes {expected} to {offset} before “{tensor}” belong to no tensor, which the format forbids. The file was not read.',
    zh: '“{file}”：“{tensor}”之前的 {expected} 到 {offset} 字节不属于任何张量，格式不允许这样。文件未被读取。',
  },
  'safetensors-end': {
    en: '“{file}”: its tensors end at byte {expected}, its data at {found}. It was cut off or has bytes added; download it again.',
    zh: '“{file}”：张量到第 {expected} 字节结束，数据却到 {found}。文件被截断或多出了字节，请重新下载。',
  },
  'config-missing': {
    en: '“{file}” has no “{field}”, without which the model can’t be built.',
    zh: '“{file}”缺少“{field}”，没有它无法构建模型。',
  },
  'config-value': {
    en: '“{file}”: “{field}” is {found}; it must be {expected}.',
    zh: '“{file}”：“{field}”的值为 {found}；必须是 {expected}。',
  },
  'config-unsupported': {
    en: '“{file}”: “{field}” is {found}; read here: {supported}. Choose a model that has that.',
    zh: '“{file}”：“{field}”为 {found}；此处可读取：{supported}。请选择符合这一要求的模型。',
    cure: 'open-model',
  },
  'config-unwritable': {
    en: 'A model whose {field} is {found} can’t be said in a config.json of the kind {modelType}, so no file was written. Export a checkpoint instead.',
    zh: '{modelType} 类型的 config.json 无法表达 {field} 为 {found} 的模型，因此未写入文件。请改为导出检查点。',
  },
  'float-overflow': {
    en: 'The tensor “{tensor}” holds {found}; F16 reaches {limit} only. Export as BF16 or F32.',
    zh: '张量“{tensor}”含有 {found}；F16 最大只能表示 {limit}。请导出为 BF16 或 F32。',
  },
  'tensor-missing': {
    en: '“{file}” lacks the tensor “{tensor}” that the configuration calls for. Files of two models may be mixed.',
    zh: '“{file}”缺少配置所需的张量“{tensor}”。可能混入了两个模型的文件。',
  },
  'tensor-unknown': {
    en: '“{file}” holds the tensor “{tensor}”, which a model of this configuration does not have. Files of two models may be mixed.',
    zh: '“{file}”含有此配置的模型所没有的张量“{tensor}”。可能混入了两个模型的文件。',
  },
  'tensor-shape': {
    en: '“{file}”, tensor “{tensor}” has the shape {found}; the configuration calls for {expected}.',
    zh: '“{file}”的张量“{tensor}”形状为 {found}；配置要求 {expected}。',
  },
  'tensor-dtype': {
    en: '“{file}”, tensor “{tensor}” has the number format {dtype}; weights are read as F32, F16, BF16 or F64.',
    zh: '“{file}”的张量“{tensor}”使用数值格式 {dtype}；权重可读取 F32、F16、BF16 或 F64。',
  },
  'gguf-broken': {
    en: '“{file}” can’t be read as GGUF: {detail}. It is damaged or was cut off; download or export it again.',
    zh: '无法将“{file}”作为 GGUF 读取：{detail}。文件已损坏或被截断，请重新下载或导出。',
  },
  'gguf-unsupported': {
    en: '“{file}”: “{field}” is {found}; read here: {supported}. Use a file in one of these forms.',
    zh: '“{file}”：“{field}”为 {found}；此处可读取：{supported}。请使用其中一种形式的文件。',
  },
  'gguf-unwritable': {
    en: 'llama.cpp runs {family} models with {field} = {supported} only; in this one it is {found}. The file would load and answer wrongly, so none was written. Export safetensors instead.',
    zh: 'llama.cpp 运行 {family} 模型时 {field} 只能是 {supported}，而此模型为 {found}。写出的文件虽能加载但回答会出错，因此未写入。请改为导出 safetensors。',
  },
  'gguf-tokenizer': {
    en: '“{file}”: “{field}” is {found}; llama.cpp can be given {supported} only. Export safetensors instead of GGUF.',
    zh: '“{file}”：“{field}”为 {found}；只能为 llama.cpp 提供 {supported}。请导出 safetensors 而不是 GGUF。',
  },
  'adapter-unsupported': {
    en: '“{file}”: “{field}” is {found}. Read here is LoRA of causal language models (rsLoRA too, and layers with a rank or alpha of their own), with bias “none”, nothing trained beside it and the base as published. Merge the adapter into its model with PEFT and open that.',
    zh: '“{file}”：“{field}”为 {found}。此处可读取因果语言模型的 LoRA（包括 rsLoRA，以及各层自有的秩或 alpha），要求 bias 为“none”、没有另外训练的部分、基座与发布时一致。请先用 PEFT 将适配器合并到模型，再打开合并后的模型。',
  },
  'adapter-beside': {
    en: '“{file}” holds the tensor “{tensor}”: something beside the linear layers of the blocks was trained, or LoRA of another kind. Read here are lora_A and lora_B of those layers alone. Merge the adapter into its model with PEFT and open that.',
    zh: '“{file}”含有张量“{tensor}”：除各层的线性层外还训练了其他部分，或者是另一种 LoRA。此处只读取这些线性层的 lora_A 和 lora_B。请先用 PEFT 将适配器合并到模型，再打开合并后的模型。',
  },
  'tokenizer-unsupported': {
    en: '“{file}”: “{field}” is {found}; tokenizers read here have {supported}. A model with such a tokenizer can’t be opened yet.',
    zh: '“{file}”：“{field}”为 {found}；此处可读取的分词器要求 {supported}。使用这种分词器的模型暂时无法打开。',
  },
  'tokenizer-broken': {
    en: '“{file}” is not a whole tokenizer: {detail}. Download or export it again.',
    zh: '“{file}”不是完整的分词器：{detail}。请重新下载或导出。',
  },
  'tokenizer-without-end': {
    en: '“{file}” has no token that ends a text ({token}), and none was named beside it. Add the tokenizer_config.json of the model.',
    zh: '“{file}”没有表示文本结束的词元（{token}），也没有另外指定。请同时添加该模型的 tokenizer_config.json。',
  },
  'zip-broken': {
    en: '“{file}” can’t be read as a zip: {detail}. It is damaged or was cut off; download it again.',
    zh: '无法将“{file}”作为 zip 读取：{detail}。文件已损坏或被截断，请重新下载。',
  },
  'zip-path': {
    en: '“{file}” holds an entry named “{entry}”, a path that leads out of the archive. Nothing was read from it.',
    zh: '“{file}”含有名为“{entry}”的条目，其路径指向压缩包之外。未读取任何内容。',
  },
  'zip-twice': {
    en: '“{file}” holds “{entry}” twice, so it is unclear which one counts. Nothing was read from it.',
    zh: '“{file}”中“{entry}”出现了两次，无法确定以哪个为准。未读取任何内容。',
  },
  'zip-entries': {
    en: '“{file}” holds {found} entries; up to {limit} are read. Pack the model files alone.',
    zh: '“{file}”含有 {found} 个条目；最多读取 {limit} 个。请只打包模型文件。',
  },
  'zip-encrypted': {
    en: '“{file}”: “{entry}” is encrypted. Unpack it with the password first.',
    zh: '“{file}”：“{entry}”已加密。请先用密码解压。',
  },
  'zip-size': {
    en: '“{file}”: “{entry}” unpacks to more than {limit} bytes. Unpack it yourself and choose the files.',
    zh: '“{file}”：“{entry}”解压后超过 {limit} 字节。请自行解压后选择其中的文件。',
  },
  'zip-checksum': {
    en: '“{file}”: “{entry}” does not match its checksum. The file is damaged; download it again.',
    zh: '“{file}”：“{entry}”与校验和不符。文件已损坏，请重新下载。',
  },
} satisfies Record<string, ErrorWords>;
