// How far people, or one person at two times, agree beyond chance: Krippendorff's alpha (Krippendorff, 2011) for any
// number of judges, values missing or not.
import type { Interval } from './intervals';
import { percentileInterval, resamplings } from './resampling';
import { stream } from './rng';

/** What values of a unit are to each other: names, places in an order, or amounts. */
export type MeasureLevel = 'nominal' | 'ordinal' | 'interval';

/** What the judges gave to one thing; who gave none is left out. For names any numbers will do. */
export type UnitValues = readonly number[];

/** How far two values lie apart, squared, by their places in the order of all values. */
type Distance = (a: number, b: number) => number;

function distanceOf(level: MeasureLevel, values: readonly number[], counts: readonly number[]): Distance {
  if (level === 'nominal') return (a, b) => (a === b ? 0 : 1);
  if (level === 'interval') return (a, b) => (values[a]! - values[b]!) ** 2;
  return (a, b) => {
    const between = counts.slice(Math.min(a, b), Math.max(a, b) + 1).reduce((x, y) => x + y, 0);
    return (between - (counts[a]! + counts[b]!) / 2) ** 2;
  };
}

/** How often two values met in a unit, each unit counted by its judges, by their places in `values`. */
function coincidences(units: readonly UnitValues[], values: readonly number[]): number[][] {
  const place = new Map(values.map((value, i) => [value, i]));
  const met = values.map(() => values.map(() => 0));
  for (const unit of units)
    for (const [i, a] of unit.entries())
      for (const [j, b] of unit.entries()) if (i !== j) met[place.get(a)!]![place.get(b)!]! += 1 / (unit.length - 1);
  return met;
}

/**
 * 1 where all agree, 0 where it is chance, below where they disagree more than by chance. A unit with one value says
 * nothing and is left out. Undefined where fewer than two values were given at all: there was nothing to disagree on.
 */
export function krippendorffAlpha(units: readonly UnitValues[], level: MeasureLevel): number | undefined {
  const shared = units.filter((unit) => unit.length > 1);
  const values = [...new Set(shared.flat())].sort((a, b) => a - b);
  if (values.length < 2) return undefined;
  const met = coincidences(shared, values);
  const counts = met.map((row) => row.reduce((a, b) => a + b, 0));
  const total = counts.reduce((a, b) => a + b, 0);
  const distance = distanceOf(level, values, counts);
  let [seen, chance] = [0, 0];
  for (let a = 0; a < values.length; a++)
    for (let b = 0; b < values.length; b++) {
      if (a === b) continue;
      seen += met[a]![b]! * distance(a, b);
      chance += ((counts[a]! * counts[b]!) / (total - 1)) * distance(a, b);
    }
  return 1 - seen / chance;
}

/** An interval of 95 % by drawing units again; draws in which all values are one are left out. */
export function alphaInterval(
  units: readonly UnitValues[],
  level: MeasureLevel,
  { seed, draws = 1000 }: { seed: number; draws?: number },
): Interval | undefined {
  const shared = units.filter((unit) => unit.length > 1);
  const lists = resamplings(
    shared.map((_, unit) => [unit]),
    draws,
    stream(seed, 'alpha'),
  );
  const drawn = [...lists].map((list) =>
    krippendorffAlpha(
      list.map((unit) => shared[unit]!),
      level,
    ),
  );
  return percentileInterval(drawn.filter((alpha) => alpha !== undefined));
}
