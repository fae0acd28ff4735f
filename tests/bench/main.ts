import { writeFileSync } from 'node:fs';
import { caseNamed, CASES, resized, USUAL, type BenchCase } from './cases';
import { compareChat } from './chat';
import { compare, summaryOf, type BrowserSides, type Opener, type PeerName, type SideName } from './compare';
import { measureData } from './data';
import { measureFacets } from './facets';
import { forkSide, installPeers } from './forked';
import { firstRuns } from './firstRun';
import { measureImportMemory } from './importMemory';
import { memoryOfLora } from './memory';
import { measureNearDuplicates } from './nearDuplicates';
import { measurePersonalData } from './personalData';
import { measurePreparation } from './preparation';
import { profile } from './profile';
import { rowsOf, type Backend, type Row } from './rows';
import { writeStart } from './startFile';
import { compareTokenizers } from './tokenizers';

/**
 * Speed of training and writing, ours and the peers', measured in turns in one run on one adapter, each side in a
 * process of its own. Before the clock starts all compile their shaders; the losses of the same steps must agree, or
 * the comparison is void.
 *   npm run bench -- [--seconds s] [--case 0.1M] [--peer tfjs | --peer none] [--json FILE]
 *   npm run bench -- --browser [the same]      in workers of a headless Chromium
 *   npm run bench -- --cpu [the same]      on the CPU
 *   npm run bench -- --profile [--case 0.1M] [--json FILE]      the time of each op in one training step
 *   npm run bench -- --memory [--json FILE]      the bytes that an adapter of a 135M model takes, by one real step
 *   npm run bench -- --case 124M --start FILE      what pytorch/train.py begins with, for a machine with a GPU
 * npm run bench -- --chat [--case 10M | … | 135M] [--json FILE]      answers as the Chat screen writes them, beside
 * llama.cpp on our GGUF
 *   npm run bench -- --tokenizer [--json FILE]      megabytes of text per second to ids
 *   npm run bench -- --first-run [--steps n] [--sample english-stories]      what a first run on each sample writes,
 * on three seeds, and the share of its words that stand in the text
 *   npm run bench -- --preparation [--json FILE]      seconds of CPU from stored conversations to prepared tokens
 *   npm run bench -- --data [--json FILE]      megabytes per second of imports beside the parsers alone, and rows per
 * second in which near repeats are found beside plain MinHash, and seconds for the facets of a million rows
 *   npm run bench -- --data --memory [--json FILE]      the most memory that imports of 1 GB take
 * `--batch n` and `--context n` change a case's windows and their tokens, where memory or time are short.
 * A turn is about `--seconds` long, but at least one step. The cases of published models' sizes, 124M and 135M, run
 * where they are named, without peers if none is named.
 */
export async function main(args: string[], openBrowserSides: () => Promise<BrowserSides>): Promise<void> {
  const option = (name: string): string | undefined => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined);
  const rows = await measuredRows(args, option, openBrowserSides);
  const file = option('--json');
  if (file) writeFileSync(file, `${JSON.stringify(rows, null, 1)}\n`);
}

type Options = (name: string) => string | undefined;

async function measuredRows(
  args: string[],
  option: Options,
  openBrowserSides: () => Promise<BrowserSides>,
): Promise<readonly object[]> {
  const named = option('--case');
  if (args.includes('--chat')) return shown(await compareChat(named));
  const size = { batchSize: option('--batch'), contextLength: option('--context') };
  const cases = (named === undefined ? USUAL : chosen(CASES, named)).map((name) => resized(caseNamed(name), size));
  const start = option('--start');
  if (start !== undefined) return writeStart(cases[0]!, start);
  if (args.includes('--profile')) return profile(cases);
  if (args.includes('--first-run')) return shown(await firstRuns(option('--steps'), option('--sample')));
  if (args.includes('--memory') && args.includes('--data')) return shown(await measureImportMemory());
  if (args.includes('--memory')) return shown(await memoryOfLora());
  if (args.includes('--tokenizer')) return shown(compareTokenizers());
  if (args.includes('--data'))
    return [
      ...shown(await measureData()),
      ...shown(await measureFacets()),
      ...shown(await measureNearDuplicates()),
      ...shown(measurePersonalData()),
    ];
  if (args.includes('--preparation')) return shown(await measurePreparation());
  if (!args.includes('--browser')) return comparedRows(PLACES[args.includes('--cpu') ? 'cpu' : 'gpu'], cases, option);
  installPeers();
  const browser = await openBrowserSides();
  try {
    return await comparedRows({ ...PLACES.gpu, name: 'a worker of Chromium', open: browser.open }, cases, option);
  } finally {
    await browser.close();
  }
}

async function comparedRows(place: Place, cases: readonly BenchCase[], option: Options): Promise<Row[]> {
  const rows: Row[] = [];
  for (const bench of cases) {
    const peers = peersFor(place, option('--peer'), USUAL.includes(bench.name));
    const compared = await compare(bench, peers, Number(option('--seconds') ?? 3), place.open);
    console.table(compared.entries.map((entry) => summaryOf(entry, compared)));
    const figures = rowsOf(compared, place.backend, place.name);
    // at once: the next case may take long
    console.table(figures, ['metric', 'case', 'ours', 'peer', 'peerValue', 'ratio']);
    console.log(`on ${figures[0]!.adapter}`);
    rows.push(...figures);
  }
  return rows;
}

/** Where sides run. */
interface Place {
  backend: Backend;
  name: string;
  peers: readonly PeerName[];
  open: Opener;
}

const forked =
  (files: Partial<Record<SideName, string>>): Opener =>
  (side, bench) => {
    if (side !== 'ours' && side !== 'tfjs') installPeers();
    return forkSide(files[side]!, bench);
  };

const PLACES: Record<'gpu' | 'cpu', Place> = {
  gpu: {
    backend: 'webgpu',
    name: 'Node',
    peers: ['tfjs', '@jax-js/jax', '@genai-fi/nanogpt'],
    open: forked({ ours: 'ours', tfjs: 'tfjs', '@jax-js/jax': 'jax', '@genai-fi/nanogpt': 'nanogpt' }),
  },
  cpu: {
    backend: 'wasm',
    name: 'one thread of Node',
    peers: ['@jax-js/jax'],
    open: forked({ ours: 'oursCpu', '@jax-js/jax': 'jaxWasm' }),
  },
};

const peersFor = ({ peers }: Place, named: string | undefined, usual: boolean): readonly PeerName[] =>
  named === 'none' || (named === undefined && !usual) ? [] : chosen(peers, named);

/** All, or the one that was asked for. */
function chosen<T extends string>(all: readonly T[], name: string | undefined): readonly T[] {
  const some = all.filter((x) => name === undefined || x === name);
  if (!some.length) throw new Error(`"${String(name)}" is none of: ${all.join(', ')}`);
  return some;
}

function shown<T extends object>(rows: readonly T[]): readonly T[] {
  console.table(rows);
  return rows;
}
