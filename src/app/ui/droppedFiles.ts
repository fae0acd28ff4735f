// What a drop brings as files: those of its folders too. Which of them are read is decided elsewhere.
/** A model or a dataset lies in one folder; whoever drops a whole disk is not kept waiting for it. */
export const MOST_DROPPED = 10_000;

export interface Dropped {
  files: File[];
  /** There were more than `MOST_DROPPED`. */
  cut: boolean;
}

/** Its files, and the files of its folders, whose paths no File tells. */
export async function droppedFiles(transfer: Pick<DataTransfer, 'items' | 'files'>): Promise<Dropped> {
  // entries can only be asked for before the first wait
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry());
  if (!entries.some((entry) => entry?.isDirectory)) return { files: [...transfer.files], cut: false };
  const found: File[] = [];
  for (const entry of entries) if (entry) await collect(entry, found);
  return { files: found.slice(0, MOST_DROPPED), cut: found.length > MOST_DROPPED };
}

async function collect(entry: FileSystemEntry, found: File[]): Promise<void> {
  if (found.length > MOST_DROPPED) return;
  if (isFile(entry)) found.push(await fileAt(entry));
  if (!isDirectory(entry)) return;
  const reader = entry.createReader();
  // a reader gives a folder in parts, and an empty one at the end
  for (let part = await nextOf(reader); part.length > 0; part = await nextOf(reader))
    for (const inside of part) await collect(inside, found);
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isDirectory = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;

const nextOf = (reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> =>
  new Promise((resolve, reject) => reader.readEntries(resolve, reject));

/** The file with its path as a folder's input would give it. */
async function fileAt(entry: FileSystemFileEntry): Promise<File> {
  const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
  return Object.defineProperty(file, 'webkitRelativePath', { value: entry.fullPath.replace(/^\//, '') });
}
