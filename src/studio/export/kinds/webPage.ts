// The model as a web page: a folder for any host of static files, with a page, llama.cpp for browsers, and the model in
// 8 bits, cut into parts. The page itself is built from src/pages/webPage.
import { AtelierError } from '../../../base/errors/errors';
import { parameterCount } from '../../../base/modelShape';
import { fromBlob } from '../../../base/numbers/asyncBuffer';
import { MODEL_FILE, type ModelPart, type WebPageModel } from '../../../base/wire/webPage';
import { ggmlBytes } from '../../../formats/gguf/ggml';
import { cardSentences } from '../../../formats/huggingFace/cardSentences';
import { listZip, type ZipItem } from '../../../formats/zip';
import { DEFAULT_SAMPLING } from '../../../base/chat';
import type { ExportCase, ExportContext, StreamedFile } from '../exportCase';
import { cardFacts, exportCard } from '../exportCard';
import { samplingOf, textItem } from '../exportFiles';
import { ggufFileName, zipFileName } from '../exportName';
import type { ExportOrigin, ExportSource } from '../exportSource';
import { ggufFile } from './gguf';

/**
 * Under what hosts of static files take: 25 MiB at Cloudflare Pages and in GitHub's upload form, 100 MiB by git there.
 * https://developers.cloudflare.com/pages/platform/limits/
 * https://docs.github.com/repositories/working-with-files/managing-large-files/about-large-files-on-github
 */
const PART_BYTES = 24 * 1024 * 1024;

/** WebAssembly of 32 bits opens a file up to here. */
const MOST_BYTES = 2 ** 31;

const TYPE = 'Q8_0';
const MEGABYTE = 1e6;

const webPageFile = (origin: ExportOrigin): string => zipFileName(origin, 'web-page');

export const webPage: ExportCase = {
  lacks: tooLarge,
  fileName: webPageFile,
  content: (source, context) => ({ zip: pageItems(source, context) }),
};

function tooLarge({ weights }: ExportOrigin): AtelierError | undefined {
  const bytes = ggmlBytes(TYPE, [parameterCount(weights.model)]);
  if (bytes < MOST_BYTES) return undefined;
  return new AtelierError('web-page-large', {
    size: Math.ceil(bytes / MEGABYTE),
    most: Math.floor(MOST_BYTES / MEGABYTE),
  });
}

async function* pageItems(source: ExportSource, context: ExportContext): AsyncGenerator<ZipItem> {
  const { exportedAt, onProgress, page } = context;
  if (!page) throw new AtelierError('web-page-missing', { file: 'webpage.zip', status: 0 });
  yield textItem('README.md', exportCard(source, 'page', exportedAt));
  for (const file of await listZip(fromBlob(await page()), 'webpage.zip'))
    yield { path: file.path, byteLength: file.byteLength, bytes: file.stream() };
  const version = String(exportedAt.getTime());
  // beside the parts of another version: who copies this folder over an older one breaks no visit that is under way
  const path = `model/${version}/${ggufFileName(source, TYPE)}`;
  const parts = filePartsOf(path, ggufFile(source, TYPE, onProgress));
  yield textItem(MODEL_FILE, `${JSON.stringify(modelOf(source, exportedAt, version, parts), null, 1)}\n`);
  yield* parts;
}

function modelOf(source: ExportSource, exportedAt: Date, version: string, parts: readonly ZipItem[]): WebPageModel {
  const facts = cardFacts(source, 'page', exportedAt);
  const { temperature, topK, topP, minP, repetitionPenalty, maxTokens } = {
    ...DEFAULT_SAMPLING,
    ...samplingOf(source),
  };
  return {
    name: source.name,
    file: webPageFile(source).replace(/\.zip$/, ''),
    version,
    parts: parts.map(({ path, byteLength }): ModelPart => ({ path, bytes: byteLength })),
    context: source.weights.model.contextLength,
    chat: source.chatTemplate !== undefined,
    sampling: { temperature, topK, topP, minP, repetitionPenalty, maxTokens },
    card: { en: cardSentences(facts, 'en'), zh: cardSentences(facts, 'zh') },
  };
}

/** A file in parts of one size, the last one smaller. They are read in their order, each once. */
export function filePartsOf(path: string, { byteLength, bytes }: StreamedFile, size = PART_BYTES): ZipItem[] {
  const chunks = bytes[Symbol.asyncIterator]();
  let left: Uint8Array = new Uint8Array();
  async function* next(wanted: number): AsyncGenerator<Uint8Array> {
    for (let missing = wanted; missing > 0;) {
      if (left.length === 0) {
        const read = await chunks.next();
        if (read.done) return;
        left = read.value;
      }
      const taken = left.subarray(0, missing);
      left = left.subarray(taken.length);
      missing -= taken.length;
      if (taken.length > 0) yield taken;
    }
  }
  const count = Math.ceil(byteLength / size);
  return Array.from({ length: count }, (_, i) => {
    const wanted = Math.min(size, byteLength - i * size);
    const place = `${i + 1}`.padStart(5, '0');
    return {
      path: `${path}.${place}-of-${`${count}`.padStart(5, '0')}`,
      byteLength: wanted,
      bytes: next(wanted),
    };
  });
}
