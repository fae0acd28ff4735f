// Word documents as a text format: mammoth makes HTML of them, whose paragraphs are the rows.
import type mammothModule from 'mammoth';
import { AtelierError } from '../../base/errors/errors';
import { TEXT_ENDINGS } from '../../base/records/textFormats';
import type { TextReader, TextSource } from './format';
import { htmlParagraphs } from './html';
import { brokenDetail, checkedDocument } from './office';

type Mammoth = typeof mammothModule;

async function* docxRows(source: TextSource): AsyncGenerator<string> {
  const arrayBuffer = await checkedDocument(source);
  const { default: mammoth } = await import('mammoth');
  yield* htmlParagraphs([await htmlOf(mammoth, arrayBuffer, source.name)]);
}

/** @throws document-broken for what mammoth throws */
async function htmlOf(mammoth: Mammoth, arrayBuffer: ArrayBuffer, file: string): Promise<string> {
  const convertImage = mammoth.images.imgElement(() => Promise.resolve({ src: '' }));
  // Node.js has another reader of zips, which wants the same bytes under another name
  const input = { arrayBuffer, buffer: arrayBuffer };
  try {
    return (await mammoth.convertToHtml(input, { convertImage, externalFileAccess: false })).value;
  } catch (thrown) {
    const detail = brokenDetail(thrown);
    throw new AtelierError('document-broken', { file, detail }, { cause: thrown });
  }
}

export const docxFormat: TextReader = { name: 'docx', endings: TEXT_ENDINGS.docx, prose: true, read: docxRows };
