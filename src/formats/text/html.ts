// HTML as a text format: the paragraphs of its readable text.
import { TEXT_ENDINGS } from '../../base/records/textFormats';
import { TEXT_ENCODINGS } from '../../base/records/encodings';
import { charactersOf, type FileHead, type TextFound, type TextReader, type TextSource } from './format';
import { HtmlText } from './htmlText';
import { paragraphs } from './plainText';

/** A page says so, or begins with an element that pages have; a text that has a tag somewhere does not. */
const begins = ({ text }: FileHead): boolean =>
  /^[\s\uFEFF]*(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->)[\s\S])*-->\s*)*<(?:!doctype\s+html|(?:html|head|body|title|meta)[\s>])/i.test(
    text,
  );

/** Pages in an older encoding say which in their head, in ASCII. */
async function withSaidEncoding(source: TextSource, found: TextFound): Promise<TextFound> {
  const start = new Uint8Array(await (await source.buffer()).slice(0, 2048));
  const said = /<meta[^>]+charset\s*=\s*["']?([\w-]+)/i.exec(new TextDecoder('latin1').decode(start))?.[1];
  const encoding = said === undefined ? undefined : TEXT_ENCODINGS.find((label) => label === canonical(said));
  if (encoding === undefined || encoding.startsWith('utf') || found.choices?.encoding !== undefined) return found;
  return Object.assign(found, { choices: { ...found.choices, encoding } });
}

/** The label of the standard for one of its many names; undefined for none. */
function canonical(label: string): string | undefined {
  try {
    return new TextDecoder(label).encoding.replace(/^gbk$/, 'gb18030');
  } catch {
    return undefined;
  }
}

/** Paragraphs of HTML that comes in parts. */
export async function* htmlParagraphs(
  chunks: AsyncIterable<string> | Iterable<string>,
  xml = false,
): AsyncGenerator<string> {
  yield* paragraphs(textOf(chunks, xml));
}

async function* textOf(chunks: AsyncIterable<string> | Iterable<string>, xml: boolean): AsyncGenerator<string> {
  const text = new HtmlText(xml);
  for await (const chunk of chunks) yield text.push(chunk);
  yield text.end();
}

async function* htmlRows(source: TextSource, found: TextFound): AsyncGenerator<string> {
  yield* htmlParagraphs(charactersOf(source, await withSaidEncoding(source, found)));
}

export const htmlFormat: TextReader = {
  name: 'html',
  endings: TEXT_ENDINGS.html,
  prose: true,
  begins,
  read: htmlRows,
};
