/**
 * THE header table. Every response carries it: documents, worker scripts (a page's policy does not cover a worker that is
 * loaded from the network), styles, pictures and errors alike. `npm start`, `npm run dev` and the tests serve with it; a
 * public host must send the same.
 */

/** Content-Security-Policy, one directive a line. Nothing is allowed but what is named here. */
const POLICY: Record<string, string> = {
  'default-src': "'none'",
  // No inline script, no eval, no WebAssembly: WGSL is compiled by the GPU's own compiler.
  'script-src': "'self'",
  'worker-src': "'self'",
  'connect-src': "'self'",
  // data: and blob: never leave the page; another origin would be a way out for what the page knows.
  'img-src': "'self' data: blob:",
  'style-src': "'self'",
  'font-src': "'self'",
  'manifest-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
  'require-trusted-types-for': "'script'",
  // Svelte's templates, and our own policy that passes worker scripts of this origin only (src/app/remote.ts).
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
  // What a policy cannot stop (navigation, WebRTC, DNS and connection hints) stops here, where the browser knows it: Chromium 148+.
  'Connection-Allowlist': '(response-origin)',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': DENIED.map((name) => `${name}=()`).join(', '),
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-DNS-Prefetch-Control': 'off',
};

/** What Vite's client does while one edits: styles in <style> elements, and a worker from a blob that waits for a restarted server. */
function devPolicy(): Record<string, string> {
  const policy = { ...POLICY, 'style-src': "'self' 'unsafe-inline'", 'worker-src': "'self' blob:" };
  const dropped = ['require-trusted-types-for', 'trusted-types'];
  return Object.fromEntries(Object.entries(policy).filter(([name]) => !dropped.includes(name)));
}

/** The table of `npm run dev`: all the same but what its tools need. */
export const DEV_HEADERS: Readonly<Record<string, string>> = {
  ...HEADERS,
  'Content-Security-Policy': policyText(devPolicy()),
};
