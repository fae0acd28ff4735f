// Offsets of stretches as tools count them: Python in code points, JavaScript in UTF-16 units.

/** Code points before a place that is given in UTF-16 units. */
export const pointsBefore = (text: string, unit: number): number => Array.from(text.slice(0, unit)).length;

/** The place in UTF-16 units behind so many code points; undefined beyond the end. */
function unitsBefore(text: string, points: number): number | undefined {
  let unit = 0;
  for (let left = points; left > 0; left--) {
    const code = text.codePointAt(unit);
    if (code === undefined) return undefined;
    unit += code > 0xffff ? 2 : 1;
  }
  return unit;
}

const isPlace = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0;

/** A stretch in UTF-16 units; undefined where the text has none there. */
export function stretchIn(
  text: string,
  start: unknown,
  end: unknown,
  counted: 'points' | 'units',
): [start: number, end: number] | undefined {
  if (!isPlace(start) || !isPlace(end) || start >= end || end > text.length) return undefined;
  if (counted === 'units') return [start, end];
  const [from, to] = [unitsBefore(text, start), unitsBefore(text, end)];
  return from === undefined || to === undefined ? undefined : [from, to];
}
