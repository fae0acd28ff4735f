// What `npm start -- --lan` adds: a certificate for this machine's addresses, made on the spot, and what a person needs
// to trust and reach it. The certificate and its key live in memory; each start makes new ones.
// @ts-check
import { X509Certificate } from 'node:crypto';
import { hostname, networkInterfaces } from 'node:os';
import { generate } from 'selfsigned';
import { renderUnicodeCompact } from 'uqr';

/** Days that a certificate holds: one start is rarely longer, and browsers refuse more than 825. */
const DAYS = 30;

/** The addresses of this machine in its networks, IPv4 first: they are shorter to type. @returns {string[]} */
export function lanAddresses(interfaces = networkInterfaces()) {
  const found = Object.values(interfaces).flatMap((list) => list ?? []);
  const reachable = found.filter(({ internal, scopeid, family }) => !internal && !(family === 'IPv6' && scopeid));
  return reachable.sort((a, b) => a.family.localeCompare(b.family)).map(({ address }) => address);
}

/** @param {string} address @param {number} port */
export const addressOf = (address, port) => `https://${address.includes(':') ? `[${address}]` : address}:${port}/`;

/**
 * A certificate that names this machine and these addresses, signed by itself.
 * @param {string[]} addresses
 * @returns {Promise<{ key: string, cert: string, fingerprint: string }>} PEM, PEM, SHA-256 as browsers show it
 */
export async function certificateFor(addresses) {
  const from = new Date();
  const to = new Date(from.getTime() + DAYS * 86_400_000);
  // a certificate writes names in ASCII; a machine called otherwise is reached by its addresses
  const called = [hostname()].filter((name) => /^[\w.-]+$/.test(name));
  const names = ['localhost', ...called].map((value) => ({ type: /** @type {const} */ (2), value }));
  const ips = ['127.0.0.1', ...addresses].map((ip) => ({ type: /** @type {const} */ (7), ip }));
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'Atelier' }], {
    notBeforeDate: from,
    notAfterDate: to,
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: [...names, ...ips] },
    ],
  });
  return { key, cert, fingerprint: new X509Certificate(cert).fingerprint256 };
}

/**
 * What is printed: where the studio is, how a phone gets there, and what browsers will say.
 * @param {string[]} addresses @param {number} port @param {string} fingerprint
 */
export function lanNotice(addresses, port, fingerprint) {
  const [first] = addresses;
  if (first === undefined) return 'This machine is in no network: other machines cannot reach it.';
  const urls = addresses.map((address) => addressOf(address, port));
  return [
    'Other machines in your network reach it at',
    ...urls.map((url) => `  ${url}`),
    '',
    renderUnicodeCompact(addressOf(first, port)),
    '',
    'Their browsers will warn once that the connection is not private: nobody has vouched for the certificate, which was',
    'made just now. Compare its SHA-256 fingerprint (in the warning, "Advanced", then the certificate) before you go on:',
    `  ${fingerprint}`,
    'Each start makes another one, so the warning comes again. What people do is kept in their own browsers, by address.',
  ].join('\n');
}
