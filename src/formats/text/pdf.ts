// PDF as a text format: the text of its pages in turn, paragraphs by the gaps between lines. A picture of text has
// none.
import type * as pdfModule from 'pdfjs-dist/legacy/build/pdf.mjs';
import { AtelierError } from '../../base/errors/errors';
import type { AsyncBuffer } from '../../base/numbers/asyncBuffer';
import { TEXT_ENDINGS } from '../../base/records/textFormats';
import type { TextReader, TextRow, TextSource } from './format';
import { brokenDetail } from './office';
import { paragraphs } from './plainText';

type Pdf = typeof pdfModule;
type Page = Awaited<ReturnType<Awaited<ReturnType<Pdf['getDocument']>['promise']>['getPage']>>;

/** Bytes of a PDF: pdf.js asks for the parts that it needs, and has a place for all of them. */
export const LARGEST_PDF = 256 * 1024 * 1024;

/** A gap of so many heights of the line parts paragraphs. */
const PARAGRAPH_GAP = 1.7;

async function* pdfRows(source: TextSource): AsyncGenerator<TextRow> {
  const file = source.name;
  if (source.byteLength > LARGEST_PDF)
    throw new AtelierError('document-large', { file, size: source.byteLength, limit: LARGEST_PDF });
  const pdf = await pdfInThisThread();
  const { transport, failed } = partsOf(await source.buffer(), pdf);
  const task = pdf.getDocument({
    ...{ range: transport, rangeChunkSize: PART_BYTES, disableStream: true, disableAutoFetch: true },
    ...{ isEvalSupported: false, disableFontFace: true, useSystemFonts: false, useWorkerFetch: false },
    ...{ isOffscreenCanvasSupported: false, isImageDecoderSupported: false, useWasm: false, verbosity: 0 },
  });
  try {
    const document = await reading(file, () => Promise.race([task.promise, failed]));
    let any = false;
    for (let number = 1; number <= document.numPages; number++) {
      const text = await reading(file, () => Promise.race([document.getPage(number).then(textOf), failed]));
      any ||= text.trim() !== '';
      for await (const row of paragraphs([text])) yield { row, facts: { page: number } };
    }
    if (!any) throw new AtelierError('pdf-without-text', { file, pages: document.numPages });
  } finally {
    await task.destroy();
  }
}

/** With its worker's module in this thread, so that no script is fetched: this is a worker already. */
async function pdfInThisThread(): Promise<Pdf> {
  await import('pdfjs-dist/legacy/build/pdf.worker.mjs');
  return import('pdfjs-dist/legacy/build/pdf.mjs');
}

/** Bytes of a part that is asked for. */
const PART_BYTES = 256 * 1024;

/** The parts of a file as pdf.js asks for them; it would wait for ever for one that cannot be read. */
function partsOf(buffer: AsyncBuffer, { PDFDataRangeTransport }: Pdf) {
  let fail: (thrown: unknown) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => (fail = reject));
  failed.catch(() => undefined); // where nobody waits for it any more
  const transport = new PDFDataRangeTransport(buffer.byteLength, null);
  transport.requestDataRange = (begin, end) =>
    void buffer.slice(begin, end).then((part) => transport.onDataRange(begin, new Uint8Array(part)), fail);
  return { transport, failed };
}

/** @throws pdf-locked, document-broken */
async function reading<T>(file: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (thrown) {
    if (thrown instanceof AtelierError) throw thrown;
    if (thrown instanceof Error && thrown.name === 'PasswordException') throw new AtelierError('pdf-locked', { file });
    const detail = brokenDetail(thrown);
    throw new AtelierError('document-broken', { file, detail }, { cause: thrown });
  }
}

interface Line {
  text: string;
  /** The place of its baseline from the foot of the page, and its height. */
  y: number;
  height: number;
}

async function textOf(page: Page): Promise<string> {
  const lines: Line[] = [];
  let line: Line | undefined;
  const { items } = await page.getTextContent();
  for (const item of items) {
    if (!('str' in item)) continue;
    const y = Number(item.transform[5]);
    line ??= { text: '', y, height: item.height };
    line.text += item.str;
    line.height = Math.max(line.height, item.height);
    if (!item.hasEOL) continue;
    lines.push(line);
    line = undefined;
  }
  if (line) lines.push(line);
  page.cleanup();
  return joinedLines(lines.filter(({ text }) => text.trim() !== ''));
}

/** Lines of a paragraph are one text again: a hyphen at a line's end goes, Chinese needs no blank between. */
function joinedLines(lines: readonly Line[]): string {
  let text = '';
  for (const [i, line] of lines.entries()) {
    const before = lines[i - 1];
    const next = line.text.trim();
    if (!before) text = next;
    else if (Math.abs(before.y - line.y) > PARAGRAPH_GAP * Math.max(before.height, line.height)) text += `\n\n${next}`;
    else if (/\p{L}-$/u.test(text) && /^\p{Ll}/u.test(next)) text = text.slice(0, -1) + next;
    else text += /\p{Script=Han}|[\u3000-\u30FF]$/u.test(text.slice(-1)) ? next : ` ${next}`;
  }
  return text;
}

export const pdfFormat: TextReader = {
  name: 'pdf',
  endings: TEXT_ENDINGS.pdf,
  prose: true,
  begins: ({ bytes, text }) => {
    const at = new TextDecoder('latin1').decode(bytes.subarray(0, 1024)).search(/%PDF-\d/);
    return at === 0 || (at > 0 && text === ''); // a text may speak of it
  },
  read: pdfRows,
};
