// `npm start`: from a fresh clone to a served studio.
// @ts-check
import { giveUp, install, root } from './install.mjs';

// `npm start -- --port 4200` takes another port; `npm start -- --lan` serves https to the whole network: browsers give
// WebGPU to no plain address but localhost.

const DEFAULT_PORT = 4173;
const at = process.argv.indexOf('--port');
const port = at < 0 ? DEFAULT_PORT : Number(process.argv[at + 1]);
if (!Number.isInteger(port) || port < 1 || port > 65535) giveUp('--port needs a number from 1 to 65535.');

const lan = process.argv.includes('--lan');

install();
process.chdir(root);
const { build, preview } = await import('vite');

console.log('Building …');
await build({ logLevel: 'warn' });
// selfsigned and uqr are installed only now
const network = lan ? await import('./lan.mjs') : undefined;
const addresses = network?.lanAddresses() ?? [];
const certificate = await network?.certificateFor(addresses);
try {
  const https = certificate && { https: certificate, host: true };
  await preview({ logLevel: 'warn', preview: { port, ...https } });
} catch (error) {
  const taken = error instanceof Error && error.message.includes('already in use');
  if (!taken) throw error;
  giveUp(
    `Port ${port} is in use, perhaps by Atelier itself: look at http://localhost:${port}/ first.\n` +
      `Another port works (npm start -- --port ${port + 1}), but the browser keeps data per address: that studio starts empty.`,
  );
}
const scheme = lan ? 'https' : 'http';
console.log(
  `\nAtelier is at ${scheme}://localhost:${port}/ (Ctrl+C stops it). Nothing you do there leaves this machine.\n`,
);
if (network && certificate) console.log(`${network.lanNotice(addresses, port, certificate.fingerprint)}\n`);
