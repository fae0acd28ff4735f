// What is known of a data set on a hub before it is fetched: its configurations and splits, told by the paths of its
// files.
import type { HubFile, HubRepo } from './hub';

export interface HubDataset extends HubRepo {
  kind: 'dataset';
  /** Lines of the hub's list that were read, where it has more; absent: all of it. */
  listed?: number;
}

/** One split of one configuration. */
export interface HubSplit {
  config: string;
  split: string;
  /** The hub has converted only its beginning. */
  partial: boolean;
  files: HubFile[];
  /** Of its files together. */
  byteLength: number;
}

/** What a person chose of a data set. */
export interface HubDatasetRequest {
  dataset: HubDataset;
  split: HubSplit;
  /** The first row, from 1, and how many; absent: all. */
  first?: number;
  count?: number;
}

/** The kinds of files that are read, the more telling ones first: a split in several kinds is read from one of them. */
const ENDINGS = ['parquet', 'jsonl', 'ndjson', 'json', 'csv', 'tsv', 'txt'] as const;

/** Files that speak of a data set and are none. */
const ABOUT =
  /^(?:\.|readme\b|licen[sc]e\b|requirements\b|dataset_infos?\b|dataset_dict\b|state\b|.*config\b|package\b)/i;

/** What people call the splits. */
const SPLITS: readonly [name: string, spelled: RegExp][] = [
  ['train', /(?:^|[\W_])train(?:ing)?(?=[\W_\d]|$)/i],
  ['validation', /(?:^|[\W_])(?:validation|valid|val|dev|eval(?:uation)?)(?=[\W_\d]|$)/i],
  ['test', /(?:^|[\W_])test(?:ing)?(?=[\W_\d]|$)/i],
];

/** The hub's own copy as Parquet: https://huggingface.co/docs/dataset-viewer/parquet. */
const CONVERTED = /^(.+)\/(partial-)?([^/]+)\/\d+\.parquet$/;

interface Placed {
  file: HubFile;
  config: string;
  split: string;
  partial: boolean;
}

/** The splits of a data set, `default` and `train` first; none where it has no file that is read. */
export function splitsOf(files: readonly HubFile[]): HubSplit[] {
  const placed = files.map(placeOf).filter((place) => place !== undefined);
  const groups = new Map<string, Placed[]>();
  for (const place of placed) {
    const key = JSON.stringify([place.config, place.split]);
    const group = groups.get(key);
    if (group) group.push(place);
    else groups.set(key, [place]);
  }
  const splits = [...groups.values()].map((group): HubSplit => {
    const { config, split, partial } = group[0]!;
    const kind = ENDINGS.find((ending) => group.some(({ file }) => endingOf(file) === ending));
    const own = group.map(({ file }) => file).filter((file) => endingOf(file) === kind);
    const byteLength = own.reduce((sum, file) => sum + file.byteLength, 0);
    return { config, split, partial, files: own.toSorted((a, b) => (a.path < b.path ? -1 : 1)), byteLength };
  });
  return splits.toSorted((a, b) => rank(a) - rank(b));
}

const rank = ({ config, split }: HubSplit): number => {
  const at = SPLITS.findIndex(([name]) => name === split);
  return (config === 'default' ? 0 : 10) + (at < 0 ? SPLITS.length : at);
};

const endingOf = ({ path }: HubFile): string | undefined =>
  ENDINGS.find((ending) => path.toLowerCase().endsWith(`.${ending}`));

function placeOf(file: HubFile): Placed | undefined {
  const converted = CONVERTED.exec(file.path);
  if (converted) {
    const [, config = '', partial, split = ''] = converted;
    return { file, config, split, partial: partial !== undefined };
  }
  const folders = file.path.split('/');
  const name = folders.pop()!;
  if (endingOf(file) === undefined || file.byteLength === 0 || ABOUT.test(name)) return undefined;
  const split = splitIn(name) ?? folders.map(splitIn).findLast((found) => found !== undefined) ?? 'train';
  const config = folders.filter((folder) => folder !== 'data' && splitIn(folder) === undefined).join('/');
  return { file, config: config === '' ? 'default' : config, split, partial: false };
}

/** Whether rows can be read from a file, by its name. */
export const holdsRows = (file: HubFile): boolean => placeOf(file) !== undefined;

const splitIn = (name: string): string | undefined => SPLITS.find(([, spelled]) => spelled.test(name))?.[0];
