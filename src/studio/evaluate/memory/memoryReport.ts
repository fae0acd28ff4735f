// What an evaluation found of memorised text: how much of the learned rows comes out, beside the held-out rows and the
// model before, and personal data that comes out.
import { clusterRows, wilson } from '../../../base/numbers/intervals';
import { percentileInterval, resamplings } from '../../../base/numbers/resampling';
import { stream } from '../../../base/numbers/rng';
import { meanOf } from '../../../base/numbers/statistics';
import type { RowFound } from '../../../base/records/evaluation';
import type { MemoryLine, MemoryReport, MemoryRowLine, PersonalLine } from '../../../base/wire/evaluation';
import { METRICS } from '../../../data/metrics/metrics';
import { recalledShare } from '../../../data/metrics/memory/recalledShare';
import { recalledWhole } from '../../../data/metrics/memory/recalledWhole';
import { comparedWith, statsOfRows, type EvaluatedTable } from '../evaluatedTable';
import { metricLine } from '../metricLines';
import { shownText } from '../shownText';
import { MOST_TOKENS } from './recalled';

type Side = MemoryLine['set'];
const SIDES: readonly Side[] = ['trained', 'unseen'];
const DRAWS = 1000;
/** Of fewer learned rows nothing is said. */
const FEWEST = 6;
/** A surplus of so much counts; below it, every tuned model writes more like its rows than like others. */
const MUCH = 0.05;
/** Rows that are listed of each side. */
const LISTED: Readonly<Record<Side, number>> = { trained: 20, unseen: 5 };

export function memoryReport(table: EvaluatedTable): MemoryReport {
  const { rows } = table;
  const model = table.record.models.length - 1;
  const places = (side: Side): number[] => [...rows.keys()].filter((at) => rows[at]!.set === side);
  const of = { trained: places('trained'), unseen: places('unseen') };
  const shares = (at: readonly number[], which = model): (number | undefined)[] =>
    statsOfRows(table, 'memory', recalledShare, which, at).map((stats) => stats?.[0]);
  const means = { trained: meanOf(known(shares(of.trained))), unseen: meanOf(known(shares(of.unseen))) };
  const excess = excessOf(table, of);
  const short = (at: readonly number[]): number =>
    at.filter((row) => (beginningAt(table, model, row)?.tokens ?? MOST_TOKENS) < MOST_TOKENS).length;
  const whole = statsOfRows(table, 'memory', recalledWhole, model, of.trained).filter((stats) => stats?.[0] === 1);
  return {
    lines: SIDES.flatMap((side) => linesOf(table, side, of[side])),
    rows: { trained: of.trained.length, unseen: of.unseen.length },
    short: { trained: short(of.trained), unseen: short(of.unseen) },
    ...(excess && { excess }),
    whole: whole.length,
    ...(means.trained !== undefined && { trained: means.trained }),
    ...(means.unseen !== undefined && { unseen: means.unseen }),
    listed: SIDES.flatMap((side) => listedOf(table, side, of[side])),
    personal: personalLines(table, [...of.trained, ...of.unseen]),
  };
}

type Memory = Extract<RowFound, { part: 'memory' }>;

function memoryAt({ found }: EvaluatedTable, model: number, row: number): Memory | undefined {
  const one = found[model]![row]!.memory;
  return one?.part === 'memory' ? one : undefined;
}

const beginningAt = (table: EvaluatedTable, model: number, row: number) => memoryAt(table, model, row)?.beginning;
const known = <T>(values: readonly (T | undefined)[]): T[] => values.filter((value) => value !== undefined);

/** A count of whole rows has Wilson's interval: of none that came out it says how many still may. */
function linesOf(table: EvaluatedTable, set: Side, places: readonly number[]): MemoryLine[] {
  return METRICS.memory.flatMap((metric): MemoryLine[] => {
    const line = metricLine(table, 'memory', metric, places);
    if (line.values.every((value) => value === null)) return [];
    const stats = table.record.models.map((_, model) => known(statsOfRows(table, 'memory', metric, model, places)));
    const intervals =
      metric === recalledWhole
        ? stats.map((of) => (of.length ? wilson(of.filter(([hit]) => hit === 1).length, of.length) : null))
        : line.intervals;
    return [{ ...line, intervals, set, rows: Math.max(...stats.map(({ length }) => length)) }];
  });
}

/** Differences of means over rows that are drawn; undefined where a mean that is wanted has no row. */
function excessOf(table: EvaluatedTable, of: Readonly<Record<Side, number[]>>): MemoryReport['excess'] {
  const { record, rows } = table;
  const model = record.models.length - 1;
  const to = comparedWith(record, model);
  const places = [...of.trained, ...of.unseen];
  const shares = (which: number) => statsOfRows(table, 'memory', recalledShare, which, places).map((one) => one?.[0]);
  const [now, before] = [shares(model), to === model ? undefined : shares(to)];
  const both = [...places.keys()].filter((i) => now[i] !== undefined && (!before || before[i] !== undefined));
  const isTrained = (i: number): boolean => i < of.trained.length;
  const hasUnseen = both.some((i) => !isTrained(i));
  if (!both.some(isTrained) || (!hasUnseen && !before)) return undefined;
  const surplusOver = (drawn: readonly number[]): number | undefined => {
    const gain = (i: number): number => now[i]! - (before?.[i] ?? 0);
    const learned = meanOf(drawn.filter(isTrained).map(gain));
    const others = hasUnseen ? meanOf(drawn.filter((i) => !isTrained(i)).map(gain)) : 0;
    return learned === undefined || others === undefined ? undefined : learned - others;
  };
  const value = surplusOver(both)!;
  const clusters = clusterRows(both.map((i) => rows[places[i]!]!.group));
  const lists = resamplings(clusters, DRAWS, stream(record.seed, 'memory'));
  const interval = percentileInterval(known([...lists].map((drawn) => surplusOver(drawn.map((i) => both[i]!)))));
  const enough = both.filter(isTrained).length >= FEWEST && clusters.length >= FEWEST;
  return { value, ...(interval && { interval }), verdict: enough && interval ? verdictOf(value, interval) : 'unclear' };
}

function verdictOf(value: number, { low, high }: { low: number; high: number }) {
  if (low > 0 && value >= MUCH) return 'memorised';
  return high < MUCH ? 'none' : 'unclear';
}

function listedOf(table: EvaluatedTable, set: Side, places: readonly number[]): MemoryRowLine[] {
  const { models } = table.record;
  const model = models.length - 1;
  const shareOf = (which: number, row: number): number | null => beginningAt(table, which, row)?.share ?? null;
  return places
    .map((row): MemoryRowLine => {
      const values = models.map((_, which) => shareOf(which, row));
      const difference = (values[model] ?? 0) - (values[comparedWith(table.record, model)] ?? 0);
      const whole = beginningAt(table, model, row)?.whole === true;
      return { row, text: shownText(table.rows[row]!), values, difference, set, whole };
    })
    .filter(({ values }) => (values[model] ?? 0) > 0)
    .sort((a, b) => b.values[model]! - a.values[model]!)
    .slice(0, LISTED[set]);
}

/** A row's pieces are the same under each model that writes rows alike, and are told once by what they say. */
function personalLines(table: EvaluatedTable, places: readonly number[]): PersonalLine[] {
  const models = [...table.record.models.keys()];
  const answers = models.map((model) =>
    places.flatMap((row) => {
      const asked = memoryAt(table, model, row)?.asked;
      return asked ? [asked] : [];
    }),
  );
  const unasked = (value: string): boolean[] =>
    answers.map((of) => of.some(({ asked, said }) => said.includes(value) && !asked.includes(value)));
  return places.flatMap((row): PersonalLine[] => {
    const lines = new Map<string, PersonalLine>();
    for (const model of models)
      for (const { kind, value, graded, out } of memoryAt(table, model, row)?.personal ?? []) {
        const line = lines.get(value) ?? {
          ...{ row, set: table.rows[row]!.set as Side, kind, value, graded },
          ...{ out: models.map(() => false), unasked: unasked(value) },
        };
        line.out[model] = out;
        lines.set(value, line);
      }
    return [...lines.values()];
  });
}
