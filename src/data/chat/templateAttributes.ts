/** What stands behind a point or in brackets: subscripts, slices and the paths that filters take as `attribute`. */
import type { Value } from './pythonValues';
import {
  characterAt,
  dictKey,
  groupPart,
  integer,
  isDictionary,
  isInteger,
  isList,
  isMissing,
  isNone,
  isText,
  list,
  MISSING,
  numberOf,
  text,
  tuple,
} from './pythonValues';

/**
 * `object[key]`; missing where nothing is there.
 * @param lenient gives what is missing parts that are missing too
 */
export function subscript(object: Value, key: Value, lenient: boolean): Value {
  if (isMissing(object) && lenient) return MISSING;
  if (isMissing(object)) throw new TypeError('something that is not defined has no parts');
  if (isDictionary(object) || object.type === 'NamespaceValue') return entry(object.value as Map<unknown, Value>, key);
  const index = isInteger(key) || key.type === 'BooleanValue' ? numberOf(key)! : undefined;
  if (isList(object)) return (index === undefined ? groupPart(object, key) : object.value.at(index)) ?? MISSING;
  if (!isText(object) || index === undefined) return MISSING;
  const character = characterAt(object.value, index);
  return character === undefined ? MISSING : text(character);
}

function entry(entries: Map<unknown, Value>, key: Value): Value {
  return (isText(key) || numberOf(key) !== undefined ? entries.get(dictKey(key)) : undefined) ?? MISSING;
}

/** A path of keys and numbers with points between, from a member of a list. */
export function attributeOf(item: Value, attribute: Value): Value {
  if (!isText(attribute)) return subscript(item, attribute, false);
  return attribute.value
    .split('.')
    .reduce((held, part) => subscript(held, /^\d+$/.test(part) ? integer(Number(part)) : text(part), false), item);
}

/** `object[start:stop:step]` of a text, a list or a tuple: https://docs.python.org/3/library/functions.html#slice */
export function slice(object: Value, bounds: Value[]): Value {
  const [start, stop, step = 1] = bounds.map(boundOf);
  if (isMissing(object)) throw new TypeError('something that is not defined has no parts');
  if (step === 0) throw new RangeError('slice step cannot be zero');
  if (isText(object)) return text(sliceOfText(object.value, start, stop, step));
  if (!isList(object)) throw new TypeError(`${object.type} has no slices`);
  const members = sliced(object.value, start, stop, step);
  return object.type === 'TupleValue' ? tuple(members) : list(members);
}

function boundOf(bound: Value): number | undefined {
  if (isMissing(bound) || isNone(bound)) return undefined;
  if (!isInteger(bound)) throw new TypeError('slice indices must be integers');
  return numberOf(bound);
}

function sliceOfText(value: string, start: number | undefined, stop: number | undefined, step: number): string {
  // characters are units where none has two
  if (!/[\ud800-\udfff]/.test(value) && step === 1) return value.slice(start ?? 0, stop ?? value.length);
  return sliced(Array.from(value), start, stop, step).join('');
}

function sliced<T>(items: T[], start: number | undefined, stop: number | undefined, step: number): T[] {
  const [low, high] = step > 0 ? [0, items.length] : [-1, items.length - 1];
  const within = (at: number): number => Math.min(high, Math.max(low, at < 0 ? at + items.length : at));
  const from = start === undefined ? (step > 0 ? low : high) : within(start);
  const to = stop === undefined ? (step > 0 ? high : low) : within(stop);
  const members: T[] = [];
  for (let at = from; step > 0 ? at < to : at > to; at += step) members.push(items[at]!);
  return members;
}
