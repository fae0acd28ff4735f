/** Rows with reasoning that the template has no name for: it stands in front of the answer, between `<think>` tags. */
import { lookPerRow, type Check } from './check';

export const thinkingInText: Check = {
  code: 'thinking-in-text',
  level: 'warn',
  cures: ['thoughts-read', 'thoughts-drop'],
  look: () => lookPerRow(({ unnamed }) => unnamed?.includes('thinking') === true),
};
