// The security headers of every file, as one table that the servers and the Privacy screen read.
import { HUBS } from '../base/wire/hub.ts';

/**
 * THE header table. Every response carries it: documents, worker scripts (a page's policy does not cover a worker that
 * is loaded from the network), styles, pictures and errors alike. `npm start`, `npm run dev` and the tests serve with
 * it; a public host must send the same.
 */

/** Content-Security-Policy, one directive a line. Nothing is allowed but what is named here. */
const POLICY: Record<string, string> = {
  'default-src': "'none'",
  // No inline script and no eval. WebAssembly alone may be compiled: the kernels of the CPU path, a file of this
  // origin.
  'script-src': "'self' 'wasm-unsafe-eval'",
  'worker-src': "'self'",
  'connect-src': "'self'",
  // data: and blob: never leave the page; another origin would be a way out for what the page knows.
  'img-src': "'self' data: blob:",
  'style-src': "'self'",
  'font-src': "'self'",
  'manifest-src': "'self'",
  // models.html alone, in an opaque origin (the sandbox of its own policy, below).
  'frame-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
  'require-trusted-types-for': "'script'",
  // Svelte's templates, and our own policy that passes worker scripts of this origin only
  // (src/base/wire/ownScript.ts).
  'trusted-types': 'svelte-trusted-html app-worker',
};

/** Abilities of the browser that the studio never needs, denied to itself and to whatever might be slipped into it. */
const DENIED = [
  'accelerometer',
  'browsing-topics',
  'camera',
  'display-capture',
  'geolocation',
  'gyroscope',
  'hid',
  'local-fonts',
  'magnetometer',
  'microphone',
  'midi',
  'payment',
  'serial',
  'usb',
  'window-management',
  'xr-spatial-tracking',
];

const policyText = (policy: Record<string, string>): string =>
  Object.entries(policy)
    .map(([name, value]) => `${name} ${value}`)
    .join('; ');

export const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': policyText(POLICY),
  // What a policy cannot stop (navigation, WebRTC, DNS and connection hints) stops here, where the browser knows it:
  // Chromium 148+.
  'Connection-Allowlist': '(response-origin)',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': DENIED.map((name) => `${name}=()`).join(', '),
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-DNS-Prefetch-Control': 'off',
};

/** Hosts that models.html may ask for published files: the hubs, and those that hold their large files. */
const HUB_HOSTS = [...HUBS, 'https://*.huggingface.co', 'https://*.hf.co'];

/**
 * The policy of verify.html, where llama.cpp runs as WebAssembly. The package makes its worker from text: a script from
 * a blob, and no Trusted Types, so it is a page of its own, in an opaque origin as models.html is, and reaches no host
 * but this one.
 */
const VERIFY_POLICY: Record<string, string> = {
  'default-src': "'none'",
  'script-src': "'self' 'wasm-unsafe-eval'",
  'worker-src': 'blob:',
  // the WebAssembly itself
  'connect-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'self'",
  sandbox: 'allow-scripts',
};

/**
 * The policy of a model that was saved as a web page, which is no page of the studio: the studio's own, but for the
 * worker that llama.cpp's package makes from text, and without frames.
 */
const SAVED_PAGE_POLICY: Record<string, string> = Object.fromEntries(
  Object.entries({ ...POLICY, 'worker-src': "'self' blob:" }).filter(
    ([name]) => !['frame-src', 'require-trusted-types-for', 'trusted-types'].includes(name),
  ),
);

/** For hosts that send headers. */
export const SAVED_PAGE_HEADERS: Readonly<Record<string, string>> = {
  ...HEADERS,
  'Content-Security-Policy': policyText(SAVED_PAGE_POLICY),
};

/** For all hosts: in the page itself, where `frame-ancestors` counts for nothing. */
export const savedPagePolicy = (): string => {
  const { 'frame-ancestors': _, ...policy } = SAVED_PAGE_POLICY;
  return policyText(policy);
};

/**
 * The policy of models.html, the one page that may reach another host. `sandbox` puts it into an opaque origin, framed
 * or opened by itself: it can read nothing that the studio keeps.
 */
const hubPolicy = (hosts: readonly string[]): Record<string, string> => ({
  'default-src': "'none'",
  'script-src': "'self'",
  'connect-src': hosts.join(' '),
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'self'",
  sandbox: 'allow-scripts',
  'require-trusted-types-for': "'script'",
});

/** An opaque origin is a stranger to every origin, this one too: its own files must be readable to strangers. */
const FOR_STRANGERS = { 'Cross-Origin-Resource-Policy': 'cross-origin', 'Access-Control-Allow-Origin': '*' };

/**
 * The hubs by name, and nothing else: no WebRTC, no other host by navigation or hint. A hub answers with redirects to
 * where its large files lie, which the list would stop whatever it names; `redirects=allow` lets all of them through,
 * and `connect-src` then holds each hop to the same hosts. https://wicg.github.io/connection-allowlists/#redirects
 */
const hubAllowlist = (hosts: readonly string[]): string =>
  `(response-origin ${hosts.map((host) => `"${host}"`).join(' ')});redirects=allow`;

/** The headers of models.html and of its scripts (`hub/…`). */
const hubHeaders = (hosts: readonly string[]): Readonly<Record<string, string>> => ({
  ...HEADERS,
  ...FOR_STRANGERS,
  'Connection-Allowlist': hubAllowlist(hosts),
  'Content-Security-Policy': policyText(hubPolicy(hosts)),
});

/** The headers of verify.html and of its files (`verify/…`). */
const VERIFY_HEADERS = { ...HEADERS, ...FOR_STRANGERS, 'Content-Security-Policy': policyText(VERIFY_POLICY) };

/** A page beside the studio's own, with the folder of its scripts, and the headers of both. */
export interface FramedPage {
  /** Without its ending, by which Vite's servers find it too: /models is models.html. */
  page: string;
  folder: string;
  headers: Readonly<Record<string, string>>;
}

/** @param hosts further ones that models.html may reach */
export const framedPages = (hosts: readonly string[] = []): FramedPage[] => [
  { page: 'models', folder: 'hub', headers: hosts.length > 0 ? hubHeaders([...HUB_HOSTS, ...hosts]) : HUB_HEADERS },
  { page: 'verify', folder: 'verify', headers: VERIFY_HEADERS },
];

const HUB_HEADERS = hubHeaders(HUB_HOSTS);

const isOf = ({ page, folder }: FramedPage, path: string): boolean =>
  path === `/${page}.html` || path === `/${page}` || path.startsWith(`/${folder}/`);

/**
 * The headers of the response to a request for `path`, served by the built studio. `hosts`: further ones that
 * models.html may reach.
 */
export const headersOf = (path: string, hosts: readonly string[] = []): Readonly<Record<string, string>> =>
  framedPages(hosts).find((framed) => isOf(framed, path))?.headers ?? HEADERS;

/**
 * What Vite's client does while one edits: styles in <style> elements, and a worker from a blob that waits for a
 * restarted server.
 */
function devPolicy(): Record<string, string> {
  const policy = { ...POLICY, 'style-src': "'self' 'unsafe-inline'", 'worker-src': "'self' blob:" };
  const dropped = ['require-trusted-types-for', 'trusted-types'];
  return Object.fromEntries(Object.entries(policy).filter(([name]) => !dropped.includes(name)));
}

/**
 * The table of `npm run dev`: all the same but what its tools need, and every file readable to the framed pages, which
 * have no folders of their own there.
 */
export function devHeadersOf(path: string): Readonly<Record<string, string>> {
  if (path === '/models.html') return hubHeaders(HUB_HOSTS);
  if (path === '/verify.html') return VERIFY_HEADERS;
  return { ...HEADERS, ...FOR_STRANGERS, 'Content-Security-Policy': policyText(devPolicy()) };
}
