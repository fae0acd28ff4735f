// A dropped folder as its files; the entries are made by hand, since no browser drops here.
import { expect, test } from 'vitest';
import { droppedFiles, MOST_DROPPED } from '../../../src/app/ui/droppedFiles';

const fileEntry = (name: string): unknown => ({
  isFile: true,
  isDirectory: false,
  fullPath: `/data/${name}`,
  file: (resolve: (file: File) => void) => resolve(new File(['x'], name)),
});

/** Gives its entries a hundred at a time, as Chromium does. */
function folderEntry(names: string[]): unknown {
  let at = 0;
  const readEntries = (resolve: (entries: unknown[]) => void): void =>
    resolve(names.slice(at, (at += 100)).map(fileEntry));
  return { isFile: false, isDirectory: true, createReader: () => ({ readEntries }) };
}

const dropOf = (entry: unknown): DataTransfer =>
  ({ items: [{ webkitGetAsEntry: () => entry }], files: [] }) as object as DataTransfer;
const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `${i}.txt`);

test('a folder counts as its files, with their paths', async () => {
  const { files, cut } = await droppedFiles(dropOf(folderEntry(names(250))));
  expect([files.length, cut]).toEqual([250, false]);
  expect(files[249]!.webkitRelativePath).toBe('data/249.txt');
});

test('of too many files the first are taken, and the drop says that it was cut', async () => {
  const whole = await droppedFiles(dropOf(folderEntry(names(MOST_DROPPED))));
  expect([whole.files.length, whole.cut]).toEqual([MOST_DROPPED, false]);
  const larger = await droppedFiles(dropOf(folderEntry(names(MOST_DROPPED + 1))));
  expect([larger.files.length, larger.cut]).toEqual([MOST_DROPPED, true]);
});
