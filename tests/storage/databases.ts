// Databases that earlier versions of the studio wrote, as files: read into a storage of that version, and written from
// one.
import 'fake-indexeddb/auto';
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { MIGRATIONS, openStorage } from '../../src/storage/open';
import type { AtelierDb } from '../../src/storage/db';

/** A dump of the stores, with what the same version made of the run when nothing interrupted it. */
export interface OldDatabase {
  version: number;
  /** A run on the CPU that was stopped, and one on the GPU that finished. */
  runId: string;
  gpuRunId: string;
  /** Of the uninterrupted run: its steps, the hash of its last weights, its last five losses. */
  steps: number;
  weightsSha256: string;
  losses: number[];
  stores: Record<string, [key: unknown, value: unknown][]>;
}

const pathOf = (version: number): URL => new URL(`../fixtures/databases/version${version}.json.gz`, import.meta.url);

export const readOldDatabase = (version: number): OldDatabase =>
  JSON.parse(gunzipSync(readFileSync(pathOf(version))).toString('utf8')) as OldDatabase;

/** Keeps a dump for the versions to come. */
export const writeOldDatabase = (old: OldDatabase): void =>
  writeFileSync(pathOf(old.version), gzipSync(JSON.stringify(old), { level: 9 }));

const VIEWS = { Uint8Array, Uint16Array, Uint32Array, Float32Array };

/** Every record of a storage; `keeps` leaves out what belongs to no run of the fixture. */
export async function dumped(db: AtelierDb, keeps: (store: string, key: unknown, value: object) => boolean) {
  const stores: OldDatabase['stores'] = {};
  for (const name of db.objectStoreNames) {
    const [keys, values] = [await db.getAllKeys(name), (await db.getAll(name)) as object[]];
    const entries = keys.map((key, i) => [key, values[i]!] as const).filter(([key, value]) => keeps(name, key, value));
    stores[name] = entries.map(([key, value]) => [packed(key), packed(value)]);
  }
  return stores;
}

/** JSON has no bytes, no NaN and no infinity: each stands as `{ $: type, b: text }`. */
function packed(value: unknown): unknown {
  if (value instanceof ArrayBuffer) return { $: 'ArrayBuffer', b: Buffer.from(value).toString('base64') };
  if (ArrayBuffer.isView(value)) {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    return { $: value.constructor.name, b: bytes.toString('base64') };
  }
  if (Array.isArray(value)) return value.map(packed);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, packed(inner)]));
  return typeof value === 'number' && !Number.isFinite(value) ? { $: 'number', b: String(value) } : value;
}

function unpacked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unpacked);
  if (typeof value !== 'object' || value === null) return value;
  const { $: type, b: text } = value as { $?: string; b?: string };
  if (type === undefined)
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, unpacked(inner)]));
  if (type === 'number') return Number(text);
  const { buffer } = Uint8Array.from(Buffer.from(text!, 'base64'));
  return type === 'ArrayBuffer' ? buffer : new VIEWS[type as keyof typeof VIEWS](buffer);
}

/** Writes the dump as its own version kept it, closes it, and opens it as today's studio does. */
export async function upgraded(old: OldDatabase, name: string): Promise<AtelierDb> {
  const db = await openStorage(name, MIGRATIONS.slice(0, old.version));
  for (const [store, entries] of Object.entries(old.stores)) {
    const tx = db.transaction(store as 'runs', 'readwrite');
    const inline = tx.store.keyPath !== null;
    for (const [key, value] of entries)
      await tx.store.put(unpacked(value) as never, ...(inline ? [] : [unpacked(key) as never]));
    await tx.done;
  }
  db.close();
  return openStorage(name);
}
