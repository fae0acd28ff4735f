// What runs an exported file, from what is known of its weights before it is written.
import { parameterCount } from '../../base/modelShape';
import { isAdapterAlone, isWholeGguf, type ExportKind } from '../../base/wire/exportKinds';
import { markedName, type GuideFacts, type GuidesOfFile } from '../../base/wire/guides';
import { guidesFor } from '../../formats/guides/guides';
import { serverName } from '../../formats/guides/names';
import { cacheNumbersOf, cacheWidthOf, weightBytesOf } from './exportMemory';
import { ggufFileName } from './exportName';
import { repositoryOf, type ExportOrigin } from './exportSource';

/** @param chat whether the exported model answers conversations */
export const guidesOf = (origin: ExportOrigin, kind: ExportKind, file: string, chat: boolean): GuidesOfFile => ({
  name: origin.name,
  // programs that write text do not know heads of classes; the card says how transformers loads one
  guides: origin.weights.model.classes ? [] : guidesFor(factsOf(origin, kind, markedName(file), chat)),
});

function factsOf(origin: ExportOrigin, kind: ExportKind, file: string, chat: boolean): GuideFacts {
  const { weights, root, name } = origin;
  const facts = {
    ...{ kind, file, title: name, name: serverName(name), chat, context: weights.model.contextLength },
    parameters: parameterCount(weights.model),
    weightBytes: weightBytesOf(origin, kind),
    cacheNumbers: cacheNumbersOf(origin),
    cacheWidth: cacheWidthOf(origin, kind),
  };
  if (kind === 'ollama') return { ...facts, gguf: ggufFileName(origin, 'Q8_0') };
  if (isWholeGguf(kind)) return { ...facts, gguf: file };
  if (!weights.adapter || !isAdapterAlone(kind)) return facts;
  const repository = repositoryOf(origin);
  const of = repository === undefined ? ({ base: root?.name, baseIsHere: true } as const) : { base: repository };
  return { ...facts, ...of, rank: weights.adapter.lora.rank, ...(kind === 'gguf-lora' && { gguf: file }) };
}
