import { expect, test } from 'vitest';
import { tokenGroups } from '../../../src/app/parts/tokenGroups';
import type { TokenView } from '../../../src/base/wire/requests';

const whole = (text: string): TokenView => ({
  id: 1,
  text,
  partial: false,
  bytes: new TextEncoder().encode(text).length,
});
const part = (hex: string): TokenView => ({ id: 2, text: hex, partial: true, bytes: hex.split(' ').length });
const shapes = (...tokens: TokenView[]): [number, number, string | undefined][] =>
  tokenGroups(tokens).map((g) => [g.first, g.tokens.length, g.characters]);

test('the bytes of a character stand together, with the character they make', () => {
  expect(shapes(whole('a'), part('E7'), part('AA 97'), part('E8'), part('BE'), part('B9'), whole('b'))).toEqual([
    [0, 1, undefined],
    [1, 2, '窗'],
    [3, 3, '边'],
    [6, 1, undefined],
  ]);
});

test('a part that ends one character and begins the next keeps both in one group', () => {
  expect(shapes(part('E7 AA'), part('97 E8'), part('BE B9'))).toEqual([[0, 3, '窗边']]);
});

test('parts that make no character stand alone, and hide none that follows', () => {
  expect(shapes(part('97'), part('E7'), part('AA 97'), whole('.'))).toEqual([
    [0, 1, undefined],
    [1, 2, '窗'],
    [3, 1, undefined],
  ]);
  expect(shapes(part('E7'), part('AA'), whole('.'))).toEqual([
    [0, 1, undefined],
    [1, 1, undefined],
    [2, 1, undefined],
  ]);
});
