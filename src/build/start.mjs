// `npm start`: from a fresh clone to a served studio.
// @ts-check
import { giveUp, install, root } from './install.mjs';

// `npm start`: from a fresh clone to a served studio. `npm start -- --port 4200` takes another port.

const DEFAULT_PORT = 4173;
const at = process.argv.indexOf('--port');
const port = at < 0 ? DEFAULT_PORT : Number(process.argv[at + 1]);
if (!Number.isInteger(port) || port < 1 || port > 65535) giveUp('--port needs a number from 1 to 65535.');

install();
process.chdir(root);
const { build, preview } = await import('vite');

console.log('Building …');
await build({ logLevel: 'warn' });
try {
  await preview({ logLevel: 'warn', preview: { port } });
} catch (error) {
  const taken = error instanceof Error && error.message.includes('already in use');
  if (!taken) throw error;
  giveUp(
    `Port ${port} is in use, perhaps by Atelier itself: look at http://localhost:${port}/ first.\n` +
      `Another port works (npm start -- --port ${port + 1}), but the browser keeps data per address: that studio starts empty.`,
  );
}
console.log(`\nAtelier is at http://localhost:${port}/ (Ctrl+C stops it). Nothing you do there leaves this machine.\n`);
