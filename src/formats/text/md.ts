// Markdown as a text format: its rows are paragraphs, with the markup as it stands.
import { TEXT_ENDINGS } from '../../base/records/textFormats';
import { charactersOf, type TextReader } from './format';
import { paragraphs } from './plainText';

export const mdFormat: TextReader = {
  name: 'md',
  endings: TEXT_ENDINGS.md,
  prose: true,
  read: (source, found) => paragraphs(charactersOf(source, found)),
};
