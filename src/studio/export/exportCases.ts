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

/** Why these weights cannot be written so. */
export function lackOf(kind: ExportKind, origin: ExportOrigin): AtelierError | undefined {
  const { name, weights } = origin;
  if (weights.model.classes && !CLASSIFIER_KINDS.includes(kind)) return new AtelierError('export-classifier', { name });
  return EXPORT_CASES[kind].lacks?.(origin);
}

/** The guide comes first: who looks into the zip sees it. */
export async function* withGuide(
  items: Iterable<ZipItem> | AsyncIterable<ZipItem>,
  guide: string | undefined,
): AsyncGenerator<ZipItem> {
  if (guide !== undefined) yield textItem('GUIDE.md', guide);
  yield* items;
}
