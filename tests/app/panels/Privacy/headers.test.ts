import { describe, expect, test } from 'vitest';
import { HEADERS } from '../../../../src/build/headers';
import { connectsHomeOnly } from '../../../../src/app/panels/Privacy/headers';

const rows = (value?: string) => [{ name: 'Content-Security-Policy', what: () => '', value }];

describe('what the Privacy screen says about the policy that came with the page', () => {
  test('our own table keeps the page at home', () => {
    expect(connectsHomeOnly(rows(HEADERS['Content-Security-Policy']))).toBe(true);
  });

  test.each([
    [undefined, false],
    ['', false],
    ["script-src 'self'", false],
    ["connect-src 'self' https://example.org", false],
    ['connect-src *', false],
    ['connect-src', false],
    ["default-src 'none'", true],
    ["default-src *; connect-src 'self'", true],
    ["default-src 'none'; connect-src https:", false],
  ])('%s', (policy, home) => expect(connectsHomeOnly(rows(policy))).toBe(home));
});
