// The rows that an evaluation asks: which, by the seed, and each with what its numbers need, so that a report outlives
// the dataset.
import type { Conversation, Message, PreferencePair } from '../../base/conversation';
import { writtenText } from '../../base/conversation';
import { AtelierError } from '../../base/errors/errors';
import { stream } from '../../base/numbers/rng';
import type { DatasetContent, StoredRow } from '../../base/records/dataset';
import type { EvaluatedRow, EvaluationRecord, RowSlices } from '../../base/records/evaluation';
import type { Id } from '../../base/records/named';
import { francLanguage } from '../../data/clean/guessLanguage';
import { classifiedText, plainText } from '../../data/chat/conversationText';
import { labelsOfRow } from '../../data/labels/rowLabels';
import { openCheckpoint } from '../../storage/checkpoints';
import { allStoredRows, getDataset, storedRowsAt } from '../../storage/datasets';
import type { AtelierDb } from '../../storage/db';
import { heldOutOf } from '../data/heldOut';
import { heldOutPlaces, type HeldPlace } from './heldOutPlaces';
import { rowGroups, type GroupedRow } from './rowGroups';

type Asking = Pick<EvaluationRecord, 'from' | 'mostRows' | 'seed'>;

/** What is asked, and how its run read thoughts. */
export interface AskedRows {
  rows: EvaluatedRow[];
  thoughts?: EvaluationRecord['thoughts'];
}

/**
 * @param classifies rows have a text and labels
 * @throws evaluation-no-rows, prepared-missing, dataset-missing, dataset-damaged, those of `rowReader`, cancelled
 */
export async function askedRows(
  db: AtelierDb,
  asking: Asking,
  classifies: boolean,
  signal?: AbortSignal,
): Promise<AskedRows> {
  const { places, thoughts, asText } = await placesOf(db, asking, signal);
  const rows = await rowsAt(db, someOf(places, asking), { classifies, asText: asText === true, set: 'asked' }, signal);
  if (!rows.length) throw new AtelierError('evaluation-no-rows');
  return { rows, ...(thoughts && { thoughts }) };
}

/** How rows are read, and for what. */
interface ReadAs {
  classifies: boolean;
  /** Conversations as the text of their lines. */
  asText: boolean;
  set: EvaluatedRow['set'];
}

/**
 * The rows of these places that can be asked, with the numbers of their groups.
 * @throws dataset-missing, dataset-damaged, cancelled
 */
export async function rowsAt(
  db: AtelierDb,
  chosen: readonly HeldPlace[],
  { classifies, asText, set }: ReadAs,
  signal?: AbortSignal,
): Promise<EvaluatedRow[]> {
  const rows: EvaluatedRow[] = [];
  const grouped: GroupedRow[] = [];
  const sources = await sourcesOf(db, chosen);
  for (const { stored, place, content } of await readPlaces(db, chosen)) {
    const row = evaluatedRow(
      asText ? { ...stored, row: plainText(stored.row, content) } : stored,
      asText ? 'text' : content,
      classifies,
    );
    if (!row) continue;
    const text = textOf(row);
    const source = sources.size > 1 ? sources.get(place.datasetId) : sourceIn(stored);
    rows.push({ ...row, ...place, set, group: 0, slices: await slicesOf(row, text, source) });
    const question = typeof row.asked === 'string' ? undefined : row.asked.map(writtenText).join('\n');
    grouped.push({ text, ...(question !== undefined && { question }), facts: stored.facts });
  }
  const groups = await rowGroups(grouped, signal);
  return rows.map((row, i) => ({ ...row, group: groups[i]! }));
}

interface Places {
  places: HeldPlace[];
  thoughts?: EvaluationRecord['thoughts'];
  /** The run read conversations as the text of their lines. */
  asText?: true;
}

async function placesOf(db: AtelierDb, { from }: Asking, signal?: AbortSignal): Promise<Places> {
  if (from.kind === 'dataset') return { places: await placesIn(db, from.datasetId, from.split) };
  const { manifest } = await openCheckpoint(db, from.weightsId);
  const held = await heldOutOf(db, manifest);
  if (typeof held === 'string')
    throw new AtelierError(held === 'no-held-out' ? 'evaluation-no-rows' : 'prepared-missing');
  const { thoughts, task = 'text' } = held.prepared;
  const places = await heldOutPlaces(db, held.prepared, from.weightsId, signal);
  return { places, ...(thoughts && { thoughts }), ...(task === 'text' && { asText: true }) };
}

async function placesIn(db: AtelierDb, datasetId: Id, split: string | undefined): Promise<HeldPlace[]> {
  const places: HeldPlace[] = [];
  let place = 0;
  for await (const { facts } of allStoredRows(db, datasetId)) {
    if (split === undefined || facts['split'] === split) places.push({ datasetId, place });
    place++;
  }
  return places;
}

/** As many as are wanted, drawn by the seed, in their order. */
export function someOf<T>(places: readonly T[], { mostRows, seed }: Pick<Asking, 'mostRows' | 'seed'>): T[] {
  if (places.length <= mostRows) return [...places];
  const random = stream(seed, 'evaluation');
  const order = Uint32Array.from(places, (_, i) => i);
  for (let i = 0; i < mostRows; i++) {
    const other = i + random.below(order.length - i);
    [order[i], order[other]] = [order[other]!, order[i]!];
  }
  return [...order.subarray(0, mostRows).sort()].map((i) => places[i]!);
}

interface PlacedRow {
  stored: StoredRow;
  place: HeldPlace;
  content: DatasetContent;
}

async function readPlaces(db: AtelierDb, places: readonly HeldPlace[]): Promise<PlacedRow[]> {
  const read: PlacedRow[] = [];
  for (const id of new Set(places.map(({ datasetId }) => datasetId))) {
    const own = places.filter(({ datasetId }) => datasetId === id);
    const { content = 'text' } = await getDataset(db, id);
    const rows = await storedRowsAt(
      db,
      id,
      own.map(({ place }) => place),
    );
    rows.forEach((stored, i) => read.push({ stored, place: own[i]!, content }));
  }
  return read;
}

type RowTexts = Pick<EvaluatedRow, 'asked' | 'answer' | 'rejected' | 'tools' | 'labels'>;

/** Undefined of a row that nothing can be asked of: a text without a label, where classes are. */
function evaluatedRow({ row, facts }: StoredRow, content: DatasetContent, classifies: boolean): RowTexts | undefined {
  if (classifies && content !== 'preference') {
    const labels = labelsOfRow(facts)?.names;
    return labels && { asked: classifiedText(row, content), labels: [...labels] };
  }
  if (content === 'text') return { asked: row };
  if (content === 'chat') return ofTalk(JSON.parse(row) as Conversation);
  const { prompt, chosen, rejected, tools } = JSON.parse(row) as PreferencePair;
  return { asked: prompt, answer: chosen, rejected, ...(tools && { tools }) };
}

/** What stands before the last answer is asked; a conversation without one has nothing to be compared with. */
function ofTalk({ messages, tools }: Conversation): RowTexts | undefined {
  const last = messages.findLastIndex(({ role }) => role === 'assistant');
  if (last < 0) return undefined;
  return { asked: messages.slice(0, last), answer: messages.slice(last), ...(tools && { tools }) };
}

const written = (messages: readonly Message[] = []): string => messages.map(writtenText).join('\n');

const textOf = ({ asked, answer }: RowTexts): string =>
  typeof asked === 'string' ? asked : `${written(asked)}\n${written(answer)}`;

async function slicesOf(
  { asked, answer, labels }: RowTexts,
  text: string,
  source: string | undefined,
): Promise<RowSlices> {
  const language = await francLanguage(text);
  const talks = typeof asked === 'string' ? undefined : [...asked, ...(answer ?? [])];
  return {
    characters: text.length,
    ...(language !== undefined && { language }),
    ...(source !== undefined && { source }),
    ...(labels?.length === 1 && { label: labels[0]! }),
    ...(talks && { turns: talks.filter(({ role }) => role === 'assistant').length }),
  };
}

function sourceIn({ facts }: StoredRow): string | undefined {
  const source = facts['source'] ?? facts['file'];
  return source === undefined ? undefined : String(source);
}

/** The names of the datasets. */
async function sourcesOf(db: AtelierDb, places: readonly HeldPlace[]): Promise<Map<Id, string>> {
  const names = new Map<Id, string>();
  for (const { datasetId } of places)
    if (!names.has(datasetId)) names.set(datasetId, (await getDataset(db, datasetId)).name);
  return names;
}
