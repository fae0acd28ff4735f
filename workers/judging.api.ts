// Blind comparisons of weights by people: what is asked, what was said, and what comes of it (data worker). The answers
// are written by the GPU worker and brought here by the page.
import type { BlindAnswer, JudgedPrompt, JudgingRecord } from '../src/base/records/judging';
import type { DatasetRecord } from '../src/base/records/dataset';
import type { Id } from '../src/base/records/named';
import type { OnProgress } from '../src/base/wire/events';
import type { BlindDecision, JudgingImport, JudgingView } from '../src/base/wire/judging';
import type { ExportResult } from '../src/base/wire/requests';
import type { RowTarget } from '../src/base/wire/written';

export interface JudgingApi {
  listJudgings(): Promise<JudgingRecord[]>;
  keepJudging(judging: JudgingRecord): Promise<void>;
  renameJudging(id: Id, name: string): Promise<void>;
  deleteJudging(id: Id): Promise<void>;
  restoreJudging(id: Id): Promise<void>;
  /** The pair that is asked now, the same after a reload, and what all judgements come to. */
  judgingView(id: Id): Promise<JudgingView>;
  keepBlindAnswer(id: Id, place: { prompt: number; candidate: number }, answer: BlindAnswer): Promise<void>;
  /** @throws judging-missing, storage-* */
  judgeBlind(id: Id, decision: BlindDecision): Promise<JudgingView>;
  undoBlind(id: Id): Promise<JudgingView>;
  /** Shows who is who from now on; nothing more is judged. */
  endJudging(id: Id): Promise<JudgingView>;
  /** @throws judging-no-rows, dataset-*, cancelled */
  heldOutPrompts(weightsId: Id, asked: { count: number; seed: number }, signal: AbortSignal): Promise<JudgedPrompt[]>;
  judgingFile(id: Id, judge: string): Promise<ExportResult>;
  /** @throws judging-file, judging-differs, storage-* */
  openJudgingFile(file: File): Promise<JudgingImport>;
  /** @throws written-none, written-other, storage-*, cancelled */
  judgedDataset(id: Id, target: RowTarget, onProgress: OnProgress, signal: AbortSignal): Promise<DatasetRecord>;
}
