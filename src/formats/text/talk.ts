// Chats that were exported as a text format: its rows are conversations with roles. The programs: formats/talks.
import { AtelierError } from '../../base/errors/errors';
import { TEXT_ENDINGS } from '../../base/records/textFormats';
import { talkRows } from '../talks/conversations';
import { talkReaderOf } from '../talks/talks';
import { charactersOf, type TextFound, type TextReader, type TextRow, type TextSource } from './format';
import { wellFormed } from './unicode';

/** UTF-16 units of an export, which stands in memory whole. */
const LONGEST_EXPORT = 256 * 1024 * 1024;

/**
 * @throws json-large, talk-unknown, json-syntax, json-deep, rows-mixed
 */
async function* rowsOfTalk(source: TextSource, found: TextFound): AsyncGenerator<TextRow> {
  let text = '';
  for await (const chunk of charactersOf(source, found)) {
    text += chunk;
    if (text.length > LONGEST_EXPORT)
      throw new AtelierError('json-large', { file: source.name, size: text.length, limit: LONGEST_EXPORT });
  }
  const reader = talkReaderOf(text);
  if (!reader) throw new AtelierError('talk-unknown', { file: source.name });
  const read = await reader.read(text, source.name);
  const { rows, facts } = talkRows(read, reader.app, found.choices?.talk);
  found.talk = facts;
  const first = found.notes ? (found.notes.content ??= 'chat') : 'chat';
  if (first !== 'chat') throw new AtelierError('rows-mixed', { file: source.name, line: 1, found: 'chat', first });
  for (const { messages, facts: beside } of rows) {
    const row = JSON.stringify({ messages }, (_key, member: unknown) =>
      typeof member === 'string' ? wellFormed(member) : member,
    );
    yield { row, facts: beside };
  }
}

export const talkFormat: TextReader = {
  name: 'talk',
  endings: TEXT_ENDINGS.talk,
  begins: ({ text }) => talkReaderOf(text) !== undefined,
  read: rowsOfTalk,
};
