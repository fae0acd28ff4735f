// Prompts for a blind comparison from the rows that a run held out: what stands before the answer, or how a text
// begins.
import type { Conversation, PreferencePair } from '../../base/conversation';
import { AtelierError } from '../../base/errors/errors';
import { stream } from '../../base/numbers/rng';
import type { JudgedPrompt } from '../../base/records/judging';
import type { Id } from '../../base/records/named';
import { openCheckpoint } from '../../storage/checkpoints';
import type { AtelierDb } from '../../storage/db';
import { heldOutOf } from '../data/heldOut';
import { rowReader } from '../data/rowReader';
import { planSides } from '../data/rowSides';
import { loadTokenizer } from '../models/tokenizers';

/** Words of a text that are given; the model writes on. */
const BEGINNING = /^\s*(?:\S+\s+){0,11}\S+/;

/**
 * So many held-out rows of the run that a checkpoint is of, drawn by a seed; fewer where there are fewer.
 * @throws judging-no-rows where the run held none out, or its rows are not stored any more; dataset-*, cancelled
 */
export async function heldOutPrompts(
  db: AtelierDb,
  weightsId: Id,
  { count, seed }: { count: number; seed: number },
  signal?: AbortSignal,
): Promise<JudgedPrompt[]> {
  const { manifest } = await openCheckpoint(db, weightsId);
  const held = await heldOutOf(db, manifest);
  if (typeof held === 'string') throw new AtelierError('judging-no-rows');
  const request = { ...held.prepared, weightsId };
  const reader = await rowReader(db, request, await loadTokenizer(db, request.tokenizerId));
  const sides = await planSides(reader.rows(), reader, request, signal);
  const prompts: JudgedPrompt[] = [];
  for await (const row of reader.rows()) {
    const prompt = sides.of(row).side === 'validation' ? promptOf(row.row) : undefined;
    if (prompt) prompts.push(prompt);
  }
  if (!prompts.length) throw new AtelierError('judging-no-rows');
  return stream(seed, 'blind-rows').shuffle(prompts).slice(0, count);
}

function promptOf(row: string): JudgedPrompt | undefined {
  const read = rowIn(row);
  if (!read) {
    const [beginning] = BEGINNING.exec(row) ?? [];
    return beginning === undefined ? undefined : { asked: [], beginning };
  }
  const last = 'prompt' in read ? -1 : read.messages.findLastIndex(({ role }) => role === 'assistant');
  const asked = 'prompt' in read ? read.prompt : read.messages.slice(0, last < 0 ? undefined : last);
  return asked.length ? { asked, ...(read.tools && { tools: read.tools }) } : undefined;
}

/** A conversation or a pair; undefined of a text, which may be JSON too. */
function rowIn(row: string): Conversation | PreferencePair | undefined {
  if (!row.startsWith('{')) return undefined;
  try {
    const value = JSON.parse(row) as Conversation | PreferencePair;
    return 'messages' in value || 'prompt' in value ? value : undefined;
  } catch {
    return undefined;
  }
}
