import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { tensorBoardFile, type ScalarEvent } from '../../../src/formats/history/tensorBoard';
import { crc32c } from '../../../src/formats/history/tfRecord';

const golden = (name: string): Buffer => readFileSync(new URL(`../../fixtures/goldens/${name}`, import.meta.url));

test('an event file has the bytes that TensorBoard writes of the same scalars', () => {
  const history = JSON.parse(golden('history.json').toString()) as { startedAt: number; events: ScalarEvent[] };
  const written = Buffer.concat([...tensorBoardFile(history.startedAt, history.events)]);
  expect(written.equals(golden('history.tfevents'))).toBe(true);
});

test.each([
  ['nothing', '', 0],
  // https://www.rfc-editor.org/rfc/rfc3720#appendix-B.4
  ['32 zeros', '00'.repeat(32), 0x8a9136aa],
  ['32 ones', 'ff'.repeat(32), 0x62a8ab43],
])('the CRC-32C of %s', (_what, hex, expected) => {
  expect(crc32c(Uint8Array.from(Buffer.from(hex, 'hex')))).toBe(expected);
});
