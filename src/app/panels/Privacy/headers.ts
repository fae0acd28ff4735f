// Asks for the page's own headers and tells whether the page may reach another host.
import { m } from '../../words/generated/messages.js';

export interface HeaderRow {
  name: string;
  /** What it does, in plain words. */
  what: () => string;
  /** As the server sent it just now; absent when it did not. */
  value?: string;
}

const WATCHED: [name: string, what: () => string][] = [
  ['Content-Security-Policy', m.privacy_csp],
  ['Connection-Allowlist', m.privacy_allowlist],
  ['Cross-Origin-Opener-Policy', m.privacy_coop],
  ['Cross-Origin-Embedder-Policy', m.privacy_coep],
  ['Permissions-Policy', m.privacy_permissions],
  ['Referrer-Policy', m.privacy_referrer],
];

/** Asks this page's own address again, past every cache, and reads what the answer carries. */
export async function liveHeaders(): Promise<HeaderRow[]> {
  const response = await fetch(location.pathname, { cache: 'no-store' });
  return WATCHED.map(([name, what]) => {
    const value = response.headers.get(name);
    return value === null ? { name, what } : { name, what, value };
  });
}

/** The policy of the frame that fetches models; undefined where the server sends none. */
export async function framePolicy(): Promise<string | undefined> {
  const response = await fetch(new URL('models.html', location.href), { cache: 'no-store' });
  return response.headers.get('Content-Security-Policy') ?? undefined;
}

/** The rule that matters most: the page may connect to its own origin and nowhere else. */
export function connectsHomeOnly(rows: readonly HeaderRow[]): boolean {
  const policy = rows.find((row) => row.name === 'Content-Security-Policy')?.value ?? '';
  const rules = policy.split(';').map((rule) => rule.trim().split(/\s+/));
  const connect = rules.find(([name]) => name === 'connect-src') ?? rules.find(([name]) => name === 'default-src');
  return connect !== undefined && connect.length > 1 && connect.slice(1).every((s) => s === "'self'" || s === "'none'");
}
