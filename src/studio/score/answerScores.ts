// How likely a model finds each answer of a label task for a row: suggestions for the person who labels. A classifier
// that knows the classes says it by its head. Of a model that writes, for classes, ratings and keep or drop it is the
// probability that the model, after a prompt about the row, says exactly that word and ends, among the words that can
// be said: what a decoder that is held to those words would draw. So a word that is the beginning of another one, or
// has more tokens, is weighed as the model itself weighs it. Two answers are texts of any length: there it is the mean
// over the tokens, as the longer one would lose by its length alone.
import type { Conversation, Message, PreferencePair } from '../../base/conversation';
import { AtelierError, throwIfCancelled } from '../../base/errors/errors';
import type { DatasetRecord, StoredRow } from '../../base/records/dataset';
import type { AnswerScores, RowScores } from '../../base/records/scores';
import { toldClasses } from '../../base/wire/classes';
import { ROW_SLOT, type AnswersRequest, type Scored } from '../../base/wire/scoring';
import { classifiedText, plainText } from '../../data/chat/conversationText';
import type { GradedRow } from '../../data/chat/gradedRow';
import { Yielding } from '../../data/yielding';
import { getDataset, storedRowsAt } from '../../storage/datasets';
import type { AtelierDb } from '../../storage/db';
import { allScores, keepScores } from '../../storage/scores';
import { classify } from '../chat/classify';
import type { LoadedModel } from '../chat/loadedModels';
import { answerRow, fittedRow, LabelNats } from './labelAnswers';
import { orRefused, type ScoreOptions } from './lossColumn';
import { rowTokens, type RowTokens } from './rowTokens';
import { scoredContext, WindowScorer } from './windowScorer';

/** Rows that are read at once. */
const READ_AT_ONCE = 64;
/** Rows that are asked about before progress is told. */
const ASKED_AT_ONCE = 16;
/** A row that was asked and has no probabilities. */
const NONE = -1;

/**
 * Asks about rows, those that were asked the same before left out, and keeps the answers beside the rows.
 * @throws dataset-missing, dataset-damaged, classes-unknown of a classifier, storage-*, cancelled, and what the device
 *   throws
 */
export async function classProbabilities(
  db: AtelierDb,
  loaded: LoadedModel,
  request: AnswersRequest,
  options: ScoreOptions,
): Promise<Scored> {
  const dataset = await getDataset(db, request.datasetId);
  const heads = headsOf(loaded, request);
  const scores = heads
    ? await begunAnswers(db, dataset, { ...request, prompt: '' }, loaded.model.shape.contextLength)
    : await begunAnswers(db, dataset, request, scoredContext(loaded.model));
  const asking: Asking = { request, scores, dataset };
  try {
    if (heads) await askSome(db, asking, options, (rows) => askHeads(asking, loaded, heads, options, rows));
    else await askByWords(db, asking, loaded, options);
  } finally {
    await keepScores(db, dataset.id, scores);
  }
  const each = request.answers.length;
  const { cut, refused } = scores.about;
  return { rows: scores.values.filter((value, i) => i % each === 0 && value >= 0).length, cut, refused };
}

async function begunAnswers(
  db: AtelierDb,
  { id, rows }: DatasetRecord,
  { weightsId, model, taskId, prompt, answers: asked }: AnswersRequest,
  context: number,
): Promise<RowScores<AnswerScores>> {
  const answers = asked.map(({ answer }) => answer);
  const about: AnswerScores = {
    ...{ kind: 'answers', weightsId, model, taskId, prompt, answers },
    ...{ context, cut: 0, refused: 0, at: Date.now() },
  };
  const key = ({ weightsId: of, taskId: task, prompt: text, answers: said, context: seen }: AnswerScores): string =>
    JSON.stringify([of, task, text, said, seen]);
  for (const found of await allScores(db, id, rows))
    if (found.about.kind === 'answers' && key(found.about) === key(about))
      return { about: { ...found.about, model }, values: found.values };
  return { about, values: new Float32Array(rows * answers.length).fill(NaN) };
}

interface Asking {
  request: AnswersRequest;
  scores: RowScores<AnswerScores>;
  dataset: DatasetRecord;
}

/** Of a classifier the place of each answer among its classes. @throws classes-unknown where it has none for one */
function headsOf({ model }: LoadedModel, { answers, model: name }: AnswersRequest): number[] | undefined {
  const { classes } = model.shape;
  if (!classes) return undefined;
  const heads = answers.map(({ word }) => classes.names.indexOf(word));
  const unknown = answers.filter((_, i) => heads[i] === -1).map(({ word }) => word);
  if (unknown.length || !answers.length)
    throw new AtelierError('classes-unknown', {
      ...{ model: name, unknown: unknown.join(', '), known: toldClasses(classes.names) },
    });
  return heads;
}

/** The probabilities of its classes, as shares of those that the task has. */
async function askHeads(
  { request, scores, dataset: { content = 'text' } }: Asking,
  { model, tokenizer }: LoadedModel,
  heads: readonly number[],
  { inTurn, signal }: ScoreOptions,
  rows: readonly AskedRow[],
): Promise<void> {
  const texts = rows.map(({ stored }) => classifiedText(stored.row, content));
  for (const [i, { probabilities, cut }] of (await classify({ model, tokenizer, inTurn }, texts, signal)).entries()) {
    if (cut) scores.about.cut++;
    const sum = heads.reduce((all, head) => all + probabilities[head]!, 0);
    const shares = heads.map((head) => (sum > 0 ? probabilities[head]! / sum : NONE));
    scores.values.set(shares, rows[i]!.place * request.answers.length);
  }
}

async function askByWords(db: AtelierDb, asking: Asking, loaded: LoadedModel, options: ScoreOptions): Promise<void> {
  const scorer = new WindowScorer(loaded.model, options.inTurn);
  const words: Words = { ...asking, tokens: rowTokens(loaded), scorer };
  try {
    await askSome(db, asking, options, async (rows) => {
      for (const row of rows) await askWords(words, row, options.signal);
    });
    await scorer.finish();
  } finally {
    await scorer.leave();
  }
}

interface AskedRow {
  stored: StoredRow;
  place: number;
}

/** Asks about the rows that have no answer yet, some at once. */
async function askSome(
  db: AtelierDb,
  { dataset, request, scores }: Asking,
  { onProgress, signal }: ScoreOptions,
  ask: (rows: readonly AskedRow[]) => Promise<void>,
): Promise<void> {
  const each = request.answers.length;
  const places = (request.places ?? []).filter((place) => Number.isNaN(scores.values[place * each]));
  const pace = new Yielding(signal);
  for (let from = 0; from < places.length; from += READ_AT_ONCE) {
    const now = places.slice(from, from + READ_AT_ONCE);
    const rows = (await storedRowsAt(db, dataset.id, now)).map((stored, i) => ({ stored, place: now[i]! }));
    for (let first = 0; first < rows.length; first += ASKED_AT_ONCE) {
      throwIfCancelled(signal);
      const some = rows.slice(first, first + ASKED_AT_ONCE);
      await ask(some);
      onProgress?.({ phase: 'checking', done: from + first + some.length, total: places.length, unit: 'rows' });
      if (pace.due()) await pace.rest();
    }
  }
}

interface Words extends Asking {
  tokens: RowTokens;
  scorer: WindowScorer;
}

async function askWords(
  { tokens, request, scores, scorer, dataset }: Words,
  { stored, place }: AskedRow,
  signal: AbortSignal | undefined,
): Promise<void> {
  throwIfCancelled(signal);
  const { about, values } = scores;
  const each = request.answers.length;
  const rows = request.answers.map((_, i) =>
    orRefused(() => windowOf(tokens, request, stored, dataset, i, about.context)),
  );
  if (rows.includes('refused')) about.refused++;
  if (rows.includes('refused')) values.fill(NONE, place * each, (place + 1) * each);
  const found = rows.filter((row) => row !== 'refused');
  if (found.length < each) return;
  if (found.some(({ cut }) => cut)) about.cut++;
  const logs = new LabelNats(each, request.compares !== undefined, (shares) =>
    values.set(
      shares.map((share) => (Number.isFinite(share) ? share : NONE)),
      place * each,
    ),
  );
  for (const [i, { row }] of found.entries()) await scorer.add(row, (loss) => logs.add(i, loss));
}

interface AskedWindow {
  row: GradedRow;
  cut: boolean;
}

/** The row as it is read before one of the answers, which alone is graded. */
function windowOf(
  tokens: RowTokens,
  request: AnswersRequest,
  { row, facts }: StoredRow,
  { content = 'text' }: DatasetRecord,
  which: number,
  context: number,
): AskedWindow {
  const { compares, conversational, prompt, answers } = request;
  if (compares === 'pair') {
    const read = tokens.pair(JSON.parse(row) as PreferencePair)[which]!;
    return { row: read, cut: read.ids.length - 1 > context };
  }
  const said = compares ? String(facts[compares[which]!] ?? '') : answers[which]!.word;
  const text = plainText(row, content);
  const after = (part: string): GradedRow => {
    const before = compares ? part : prompt.replaceAll(ROW_SLOT, () => part);
    return answerRow(tokens, conversational ? askedTurns(before, content, compares && row) : before, said);
  };
  const fitted = fittedRow(after, text, context);
  return { row: fitted.row, cut: fitted.kept !== text };
}

/** Beside a conversation that goes on the answer is its next turn; else what is asked is a turn of its own. */
const askedTurns = (before: string, content: DatasetRecord['content'], row: string | undefined): readonly Message[] =>
  content === 'chat' && row !== undefined
    ? (JSON.parse(row) as Conversation).messages
    : [{ role: 'user', content: before }];
