// What of a run's record the page changes, put into the record that a worker tells. It stores nothing.
import type { RunRecord } from '../../base/records/run';

/**
 * Name, note and tags are the page's to change (storage/runs.ts): a worker's record still has those of the run's start.
 */
export function asNamed(run: RunRecord, { name, note, tags }: RunRecord): RunRecord {
  const { note: _note, tags: _tags, ...rest } = run;
  return { ...rest, name, ...(note !== undefined && { note }), ...(tags && { tags }) };
}
