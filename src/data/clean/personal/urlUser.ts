/** The user's name, and password, in an address of the web, of a database or of a repository. */
import type { PersonalFound } from './finder';

const USER = /:\/\/([^\s/?#@'"<>\\]{1,256})@[A-Za-z0-9[]/y;

/** @param at of the colon of `://` */
export function urlUserAt(text: string, at: number): PersonalFound | undefined {
  USER.lastIndex = at;
  const user = USER.exec(text)?.[1];
  if (user === undefined || !/[A-Za-z]/.test(text[at - 1] ?? '')) return undefined;
  const start = at + 3;
  return { kind: 'url-user', form: 'url-user', start, end: start + user.length, score: 90, evidence: 'pattern' };
}
