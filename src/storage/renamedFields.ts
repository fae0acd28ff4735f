// The migration that gives fields of stored records the names of today's types. It changes names, never a value of a
// run.
import type { Upgrade } from './db';

type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

/** The same fields in the same order; `undefined` as a new name drops the field. */
const renamed = (fields: Fields, names: Record<string, string | undefined>): Fields =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => {
      const today = name in names ? names[name] : name;
      return today === undefined ? [] : [[today, value]];
    }),
  );

const withShape = (record: Fields): Fields =>
  isFields(record['model']) ? { ...record, model: renamed(record['model'], { rmsNormEps: 'normEps' }) } : record;

const run = (record: Fields): Fields => renamed(withShape(record), { config: 'settings', publishedId: 'pretrainedId' });

/**
 * A variant of the matmul that sums K in slices; `many` named all size classes but `few` before they were told apart.
 */
const sliced = (variant: unknown): unknown => (variant === 'split32' ? 'sliced32' : variant);
const classesOf = (name: string): string[] =>
  /^matmul .* many$/.test(name) ? ['small', 'middle', 'large'].map((size) => name.replace(/many$/, size)) : [name];

const variants = (chosen: unknown): unknown =>
  isFields(chosen)
    ? Object.fromEntries(
        Object.entries(chosen).flatMap(([name, variant]) => classesOf(name).map((one) => [one, sliced(variant)])),
      )
    : chosen;

const checkpoint = (record: Fields): Fields => {
  const names = { config: 'settings', adapter: 'gpuName', randomStates: undefined };
  const today = renamed(withShape(record), names);
  return { ...today, kernelVariants: variants(today['kernelVariants']) };
};

const tokenizer = (record: Fields): Fields =>
  record['kind'] === 'published' ? { ...record, kind: 'pretrained' } : record;

/** What was measured per graphics card: the choices of the matmul stood under `tuning`. */
function setting(record: Fields): Fields {
  if (record['key'] !== 'tuning') return record;
  const byGpu = Object.entries(isFields(record['value']) ? record['value'] : {});
  return { key: 'kernelChoices', value: Object.fromEntries(byGpu.map(([gpu, choices]) => [gpu, slicedIn(choices)])) };
}

const slicedIn = (choices: unknown): unknown =>
  isFields(choices) && Array.isArray(choices['classes'])
    ? { ...choices, classes: (choices['classes'] as Fields[]).map(slicedClass) }
    : choices;

const slicedClass = (measured: Fields): Fields => ({
  ...measured,
  chosen: sliced(measured['chosen']),
  trials: (measured['trials'] as Fields[]).map((trial) => ({ ...trial, variant: sliced(trial['variant']) })),
});

const STORES = { runs: run, checkpoints: checkpoint, models: withShape, tokenizers: tokenizer, settings: setting };

/**
 * Rewrites every record of the stores above in the upgrade's own transaction: all of them, or the upgrade is aborted.
 */
export function renameStoredFields(tx: Upgrade): void {
  rewrite(tx).catch(() => tx.abort());
}

async function rewrite(tx: Upgrade): Promise<void> {
  for (const name of Object.keys(STORES) as (keyof typeof STORES)[]) {
    const store = tx.objectStore(name);
    for await (const cursor of store) {
      const before: object = cursor.value;
      const after = STORES[name](before as Fields);
      if (after['key'] === 'kernelChoices') await cursor.delete();
      await store.put(after as never);
    }
  }
}
