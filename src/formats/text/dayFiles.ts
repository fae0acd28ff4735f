// The days of a chat as one file: Slack exports each day of a channel as a list of its own, and neither a conversation
// nor who speaks most ends at midnight.
import { AtelierError } from '../../base/errors/errors';
import type { TextFormat } from '../../base/records/textFormats';
import { parseJson } from '../json';
import { charactersOf, type TextSource } from './format';
import { textSourceOf } from './textSource';

/** A file whose format is known. */
export interface KnownFile {
  source: TextSource;
  format: TextFormat;
}

/** `general/2024-01-15.json` */
const DAY = /^(.*\/)?\d{4}-\d\d-\d\d\.json$/;

const folderOf = ({ source }: KnownFile): string | undefined => {
  const day = DAY.exec(source.name);
  return day ? (day[1] ?? '') : undefined;
};

/** Files with the days of each folder joined in the order of their dates, where at least one of them is a chat. */
export async function joinedDays(files: readonly KnownFile[]): Promise<KnownFile[]> {
  const joined = new Map<string, KnownFile | undefined>();
  const taken = new Set<KnownFile>();
  const out: KnownFile[] = [];
  for (const file of files) {
    const folder = folderOf(file);
    if (folder !== undefined && !joined.has(folder)) {
      const days = files.filter((other) => folderOf(other) === folder);
      joined.set(folder, await joinedFile(folder, days, taken));
      const one = joined.get(folder);
      if (one) out.push(one);
    }
    if (!taken.has(file)) out.push(file);
  }
  return out;
}

/** Undefined where there is nothing to join; a day that is no list stays by itself, to be set aside. */
async function joinedFile(
  folder: string,
  days: readonly KnownFile[],
  taken: Set<KnownFile>,
): Promise<KnownFile | undefined> {
  if (days.length < 2 || !days.some(({ format }) => format === 'talk')) return undefined;
  const lists: string[] = [];
  let left = LONGEST_CHAT;
  const sorted = days.toSorted((a, b) => (a.source.name < b.source.name ? -1 : 1));
  for (const day of sorted) {
    const members = await membersOf(day.source, Math.min(LONGEST_DAY, left));
    if (members === undefined) continue;
    taken.add(day);
    left -= members.length;
    if (members !== '') lists.push(members);
  }
  const [first, last] = [sorted[0]!, sorted.at(-1)!].map(({ source }) => source.name.slice(folder.length, -5));
  return {
    source: textSourceOf(new Blob(['[', lists.join(','), ']']), `${folder}${first} … ${last}.json`),
    format: 'talk',
  };
}

/** UTF-16 units of one day, and of all days of a folder; what is larger is no day of a chat and stays by itself. */
const LONGEST_DAY = 64 * 1024 * 1024;
const LONGEST_CHAT = 256 * 1024 * 1024;

/** What stands between the brackets of a list of so many units at most; undefined where the file is none. */
async function membersOf(source: TextSource, longest: number): Promise<string | undefined> {
  let text = '';
  try {
    for await (const chunk of charactersOf(source, {})) if ((text += chunk).length > longest) return undefined;
    if (!Array.isArray(parseJson(text, source.name))) return undefined;
    return text.trim().slice(1, -1).trim();
  } catch (thrown) {
    if (thrown instanceof AtelierError && thrown.code !== 'cancelled') return undefined;
    throw thrown;
  }
}
