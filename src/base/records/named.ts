// What every named record of the storage has. Times are milliseconds since 1970, sizes bytes, in all records.

export type Id = string;

export interface NamedRecord {
  id: Id;
  name: string;
  createdAt: number;
  /** Set while a delete can still be undone; swept at the next start. */
  deletedAt?: number;
}
