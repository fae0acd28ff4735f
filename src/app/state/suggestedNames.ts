// Names that the form suggests: short, and not those of another run.
import type { DatasetRecord } from '../../base/records/dataset';
import type { RunRecord } from '../../base/records/run';
import type { PresetName, ScratchFamily } from '../../base/settings/presets';
import { FAMILY_NAMES } from '../words/modelWords';

/** The name, or with the first number that none of these has it with yet. */
export function unusedName(name: string, runs: readonly Pick<RunRecord, 'name'>[]): string {
  const taken = new Set(runs.map((run) => run.name));
  if (!taken.has(name)) return name;
  for (let n = 2; ; n++) if (!taken.has(`${name} ${n}`)) return `${name} ${n}`;
}

/** Adapters that are joined. */
export const joinedName = (names: readonly string[], runs: readonly RunRecord[]): string =>
  unusedName(names.join(' + '), runs);

/** What a new model is made like. */
export const newModelName = (family: ScratchFamily, preset: PresetName): string =>
  family === 'llama' ? preset : `${FAMILY_NAMES[family]} ${preset}`;

/** A model, or what one is made like, on a text. */
export function runNameOn(base: string, dataName: string, runs: readonly RunRecord[]): string {
  return unusedName([base, ...(base.includes(dataName) ? [] : [dataName])].join(' · '), runs);
}

/** Of several texts the first one's, and how many more there are. */
export function namesInShort(datasets: readonly DatasetRecord[]): string {
  const [first] = datasets;
  return datasets.length > 1 ? `${first?.name} +${datasets.length - 1}` : (first?.name ?? '');
}
