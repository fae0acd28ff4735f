import { expect, test } from 'vitest';
import { writeCsv } from '../../../src/formats/history/csv';

test('cells that hold a separator are quoted; what was not measured is empty; numbers keep their bits', () => {
  const rows = [
    [1, 0.1 + 0.2, undefined],
    [2, NaN, 'a "quoted", second\nline'],
  ];
  expect(writeCsv(['step', 'train/loss', 'note'], rows)).toBe(
    'step,train/loss,note\r\n1,0.30000000000000004,\r\n2,NaN,"a ""quoted"", second\nline"\r\n',
  );
});
