import { expect, test } from 'vitest';
import { PERSONAL_KINDS, type PersonalKind } from '../../../../src/data/clean/personal/finder';
import { NameFinder } from '../../../../src/data/clean/personal/names';
import { scanPersonal } from '../../../../src/data/clean/personal/scan';
import { findSecrets } from '../../../../src/data/clean/secret/findSecrets';
import { SECRET_KINDS, type SecretKind } from '../../../../src/data/clean/secret/rules';

const ALL = new Set<PersonalKind>(PERSONAL_KINDS);
const kindsIn = (text: string): string[] =>
  scanPersonal(text, ALL, 50).map(({ kind, start, end }) => `${kind}: ${text.slice(start, end)}`);

test.each([
  ['a@b.example,c@d.example', ['email: a@b.example', 'email: c@d.example']],
  ['name (at) firm [dot] example', ['email: name (at) firm [dot] example']],
  ['13812345678@163.com', ['email: 13812345678@163.com']],
  ['https://me:pw@host.example/x', ['url-user: me:pw']],
  ['from fe80::1 or ::1 to 2a00:1450::5:6.', ['ip: fe80::1', 'ip: ::1', 'ip: 2a00:1450::5:6']],
  ['10.0.0.1:8080', ['ip: 10.0.0.1']],
  ['call 555-123-4567 12 times', ['phone: 555-123-4567']],
  ['4111-1111-1111-1111', ['card: 4111-1111-1111-1111']],
  ['4111-1111-1111-1112', []],
  ['born 3 May 1985, hired 3 May 2005', ['birth-date: 3 May 1985']],
  ['朝阳区建国路88号3栋1201室', ['address: 朝阳区建国路88号3栋1201室']],
  ['12 Oak Street, Springfield, IL 62704', ['address: 12 Oak Street, Springfield, IL 62704']],
  ['Hauptstraße 5, 10115 Berlin', ['address: Hauptstraße 5, 10115 Berlin']],
  ['std::vector<int> a::b 12:30:45 v1.2.3.4 3.14159265358979', []],
])('%s', (text, found) => {
  expect(kindsIn(text)).toEqual(found);
});

test('a score says how sure a find is: a word beside it raises it, another lowers it', () => {
  const score = (text: string): number | undefined =>
    scanPersonal(text, ALL, 0).find(({ kind }) => kind === 'id')?.score;
  expect([score('SSN 123-45-6788'), score('123-45-6788'), score('order 123-45-6788')]).toEqual([95, 80, 50]);
});

/** Pieces that begin much and end nothing. */
const HOSTILE = [
  '1',
  '1 ',
  '12-',
  '(1',
  '1.',
  '1:',
  'a@',
  'a.',
  '::',
  '0123 ',
  'Main 1 ',
  '路12号',
  '12 Main ',
  '://a:',
  'eyJ-',
  'eyJ.',
  'password=',
  'AKIA',
  'a (at) ',
  '555-123-4567 ',
  '-----BEGIN PRIVATE KEY-----',
  'John ',
];

type Exec = (this: RegExp, of: string) => RegExpExecArray | null;

/** How much text the patterns are asked to read, over the length of the text. */
function readOver(text: string): number {
  const exec = Object.getOwnPropertyDescriptor(RegExp.prototype, 'exec')!.value as Exec;
  let read = 0;
  RegExp.prototype.exec = function (this: RegExp, of: string): RegExpExecArray | null {
    const from = this.sticky || this.global ? this.lastIndex : 0;
    const hit = exec.call(this, of);
    if (!this.sticky && !this.global) read += of.length - from;
    else read += hit ? hit[0].length : 1;
    return hit;
  };
  try {
    scanPersonal(text, ALL, 50);
    findSecrets(text, new Set<SecretKind>(SECRET_KINDS));
  } finally {
    RegExp.prototype.exec = exec;
  }
  return read / text.length;
}

test.each(HOSTILE)('work on a line of %j grows with the line, not with its square', (piece) => {
  const long = readOver(piece.repeat(8000));
  expect(long).toBeLessThan(1.5 * readOver(piece.repeat(1000)) + 10);
});

test('a line of a million units is read to its end', () => {
  const line = `${'a.b-1 '.repeat(166_000)}me@x.example`;
  expect(kindsIn(line)).toEqual(['email: me@x.example']);
  const names = new NameFinder();
  names.add(['a b c d']);
  expect(names.find('a b c '.repeat(30_000) + 'a b c d')).toMatchObject([{ end: 180_007 }]);
});
