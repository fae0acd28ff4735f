// The adapter alone as GGUF: a small file beside the base model, which llama.cpp adds at load time (`--lora`).
import { ggufAdapterBytes, ggufAdapterEntries, ggufAdapterTensors } from '../../../formats/gguf/ggufAdapter';
import { layoutGguf, writeGguf, type GgufEntry } from '../../../formats/gguf/gguf';
import type { ExportCase, StreamedFile } from '../exportCase';
import { lacksAdapter, type ExportAdapter } from '../exportAdapter';
import { ggufFileName } from '../exportName';
import type { ExportSource } from '../exportSource';
import { ggufFacts } from './gguf';

export const ggufLora: ExportCase = {
  lacks: lacksAdapter,
  fileName: (origin) => ggufFileName(origin, 'F32', 'LoRA'),
  content: (source) => ({ file: ggufAdapterFile(source, source.weights.adapter!) }),
};

/** Matrices in F32. The chat template that the adapter learned goes along where the base has none. */
function ggufAdapterFile(source: ExportSource, adapter: ExportAdapter): StreamedFile {
  const { weights, givenTemplate, chatTemplate } = source;
  const { model } = weights;
  const template: GgufEntry[] = givenTemplate ? [['tokenizer.chat_template', 'string', chatTemplate!]] : [];
  const entries = [...ggufAdapterEntries(model, adapter.lora, ggufFacts(source)), ...template];
  const layout = layoutGguf(entries, ggufAdapterTensors(model, adapter.lora));
  async function* whole(tensor: (typeof layout.tensors)[number]) {
    yield await ggufAdapterBytes(tensor, adapter.read);
  }
  return { byteLength: layout.byteLength, bytes: writeGguf(layout, whole) };
}
