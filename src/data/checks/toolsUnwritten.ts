/** Rows with tools, or calls of them, that the template leaves out. */
import { lookPerRow, type Check } from './check';

export const toolsUnwritten: Check = {
  code: 'tools-unwritten',
  level: 'warn',
  cures: ['leave-out-rows'],
  look: () => lookPerRow(({ unnamed }) => unnamed?.includes('tools') === true),
};
