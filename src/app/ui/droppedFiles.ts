/** What a drop brings: its files, and the files of its folders, whose paths no File tells. */
export async function droppedFiles(transfer: DataTransfer): Promise<File[]> {
  // entries can only be asked for before the first wait
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry());
  if (!entries.some((entry) => entry?.isDirectory)) return [...transfer.files];
  const found: File[] = [];
  for (const entry of entries) if (entry) await collect(entry, found);
  return found;
}

/** A model lies in one folder; whoever drops a whole disk is not kept waiting for it. */
const MOST_FILES = 10_000;

async function collect(entry: FileSystemEntry, found: File[]): Promise<void> {
  if (found.length >= MOST_FILES) return;
  if (entry instanceof FileSystemFileEntry) found.push(await fileAt(entry));
  if (!(entry instanceof FileSystemDirectoryEntry)) return;
  const reader = entry.createReader();
  // a reader gives a folder in parts, and an empty one at the end
  for (let part = await nextOf(reader); part.length > 0; part = await nextOf(reader))
    for (const inside of part) await collect(inside, found);
}

const nextOf = (reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> =>
  new Promise((resolve, reject) => reader.readEntries(resolve, reject));

/** The file with its path as a folder's input would give it. */
async function fileAt(entry: FileSystemFileEntry): Promise<File> {
  const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
  return Object.defineProperty(file, 'webkitRelativePath', { value: entry.fullPath.replace(/^\//, '') });
}
