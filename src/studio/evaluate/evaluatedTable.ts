// What was stored of an evaluation as one table: its rows, and what each model made of each in each part, also as the
// metrics read it.
import { writtenText } from '../../base/conversation';
import { readCalls } from '../../base/readCalls';
import type {
  EvaluatedRow,
  EvaluationChunk,
  EvaluationPart,
  EvaluationRecord,
  RowFound,
} from '../../base/records/evaluation';
import type { Id } from '../../base/records/named';
import type { RowOf, RowStats } from '../../data/metrics/metric';
import type { METRICS } from '../../data/metrics/metrics';
import type { AtelierDb } from '../../storage/db';
import { evaluationChunks, getEvaluation } from '../../storage/evaluations';

export interface EvaluatedTable {
  record: EvaluationRecord;
  rows: EvaluatedRow[];
  /** By model and row. */
  found: Partial<Record<EvaluationPart, RowFound>>[][];
}

/** @throws evaluation-missing */
export async function evaluatedTable(db: AtelierDb, id: Id): Promise<EvaluatedTable> {
  const record = await getEvaluation(db, id);
  return tableOf(record, await evaluationChunks(db, id));
}

function tableOf(record: EvaluationRecord, chunks: readonly EvaluationChunk[]): EvaluatedTable {
  const rows = chunks.flatMap((chunk) => (chunk.kind === 'rows' ? chunk.rows : []));
  const found: EvaluatedTable['found'] = record.models.map(() => rows.map(() => ({})));
  for (const chunk of chunks)
    if (chunk.kind === 'results')
      for (const { row, found: one } of chunk.results) found[chunk.model]![row]![chunk.part] = one;
  return { record, rows, found };
}

/** The first of the models whose rows are written in the same way: what the others are compared with. */
export const comparedWith = ({ models }: EvaluationRecord, model: number): number =>
  models.findIndex(({ writing }) => writing === models[model]!.writing);

/** DPO's usual β, by which likelihoods become rewards. */
const BETA = 0.1;

/** A row as the metrics of a part read it; undefined where it was not measured or not scored. */
export function metricRow<P extends EvaluationPart>(
  { record, rows, found }: EvaluatedTable,
  part: P,
  model: number,
  at: number,
): RowOf[P] | undefined {
  const one = found[model]![at]![part];
  const to = comparedWith(record, model);
  const before = to === model ? undefined : found[to]![at]![part]; // beside itself every reward would be 0
  const read = one && READ[part](one, rows[at]!, { record, model }, before);
  return read;
}

/** What a row is read by: the evaluation, and which of its models it is. */
interface Reading {
  record: EvaluationRecord;
  model: number;
}

/** An answer, with what its row and the evaluation want of it. Calls count where the model's template writes them. */
function generationRow(
  { text, tokens }: Extract<RowFound, { part: 'generation' }>,
  { answer = [] }: EvaluatedRow,
  { record: { models, expected = {} }, model }: Reading,
): RowOf['generation'] {
  const { calls: format } = models[model]!;
  const wantedCalls = answer.flatMap(({ toolCalls = [] }) => toolCalls);
  return {
    ...{ answer: text, references: [answer.map(writtenText).join('\n')], tokens },
    ...(expected.contains !== undefined && { contains: expected.contains }),
    ...(expected.pattern !== undefined && { pattern: expected.pattern }),
    ...(expected.schema !== undefined && { schema: parsed(expected.schema) }),
    ...(format && wantedCalls.length > 0 && { wantedCalls, calls: readCalls(text, format)?.calls ?? [] }),
  };
}

/** Undefined of what is no JSON: the form refuses it, and a record from elsewhere scores nothing. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

type Read = {
  [P in EvaluationPart]: (
    found: RowFound,
    row: EvaluatedRow,
    reading: Reading,
    reference: RowFound | undefined,
  ) => RowOf[P] | undefined;
};

const READ: Read = {
  language: (found) => (found.part === 'language' ? found : undefined),
  generation: (found, row, asked) => (found.part === 'generation' ? generationRow(found, row, asked) : undefined),
  classes: (found, { labels = [] }, { record: { classes } }) =>
    found.part === 'classes' && classes
      ? {
          probabilities: found.probabilities,
          labels: labels.map((label) => classes.names.indexOf(label)).filter((place) => place >= 0),
          several: classes.several === true,
        }
      : undefined,
  preference: (found, _row, _reading, reference) =>
    found.part === 'preference'
      ? {
          ...{ chosen: -found.chosen.nats, rejected: -found.rejected.nats },
          ...{ chosenTokens: found.chosen.tokens, rejectedTokens: found.rejected.tokens },
          ...(found.chosen.written &&
            found.rejected.written && {
              written: { chosen: found.chosen.written, rejected: found.rejected.written },
            }),
          ...(reference?.part === 'preference' && {
            reference: { chosen: -reference.chosen.nats, rejected: -reference.rejected.nats, beta: BETA },
          }),
        }
      : undefined,
  memory: (found) => (found.part === 'memory' ? found : undefined),
};

/** What a metric keeps of some rows, in their order. */
export function statsOfRows<P extends EvaluationPart>(
  table: EvaluatedTable,
  part: P,
  metric: (typeof METRICS)[P][number],
  model: number,
  places: readonly number[],
): (RowStats | undefined)[] {
  return places.map((at) => {
    const row = metricRow(table, part, model, at);
    return row && metric.statsOf(row);
  });
}
