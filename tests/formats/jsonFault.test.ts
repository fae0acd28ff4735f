import { expect, test } from 'vitest';
import { jsonFault } from '../../src/formats/jsonFault';

/** What V8 says of the place, counted from 0. */
function placeByV8(text: string): number | undefined {
  try {
    JSON.parse(text);
  } catch (error) {
    const place = / at position (\d+)/.exec((error as Error).message);
    return place ? Number(place[1]) : undefined;
  }
  throw new Error(`${text} is JSON`);
}

test.each([
  ...['{"a": 1,}', '{"a" 1}', '{"a": 01}', '["x" "y"]', '{"a": "b\nc"}', '["\\q"]', '{a: 1}', '[1] 2', '["\\x4"]'],
  ...['[1,]', '[tru]', '[-]', '[1.]', '{"a":1}}', '[nul]', "['a']", ' { "é😀": 1 ,, }', '{"a":[{"b":"\\"}"},]}'],
])('%j stops where V8 stops', (text) => {
  const fault = jsonFault(text, { python: false });
  expect(fault).toMatchObject({ detail: 'json-at' });
  const place = placeByV8(text);
  if (place !== undefined && 'at' in fault) expect(Math.abs(fault.at - 1 - place)).toBeLessThanOrEqual(place ? 3 : 0);
});

test.each<[string, object]>([
  ['{"a": 1,}', { detail: 'json-at', at: 9, found: '}' }],
  ['{"a": "b\nc"}', { detail: 'json-at', at: 9, found: 'U+000A' }],
  ['\uFEFF{}', { detail: 'json-at', at: 1, found: 'U+FEFF' }],
  ['{"a":\u00A01}', { detail: 'json-at', at: 6, found: 'U+00A0' }],
  ['["😀" 😀]', { detail: 'json-at', at: 7, found: '😀' }],
  ['{"a": [1, 2', { detail: 'cut-off' }],
  ['"no end', { detail: 'cut-off' }],
  ['', { detail: 'cut-off' }],
  ['{"a": NaN, "b": -Infinity, "c": }', { detail: 'json-at', at: 33, found: '}' }],
])('%j: %j', (text, fault) => expect(jsonFault(text, { python: true })).toEqual(fault));

test('NaN is refused where the file may have none', () => {
  expect(jsonFault('{"a": NaN}', { python: false })).toEqual({ detail: 'json-at', at: 7, found: 'N' });
});
