// Plain text as a text format: its rows are paragraphs.
import { TEXT_ENDINGS } from '../../base/records/textFormats';
import { charactersOf, type TextReader } from './format';
import { paragraphs } from './plainText';

export const txtFormat: TextReader = {
  name: 'txt',
  endings: TEXT_ENDINGS.txt,
  prose: true,
  read: (source, found) => paragraphs(charactersOf(source, found)),
};
