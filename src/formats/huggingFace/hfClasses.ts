// The classes of a text classifier as transformers' config.json has them: id2label, label2id, problem_type. Nothing of
// its weights.
import { MOST_SEVERAL, type Classes } from '../../base/modelShape';
import { Fields } from '../fields';

/** Classes that a file may have: each is a row of the head, and a name that is stored and shown. */
const MOST_CLASSES = 65_536;

const SEVERAL = 'multi_label_classification';
const ONE = 'single_label_classification';

/**
 * @param count rows of the head, where they are known
 * @throws config-value, config-unsupported
 */
export function readHfClasses(f: Fields, count?: number): Classes {
  // transformers' third kind, regression, is refused: each output of its head is a number, not a class
  f.only('problem_type', ONE, SEVERAL);
  const labels = f.part('id2label')?.object ?? {};
  const given = Object.keys(labels).length;
  const size = count ?? (given || f.integer('num_labels', MOST_CLASSES, 2));
  if (size < 2) f.refuse('id2label', given, '≥ 2');
  if (size > MOST_CLASSES) f.wrong('id2label', size, `2 … ${MOST_CLASSES}`);
  const names = Array.from({ length: size }, (_, id) => nameOf(labels[String(id)], id));
  if (given && given !== size) f.wrong('id2label', given, `0 … ${size - 1}`);
  const several = f.get('problem_type') === SEVERAL;
  if (several && size > MOST_SEVERAL) f.refuse('id2label', size, `≤ ${MOST_SEVERAL} (${SEVERAL})`);
  return { names: distinct(names), ...(several && { several: true }) };
}

/** As transformers calls a class that nobody named. */
const nameOf = (name: unknown, id: number): string =>
  typeof name === 'string' && name.trim() !== '' ? name : `LABEL_${id}`;

/** A name that stands twice would be two classes under one word. */
function distinct(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name, id) => {
    let own = name;
    while (taken.has(own)) own = `${own} (${id})`;
    taken.add(own);
    return own;
  });
}

export const problemTypeOf = ({ several }: Classes): string => (several ? SEVERAL : ONE);

/** The fields of a classifier. */
export const hfClassesJson = (classes: Classes, thresholds?: readonly number[]): Record<string, unknown> => ({
  id2label: Object.fromEntries(classes.names.map((name, id) => [String(id), name])),
  label2id: Object.fromEntries(classes.names.map((name, id) => [name, id])),
  problem_type: problemTypeOf(classes),
  ...(thresholds && { thresholds }),
});

/**
 * The thresholds that such a file names, where they are some of these classes.
 * @throws json-*, config-value
 */
export function readHfThresholds(text: string, file: string, classes: Classes): number[] | undefined {
  const thresholds = Fields.parse(text, file).get('thresholds');
  const isShare = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= 1;
  const count = classes.several ? classes.names.length : 1;
  return Array.isArray(thresholds) && thresholds.length === count && thresholds.every(isShare) ? thresholds : undefined;
}

/**
 * The classes of an adapter's folder.
 * @param text of the file that names them; absent: they have the names that transformers gives
 * @throws json-*, config-value, config-unsupported
 */
export const readAdapterClasses = (text: string | undefined, file: string, count: number): Classes =>
  readHfClasses(Fields.parse(text ?? '{}', file), count);
