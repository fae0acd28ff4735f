// The merged model as one GGUF file, for llama.cpp and the programs built on it.
import type { OnProgress } from '../../../base/wire/events';
import { layoutGguf, writeGguf } from '../../../formats/gguf/gguf';
import { ggufEntries, type GgufFacts } from '../../../formats/gguf/ggufKeys';
import type { GgufEncoding } from '../../../formats/gguf/ggufMixture';
import { ggufParts, ggufTensors } from '../../../formats/gguf/ggufModel';
import { ggufTokenizer } from '../../../formats/gguf/ggufTokenizer';
import type { ExportCase, StreamedFile } from '../exportCase';
import { counted } from '../exportFiles';
import { ggufFileName } from '../exportName';
import type { ExportSource } from '../exportSource';

const ggufIn = (type: GgufEncoding): ExportCase => ({
  fileName: (origin) => ggufFileName(origin, type),
  content: (source, { onProgress }) => ({ file: ggufFile(source, type, onProgress) }),
});

export const ggufF16 = ggufIn('F16');
export const ggufQ8 = ggufIn('Q8_0');
export const ggufQ4 = ggufIn('Q4_0');
export const ggufQ4KM = ggufIn('Q4_K_M');

/** The merged model for llama.cpp, matrices in `type`. @throws gguf-unwritable, gguf-tokenizer, float-overflow */
export function ggufFile(source: ExportSource, type: GgufEncoding, onProgress?: OnProgress): StreamedFile {
  const { weights, rows, tokenizer, ids, chatTemplate } = source;
  const { model } = weights;
  const addBos = startsTexts(source);
  const [eosId] = ids.eos;
  const facts = {
    bosId: ids.bos,
    eosId: eosId!,
    eotId: ids.eot,
    padId: ids.pad,
    ...(addBos !== undefined && { addBos }),
    chatTemplate,
  };
  const entries = [
    ...ggufEntries(model, type, ggufFacts(source)),
    ...ggufTokenizer(tokenizer.json, model.vocabSize, facts, tokenizer.name),
  ];
  const layout = layoutGguf(entries, ggufTensors(model, type));
  const bytes = writeGguf(layout, (tensor) => ggufParts(tensor, rows));
  return { byteLength: layout.byteLength, bytes: counted(bytes, layout.byteLength, onProgress) };
}

/**
 * Whether llama.cpp adds the begin token before its input; undefined: as the tokenizer's own file says. A tokenizer
 * made here adds none, and the studio begins a text with the end token, as after another text. The chat template begins
 * a conversation, and llama.cpp leaves its own begin token out where the template writes one.
 */
function startsTexts({ tokenizer, chatTemplate }: ExportSource): boolean | undefined {
  return tokenizer.kind === 'pretrained' ? undefined : chatTemplate === undefined;
}

export const ggufFacts = ({ name, root, repository }: ExportSource): GgufFacts => ({
  name,
  ...(root?.licence !== undefined && { license: root.licence }),
  ...(repository !== undefined && { baseModel: repository }),
});
