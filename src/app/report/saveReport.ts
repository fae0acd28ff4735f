// Reads, writes and downloads the report of a run.
import type { RunRecord } from '../../base/records/run';
import { download } from '../browser/download';
import { reportSources, type ReportData } from './sources';
import { reportFileName, writeReport } from './writeReport';

/**
 * @returns the name of the file
 * @throws run-missing, storage-closed, storage-failed
 */
export async function saveReport(run: RunRecord, data: ReportData): Promise<string> {
  const text = await writeReport(await reportSources(run, data), Date.now());
  const fileName = reportFileName(run.name);
  download(fileName, new Blob([text], { type: 'text/html' }));
  return fileName;
}
