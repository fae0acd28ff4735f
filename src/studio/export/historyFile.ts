// What was measured in runs as files that others read: CSV, JSON, TensorBoard. Weights are exported by exportModel.ts.
import type { Id } from '../../base/records/named';
import { mixedNames } from '../../base/records/mix';
import type { RunRecord } from '../../base/records/run';
import type { HistoryPart, SamplePoint, StepPoint, ValidationPoint } from '../../base/wire/events';
import { MEASURE_NAMES, valuesOf, type MeasureName } from '../../base/wire/measures';
import type { ExportResult, HistoryKind } from '../../base/wire/requests';
import { writeCsv, type Cell } from '../../formats/history/csv';
import { tensorBoardFile, type ScalarEvent } from '../../formats/history/tensorBoard';
import { writeZip, type ZipItem } from '../../formats/zip';
import type { AtelierDb } from '../../storage/db';
import { getRun, readHistory } from '../../storage/runs';
import { plainFileName } from './exportName';
import { ExportTarget } from './exportStreams';

/** All that was measured in one run, in the order of the steps. */
export interface RunHistory {
  steps: StepPoint[];
  validations: ValidationPoint[];
  samples: Pick<SamplePoint, 'step' | 'prompt' | 'text'>[];
}

/** What a curve is called in a file: as the Trainer of Transformers and the trainers of TRL name the same. */
const NAMES: Record<MeasureName, string> = {
  loss: 'loss',
  accuracy: 'accuracy',
  margin: 'rewards/margins',
  chosen: 'rewards/chosen',
  rejected: 'rewards/rejected',
  logOddsChosen: 'log_odds_chosen',
  logOddsRatio: 'log_odds_ratio',
  kl: 'kl',
  gradNorm: 'grad_norm',
  rate: 'learning_rate',
  speed: 'tokens_per_second',
  gpuBytes: 'gpu_bytes',
};
const ofTraining = (name: MeasureName): string => `train/${NAMES[name]}`;
const ofValidation = (name: MeasureName): string => `eval/${NAMES[name]}`;

/** Parts in one: a later part that begins before the end of an earlier one replaces its tail, as a resumed run does. */
export function joinedHistory(parts: readonly HistoryPart[]): RunHistory {
  const joined: RunHistory = { steps: [], validations: [], samples: [] };
  for (const { steps, validations, samples } of parts) {
    append(joined.steps, steps);
    append(joined.validations, validations);
    append(
      joined.samples,
      samples.map(({ step, prompt, text }) => ({ step, prompt, text })),
    );
  }
  return joined;
}

function append<T extends { step: number }>(all: T[], more: readonly T[]): void {
  const [first] = more;
  while (first && all.length > 0 && all.at(-1)!.step >= first.step) all.pop();
  for (const point of more) all.push(point);
}

type Row = Partial<Record<string, number>> & { step: number };

/** The loss of each text of a mix beside that of all of them; a text that a step did not grade has none. */
function byText(
  { origins }: StepPoint | ValidationPoint,
  texts: readonly string[],
  side: string,
): Record<string, number> {
  const losses = texts.map((text, i): [string, number] => [lossOfText(side, text), origins?.[i] ?? NaN]);
  return Object.fromEntries(losses.filter(([, loss]) => !Number.isNaN(loss)));
}
const lossOfText = (side: string, text: string): string => `${side}/loss/${text}`;

/**
 * One row for each step, with what was measured on the held-out rows then; a column that nothing fills is left out.
 * @param texts of a mix, as `mixedNames` has them
 */
export function historyCsv({ steps, validations }: RunHistory, texts: readonly string[] = []): string {
  const rows = new Map<number, Row>();
  const at = (step: number): Row => rows.get(step) ?? rows.set(step, { step }).get(step)!;
  for (const point of steps)
    Object.assign(at(point.step), named(point, ofTraining), byText(point, texts, 'train'), {
      ...{ tokens: point.tokens, milliseconds: point.milliseconds },
    });
  for (const point of validations)
    Object.assign(at(point.step), named(point, ofValidation), byText(point, texts, 'eval'));
  const ordered = [...rows.values()].toSorted((a, b) => a.step - b.step);
  const filled = new Set(ordered.flatMap((row) => Object.keys(row)));
  const all = [
    ...[...MEASURE_NAMES.map(ofTraining), ...texts.map((text) => lossOfText('train', text))],
    ...['tokens', 'milliseconds'],
    ...[...MEASURE_NAMES.map(ofValidation), ...texts.map((text) => lossOfText('eval', text))],
  ];
  const columns = ['step', ...all.filter((column) => filled.has(column))];
  const cells = ordered.map((row) => columns.map((column): Cell => row[column]));
  return writeCsv(columns, cells);
}

const named = (point: StepPoint | ValidationPoint, name: (measure: MeasureName) => string): Record<string, number> => {
  const values = valuesOf(point);
  return Object.fromEntries(
    MEASURE_NAMES.flatMap((measure) => (values[measure] === undefined ? [] : [[name(measure), values[measure]]])),
  );
};

/**
 * The record and the points under the names of storage. JSON has no NaN: a norm of a skipped update becomes null, and
 * the loss of a text that a step did not grade.
 */
export const historyJson = (run: RunRecord, history: RunHistory): string =>
  JSON.stringify({ format: 'atelier-run-history', version: 1, run, ...history }, undefined, 2);

/**
 * Scalars in the order of the steps. The points hold no times of day: a step's is the run's start and the time of the
 * steps up to it, without pauses.
 */
export function* historyEvents(run: RunRecord, { steps, validations }: RunHistory): Generator<ScalarEvent> {
  let milliseconds = run.createdAt;
  let next = 0;
  const texts = mixedNames(run);
  const scalars = function* (point: StepPoint | ValidationPoint, side: 'train' | 'eval') {
    const wallTime = milliseconds / 1000;
    const values = { ...named(point, side === 'train' ? ofTraining : ofValidation), ...byText(point, texts, side) };
    for (const [tag, value] of Object.entries(values)) yield { wallTime, step: point.step, tag, value };
  };
  const validated = function* (before: number) {
    for (; next < validations.length && validations[next]!.step < before; next++)
      yield* scalars(validations[next]!, 'eval');
  };
  for (const point of steps) {
    yield* validated(point.step);
    milliseconds += point.milliseconds;
    yield* scalars(point, 'train');
  }
  yield* validated(Infinity);
}

interface HistoryWriter {
  fileName: (run: RunRecord) => string;
  type: string;
  bytes: (run: RunRecord, history: RunHistory) => Uint8Array;
}

const text = (written: string): Uint8Array => new TextEncoder().encode(written);
const seconds = (run: RunRecord): number => run.createdAt / 1000;

const WRITERS: Record<HistoryKind, HistoryWriter> = {
  csv: {
    fileName: ({ name }) => `${plainFileName(name)}.csv`,
    type: 'text/csv',
    bytes: (run, history) => text(historyCsv(history, mixedNames(run))),
  },
  json: {
    fileName: ({ name }) => `${plainFileName(name)}.json`,
    type: 'application/json',
    bytes: (run, history) => text(historyJson(run, history)),
  },
  tensorboard: {
    fileName: (run) => `events.out.tfevents.${Math.floor(seconds(run))}.${plainFileName(run.name)}`,
    type: 'application/octet-stream',
    bytes: (run, history) => concatenated([...tensorBoardFile(seconds(run), historyEvents(run, history))]),
  },
};

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.byteLength;
  }
  return all;
}

/**
 * One run as a file, several as a zip with a folder for each: TensorBoard takes a folder for a run.
 * @throws run-missing
 */
export async function historyFile(db: AtelierDb, ids: Id[], kind: HistoryKind): Promise<Required<ExportResult>> {
  const { fileName, type, bytes } = WRITERS[kind];
  const runs = await Promise.all(ids.map((id) => getRun(db, id)));
  const content = async (run: RunRecord): Promise<Uint8Array> =>
    bytes(run, joinedHistory(await readHistory(db, run.id)));
  const out = new ExportTarget();
  const [only] = runs;
  if (only && runs.length === 1) {
    const writer = out.stream.getWriter();
    await writer.write(await content(only));
    await writer.close();
    return { fileName: fileName(only), bytes: out.bytes, blob: out.blob(type)! };
  }
  const folders = foldersOf(runs);
  const items = async function* (): AsyncGenerator<ZipItem> {
    for (const [i, run] of runs.entries()) {
      const file = await content(run);
      yield { path: `${folders[i]!}/${fileName(run)}`, byteLength: file.byteLength, bytes: [file] };
    }
  };
  await writeZip(out.stream, items(), new Date());
  return { fileName: `runs-${kind}.zip`, bytes: out.bytes, blob: out.blob('application/zip')! };
}

/** Two runs of one name get folders of their own. */
function foldersOf(runs: readonly RunRecord[]): string[] {
  const taken = new Set<string>();
  for (const { name } of runs) {
    const plain = plainFileName(name);
    let folder = plain;
    for (let n = 2; taken.has(folder); n++) folder = `${plain}-${n}`;
    taken.add(folder);
  }
  return [...taken];
}
