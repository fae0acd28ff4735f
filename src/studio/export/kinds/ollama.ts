// A zip for Ollama: a GGUF in 8 bits and the Modelfile that names it. The commands are formats/guides.
import type { OnProgress } from '../../../base/wire/events';
import { LARGEST_CONTEXT } from '../../../base/wire/guides';
import { systemIn } from '../../../data/chat/defaultSystem';
import { templateFor } from '../../../data/chat/defaultTemplates';
import { writeModelfile } from '../../../formats/gguf/modelfile';
import type { ZipItem } from '../../../formats/zip';
import type { ExportCase } from '../exportCase';
import { samplingOf, textItem } from '../exportFiles';
import { ggufFileName, zipFileName } from '../exportName';
import type { ExportSource } from '../exportSource';
import { ggufFile } from './gguf';

export const ollama: ExportCase = {
  fileName: (origin) => zipFileName(origin, 'ollama'),
  content: (source, { onProgress }) => ({ zip: ollamaItems(source, onProgress) }),
};

function* ollamaItems(source: ExportSource, onProgress?: OnProgress): Generator<ZipItem> {
  const path = ggufFileName(source, 'Q8_0');
  const { chatTemplate, root, weights, running } = source;
  const { temperature, topK, topP, minP, repetitionPenalty, maxTokens } = samplingOf(source);
  const parameters = {
    temperature,
    top_k: topK,
    top_p: topP,
    min_p: minP,
    repeat_penalty: repetitionPenalty,
    num_predict: maxTokens,
    num_ctx: Math.min(weights.model.contextLength, LARGEST_CONTEXT),
  };
  const end = running.show(source.ids.eos[0]!).text;
  const system =
    chatTemplate === undefined ? undefined : systemIn(templateFor(chatTemplate, running, root?.templateTokens));
  const facts = { from: `./${path}`, chatTemplate, end, parameters, license: root?.licence };
  yield textItem('Modelfile', writeModelfile({ ...facts, ...(system !== undefined && { system }) }));
  yield { path, ...ggufFile(source, 'Q8_0', onProgress) };
}
