import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, get } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';
import { expect, test } from 'vitest';
import { certificateFor, lanAddresses, lanNotice } from '../../src/build/lan.mjs';

test('a client that trusts the certificate reaches this machine by each of its addresses', async () => {
  const { key, cert, fingerprint } = await certificateFor(['192.168.7.9', 'fd00::2']);
  const der = Buffer.from(cert.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  const sha256 = createHash('sha256').update(der).digest('hex').toUpperCase();
  expect(fingerprint.replaceAll(':', '')).toBe(sha256);

  const server = createServer({ key, cert }, (_request, response) => response.end('here'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const ask = (servername: string, checked: string) =>
    new Promise<string>((resolve, reject) => {
      const options = { host: '127.0.0.1', port, ca: cert, servername, headers: { host: checked } };
      get(options, (response) => response.setEncoding('utf8').on('data', resolve)).on('error', reject);
    });
  for (const name of ['localhost', '127.0.0.1']) expect(await ask(name === 'localhost' ? name : '', name)).toBe('here');
  await expect(ask('elsewhere.example', 'elsewhere.example')).rejects.toThrow("does not match certificate's altnames");
  server.close();
});

const address = (text: string, more: Partial<NetworkInterfaceInfo> = {}) =>
  ({ address: text, family: text.includes(':') ? 'IPv6' : 'IPv4', internal: false, ...more }) as NetworkInterfaceInfo;

test('addresses of this machine alone, and of one cable, are left out', () => {
  const found = lanAddresses({
    lo: [address('127.0.0.1', { internal: true }), address('::1', { internal: true })],
    eth: [address('fe80::1', { scopeid: 2 }), address('fd00::2', { scopeid: 0 }), address('10.0.0.5')],
    none: undefined,
  });
  expect(found).toEqual(['10.0.0.5', 'fd00::2']);
});

test('the notice names each address, the fingerprint and what browsers say; without a network, that there is none', () => {
  const notice = lanNotice(['10.0.0.5', 'fd00::2'], 4173, 'AB:CD');
  for (const part of ['https://10.0.0.5:4173/', 'https://[fd00::2]:4173/', 'AB:CD', 'not private', '▀'])
    expect(notice).toContain(part);
  expect(lanNotice([], 4173, 'AB:CD')).toContain('in no network');
});
