// What people say of answers, and rows that are written in the studio (data worker).
import type { DatasetRecord } from '../src/base/records/dataset';
import type { FeedbackRecord } from '../src/base/records/feedback';
import type { Id } from '../src/base/records/named';
import type { OnProgress } from '../src/base/wire/events';
import type { UseLogReport } from '../src/base/wire/useLog';
import type { FeedbackRowsRequest, MadeOfFeedback, WriteRowsRequest } from '../src/base/wire/written';

export interface FeedbackApi {
  /** Newest first. */
  listFeedback(): Promise<FeedbackRecord[]>;
  keepFeedback(records: FeedbackRecord[]): Promise<void>;
  deleteFeedback(ids: Id[]): Promise<void>;
  /** @throws written-none, written-other, jsonl-*, row-*, dataset-*, storage-*, cancelled */
  writeRows(request: WriteRowsRequest, onProgress: OnProgress, signal: AbortSignal): Promise<DatasetRecord>;
  /** Against the answers of the release, or the first week. @throws log-file, log-one-week, text-*, cancelled */
  readUseLog(files: { log: File; release?: File }, onProgress: OnProgress, signal: AbortSignal): Promise<UseLogReport>;
  /** The dataset that most of the answers' models were trained on; undefined where none is stored any more. */
  homeOfFeedback(ids: Id[]): Promise<Id | undefined>;
  /** Those that were made; none where all of it is in its targets already. */
  feedbackDatasets(
    request: FeedbackRowsRequest,
    onProgress: OnProgress,
    signal: AbortSignal,
  ): Promise<MadeOfFeedback[]>;
}
