// Prompts for a blind comparison from the rows that a run held out: what stands before the answer, or how a text
// begins.
import type { Conversation, PreferencePair } from '../../base/conversation';
import { AtelierError } from '../../base/errors/errors';
import { stream } from '../../base/numbers/rng';
import type { JudgedPrompt } from '../../base/records/judging';
import type { Id } from '../../base/records/named';
import { openCheckpoint } from '../../storage/checkpoints';
import { getDataset, rowsFrom } from '../../storage/datasets';
import type { AtelierDb } from '../../storage/db';
import { heldOutOf } from '../data/heldOut';
import { heldOutPlaces, type HeldPlace } from '../evaluate/heldOutPlaces';

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
  const places = await heldOutPlaces(db, held.prepared, weightsId, signal);
  const prompts: JudgedPrompt[] = [];
  for (const place of stream(seed, 'blind-rows').shuffle(places)) {
    const prompt = prompts.length < count ? await promptAt(db, place) : undefined;
    if (prompt) prompts.push(prompt);
  }
  if (!prompts.length) throw new AtelierError('judging-no-rows');
  return prompts;
}

/** Undefined of a row that asks nothing. */
async function promptAt(db: AtelierDb, { datasetId, place }: HeldPlace): Promise<JudgedPrompt | undefined> {
  const { content = 'text' } = await getDataset(db, datasetId);
  const [row] = await rowsFrom(db, datasetId, place, 1);
  if (row === undefined) return undefined;
  if (content !== 'text') return askedIn(JSON.parse(row) as Conversation | PreferencePair);
  const [beginning] = BEGINNING.exec(row) ?? [];
  return beginning === undefined ? undefined : { asked: [], beginning };
}

function askedIn(read: Conversation | PreferencePair): JudgedPrompt | undefined {
  const last = 'prompt' in read ? -1 : read.messages.findLastIndex(({ role }) => role === 'assistant');
  const asked = 'prompt' in read ? read.prompt : read.messages.slice(0, last < 0 ? undefined : last);
  return asked.length ? { asked, ...(read.tools && { tools: read.tools }) } : undefined;
}
