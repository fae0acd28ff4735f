// Feedback on answers as rows: which rows a record becomes, in the form that data sets are published in, and the
// datasets that are made of them.
import { answerMessage } from '../../base/answerMessage';
import { publishedMessage, type Message } from '../../base/conversation';
import { rootIdOf, type DatasetContent } from '../../base/records/dataset';
import { kindsOf, type FeedbackKind, type FeedbackRecord } from '../../base/records/feedback';
import type { Id } from '../../base/records/named';
import type { FeedbackRowsRequest, MadeOfFeedback, RowTarget } from '../../base/wire/written';
import { keepFeedback, listFeedback } from '../../storage/feedback';
import type { AtelierDb } from '../../storage/db';
import type { RecipeOptions } from './datasetPasses';
import type { ImportOptions } from './importData';
import { writtenDataset } from './writtenRows';

type JsonRow = Readonly<Record<string, unknown>>;

const CONTENTS: Record<FeedbackKind, DatasetContent> = { rows: 'chat', pairs: 'preference', thumbs: 'chat' };

/** What was asked: nothing of it is graded but what the person spoke of. */
function askedOf({ asked, beginning }: FeedbackRecord): Message[] {
  if (beginning !== undefined) return [{ role: 'user', content: beginning }];
  return asked.map((message) => (message.role === 'assistant' ? { ...message, weight: 0 } : message));
}

/** Where the row comes from, as columns beside it. */
function originOf({ id, from, sampling, createdAt, talkId, tags, note }: FeedbackRecord, kind: FeedbackKind): JsonRow {
  return {
    origin: kind === 'thumbs' ? 'thumb' : 'edit',
    model: from.step === undefined ? from.name : `${from.name} · step ${from.step}`,
    ...(from.weightsId !== undefined && { weights_id: from.weightsId }),
    ...(sampling && { sampling: JSON.stringify(sampling) }),
    time: new Date(createdAt).toISOString(),
    talk: talkId,
    feedback: id,
    ...(tags.length > 0 && { tags: tags.join(', ') }),
    ...(note.trim() !== '' && { note: note.trim() }),
  };
}

/** One row of a record; it must be of that kind. */
export function feedbackRow(record: FeedbackRecord, kind: FeedbackKind): JsonRow {
  const { original, edited = original, reading, thumb, tools } = record;
  const asked = askedOf(record).map(publishedMessage);
  const [better, before] = [edited, original].map((text) => publishedMessage(answerMessage(text, reading)));
  const beside = { ...(tools && { tools }), ...originOf(record, kind) };
  if (kind === 'pairs') return { prompt: asked, chosen: [better], rejected: [before], ...beside };
  if (kind === 'rows') return { messages: [...asked, better], ...beside };
  return { messages: [...asked, before], label: thumb === 'up', ...beside };
}

/**
 * Makes a dataset, or the next version of one, of each kind that has a target and rows. What is in a version of the
 * target already comes into it once more only where it was changed since.
 * @throws what `writtenDataset` throws; what was made before it stays
 */
export async function feedbackDatasets(
  db: AtelierDb,
  { ids, targets }: FeedbackRowsRequest,
  options: ImportOptions & RecipeOptions = {},
): Promise<MadeOfFeedback[]> {
  const chosen = new Set(ids);
  const records = (await listFeedback(db)).filter(({ id }) => chosen.has(id)).reverse();
  const made: MadeOfFeedback[] = [];
  for (const kind of Object.keys(targets) as FeedbackKind[]) {
    const target = targets[kind];
    if (target) made.push(...(await madeOf(db, kind, target, records, options)));
  }
  return made;
}

async function madeOf(
  db: AtelierDb,
  kind: FeedbackKind,
  target: RowTarget,
  records: readonly FeedbackRecord[],
  options: ImportOptions & RecipeOptions,
): Promise<MadeOfFeedback[]> {
  const family = await familyOf(db, target);
  const fresh = records.filter((record) => kindsOf(record).includes(kind) && !isIn(record, kind, family));
  if (!fresh.length) return [];
  const rows = fresh.map((record) => feedbackRow(record, kind));
  const request = { source: 'feedback' as const, content: CONTENTS[kind], rows, target };
  const dataset = await writtenDataset(db, request, options);
  const use = { datasetId: dataset.id, kind, at: Date.now() };
  const stored = new Map((await listFeedback(db)).map((record) => [record.id, record])); // other kinds wrote meanwhile
  const used = fresh.flatMap(({ id }) =>
    [stored.get(id)].flatMap((r) => (r ? [{ ...r, used: [...r.used, use] }] : [])),
  );
  await keepFeedback(db, used);
  return [{ kind, dataset, added: rows.length }];
}

/** Ids of all versions of the dataset that is added to. */
async function familyOf(db: AtelierDb, target: RowTarget): Promise<ReadonlySet<Id>> {
  if (!('datasetId' in target)) return new Set();
  const all = await db.getAll('datasets');
  const root = all.filter(({ id }) => id === target.datasetId).map(rootIdOf)[0];
  return new Set(all.filter((dataset) => rootIdOf(dataset) === root).map(({ id }) => id));
}

const isIn = ({ used, updatedAt }: FeedbackRecord, of: FeedbackKind, family: ReadonlySet<Id>): boolean =>
  used.some(({ datasetId, kind, at }) => kind === of && family.has(datasetId) && at >= updatedAt);

/** The dataset that the models of most of these answers were trained on; undefined where none is listed any more. */
export async function homeOfFeedback(db: AtelierDb, ids: readonly Id[]): Promise<Id | undefined> {
  const chosen = new Set(ids);
  const counts = new Map<Id, number>();
  for (const { id, from } of await listFeedback(db)) {
    const home = chosen.has(id) ? await trainedOn(db, from) : undefined;
    if (home !== undefined) counts.set(home, (counts.get(home) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

async function trainedOn(db: AtelierDb, { weightsId, runId }: FeedbackRecord['from']): Promise<Id | undefined> {
  const trained = runId ?? (weightsId === undefined ? undefined : (await db.get('checkpoints', weightsId))?.runId);
  const run = trained === undefined ? undefined : await db.get('runs', trained);
  const prepared = run?.preparedId === undefined ? undefined : await db.get('prepared', run.preparedId);
  const [first] = prepared?.datasetIds ?? [];
  const dataset = first === undefined ? undefined : await db.get('datasets', first);
  return dataset && dataset.deletedAt === undefined ? dataset.id : undefined;
}
