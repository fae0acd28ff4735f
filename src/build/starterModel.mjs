// Starts the training of the base model that comes with the studio. The work is in `starterModel/train.ts`.
// @ts-check
/**
 * Trains the model that the studio ships, public/models/atelier-starter, on the text that it ships, with the studio's
 * own engine on the CPU:
 * `node src/build/starterModel.mjs` (some minutes). A first visitor fine-tunes it offline. Its card has the figures.
 */
import { runnerImport } from 'vite';

const { module } = await runnerImport('./src/build/starterModel/train.ts', { configFile: false });
await module.main();
