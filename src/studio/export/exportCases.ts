// The kinds of exports by name, and the guide that goes into a zip of any kind.
import type { ExportKind } from '../../base/wire/exportKinds';
import type { ZipItem } from '../../formats/zip';
import { AtelierError } from '../../base/errors/errors';
import type { ExportCase } from './exportCase';
import { textItem } from './exportFiles';
import type { ExportOrigin } from './exportSource';
import { ggufF16, ggufQ4, ggufQ4KM, ggufQ8 } from './kinds/gguf';
import { ggufLora } from './kinds/ggufLora';
import { runJob } from './kinds/job';
import { ollama } from './kinds/ollama';
import { peft } from './kinds/peft';
import { webPage } from './kinds/webPage';
import { wholeModel } from './kinds/wholeModel';

export const EXPORT_CASES: Readonly<Record<ExportKind, ExportCase>> = {
  safetensors: wholeModel,
  peft,
  'gguf-f16': ggufF16,
  'gguf-q8': ggufQ8,
  'gguf-q4-k-m': ggufQ4KM,
  'gguf-q4': ggufQ4,
  'gguf-lora': ggufLora,
  ollama,
  'web-page': webPage,
  job: runJob,
};

/** The forms that know heads of classes. */
const CLASSIFIER_KINDS: readonly ExportKind[] = ['safetensors', 'peft'];

/** The forms of an adapter by itself that have no place for rows of new tokens: llama.cpp's and mlx-lm's. */
const WITHOUT_TOKENS: readonly ExportKind[] = ['gguf-lora', 'job'];

/** Why these weights cannot be written so. */
export function lackOf(kind: ExportKind, origin: ExportOrigin): AtelierError | undefined {
  const { name, weights } = origin;
  if (weights.model.classes && !CLASSIFIER_KINDS.includes(kind)) return new AtelierError('export-classifier', { name });
  const { tokens } = weights.adapter?.lora ?? {};
  if (tokens && WITHOUT_TOKENS.includes(kind))
    return new AtelierError('export-new-tokens', { name, tokens: tokens.texts.join(' ') });
  return EXPORT_CASES[kind].lacks?.(origin);
}

/** What a card ends with where a guide lies beside it, in the guide's two languages. */
const TO_GUIDE = textItem(
  '',
  `
## Run it

[GUIDE.md](GUIDE.md) has the commands for other programs, in English and Chinese.

运行此模型的命令见 [GUIDE.md](GUIDE.md)，有英文和中文。
`,
);

async function* oneAfterTheOther(...items: ZipItem[]): AsyncGenerator<Uint8Array> {
  for (const { bytes } of items) yield* bytes;
}

const namingGuide = (card: ZipItem): ZipItem => ({
  path: card.path,
  byteLength: card.byteLength + TO_GUIDE.byteLength,
  bytes: oneAfterTheOther(card, TO_GUIDE),
});

/** The guide comes first: who looks into the zip sees it; who reads the card is told of it. */
export async function* withGuide(
  items: Iterable<ZipItem> | AsyncIterable<ZipItem>,
  guide: string | undefined,
): AsyncGenerator<ZipItem> {
  if (guide === undefined) {
    yield* items;
    return;
  }
  yield textItem('GUIDE.md', guide);
  for await (const item of items) yield item.path === 'README.md' ? namingGuide(item) : item;
}
