import 'fake-indexeddb/auto';
import { openStorage } from '../../src/storage/open';
import { importFile } from '../../src/studio/data/importData';
import { preflight } from '../../src/studio/data/preflight';
import { prepare } from '../../src/studio/data/prepare';
import { trainTokenizer } from '../../src/studio/data/trainTokenizer';

const CONVERSATIONS = 20_000;
/** A fresh storage each; the least counts: nothing makes work faster than it is. */
const ROUNDS = 3;

interface Row {
  metric: 'preparation_cpu_s';
  case: string;
  preflight: number;
  prepare: number;
  together: number;
}

/** Seconds of CPU from stored conversations to prepared tokens, as a start from the page takes them: both in turn. */
export async function measurePreparation(): Promise<Row[]> {
  const rounds: Row[] = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push(await measured(round));
  return [rounds.reduce((least, row) => (row.together < least.together ? row : least))];
}

async function measured(round: number): Promise<Row> {
  const db = await openStorage(`preparation-${round}`);
  const lines = Array.from({ length: CONVERSATIONS }, (_, i) => JSON.stringify({ messages: conversation(i) }));
  const { id } = await importFile(db, new File([lines.join('\n')], 'short.jsonl'));
  const { id: tokenizerId } = await trainTokenizer(db, { name: 't', kind: 'bpe', vocabSize: 1000, datasetIds: [id] });
  const request = { datasetIds: [id], tokenizerId, seed: 1, validationShare: 0.1, task: 'chat' as const };
  const looked = await cpuSeconds(() => preflight(db, { ...request, contextLength: 256 }));
  const made = await cpuSeconds(() => prepare(db, request));
  const shown = (seconds: number): number => Number(seconds.toPrecision(3));
  return {
    ...{ metric: 'preparation_cpu_s', case: `${CONVERSATIONS} short conversations` },
    ...{ preflight: shown(looked), prepare: shown(made), together: shown(looked + made) },
  };
}

const conversation = (i: number): object[] => [
  { role: 'user', content: `What is ${i} times ${i % 97}, and is the answer even?` },
  {
    role: 'assistant',
    content: `It is ${i * (i % 97)}, which is ${(i * (i % 97)) % 2 ? 'odd' : 'even'}. I multiplied ${i} by ${i % 97} and looked at the last digit.`,
  },
];

async function cpuSeconds(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
