/** Marks tokens of windows as parts of their conversations: finds the rows that they are of, and reads these again. */
import type { Conversation, PreferencePair } from '../../base/conversation';
import type { Id } from '../../base/records/named';
import type { PreparedRecord } from '../../base/records/prepared';
import type { BatchToken } from '../../base/wire/requests';
import { attempt } from '../../data/chat/callFormats';
import { judgedIn } from '../../data/chat/gradedRow';
import { tokenParts } from '../../data/chat/tokenParts';
import type { Tokenizer } from '../../data/tokens/tokenizer';
import type { AtelierDb } from '../../storage/db';
import { readRows } from './readRows';
import { conversationsIn, templateOf } from './rowReader';

interface Reading {
  tokenizer: Tokenizer;
  weightsId: Id | undefined;
}

/** Rows that may be read again in search of those of a few windows; many may begin alike. */
const MOST_READ = 2000;
/** Characters of the first words of a row that tell it from most others. */
const ANCHOR = 40;

/**
 * Gives each token its part. Of texts there are none; a row that cannot be found again has none.
 * @throws dataset-missing, dataset-damaged, checkpoint-missing, template-broken
 */
export async function markParts(
  db: AtelierDb,
  prepared: PreparedRecord,
  { tokenizer, weightsId }: Reading,
  windows: BatchToken[][],
): Promise<void> {
  const { task = 'text', thoughts } = prepared;
  if (task === 'text' || task === 'classify') return;
  const template = await templateOf(db, weightsId, tokenizer);
  const open = new Set(windows.flatMap(byRow).map((tokens) => ({ tokens, bare: bareTextOf(tokens, tokenizer) })));
  let read = 0;
  for await (const { row } of readRows(db, prepared)) {
    if (open.size === 0 || read > MOST_READ) return;
    if (!mayHold(row)) continue;
    for (const talk of talksIn(row, prepared)) {
      const anchor = anchorOf(talk);
      const near = [...open].filter(({ bare }) => bare.includes(anchor));
      if (near.length === 0) continue;
      read++;
      const found = attempt(() => tokenParts(talk, template, tokenizer, thoughts));
      for (const one of found ? near.filter(({ tokens }) => tokens.every(({ id }, i) => id === found.ids[i])) : []) {
        one.tokens.forEach((token, i) => {
          const part = found!.parts[i];
          if (part) token.part = part;
        });
        open.delete(one);
      }
    }
  }
}

/** Most rows hold neither tools nor thoughts, and need not be read. */
const mayHold = (row: string): boolean => /"(?:tools|toolCalls|reasoning)":|"role":"tool"|<think>/.test(row);

function byRow(tokens: readonly BatchToken[]): BatchToken[][] {
  const rows: BatchToken[][] = [];
  for (const token of tokens) (rows[token.row] ??= []).push(token);
  return rows;
}

function talksIn(row: string, { task, rowPerAnswer }: PreparedRecord): Conversation[] {
  if (task === 'chat') return conversationsIn(row, rowPerAnswer);
  const judged = judgedIn(JSON.parse(row) as Conversation | PreferencePair);
  return judged.map(({ prompt, answer, tools }) => ({ messages: [...prompt, ...answer], ...(tools && { tools }) }));
}

const bare = (text: string): string => text.normalize('NFKC').toLowerCase().replace(/\s+/g, '');

const bareTextOf = (tokens: readonly BatchToken[], tokenizer: Tokenizer): string =>
  bare(tokenizer.decode(tokens.map(({ id }) => id)));

const anchorOf = ({ messages }: Conversation): string =>
  bare(messages.find(({ role }) => role === 'user')?.content ?? '').slice(0, ANCHOR);
