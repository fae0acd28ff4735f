// Regression sets (data worker): prompts with what is expected, and what models answered. The answers are written by
// the GPU worker and brought here by the page.
import type { CheckedModel, CheckRun, CheckSetRecord } from '../src/base/records/checks';
import type { BlindAnswer } from '../src/base/records/judging';
import type { Id } from '../src/base/records/named';
import type { CheckFile, CheckImport, CheckSetView, NextCheck } from '../src/base/wire/checks';

export interface ChecksApi {
  /** Newest first. */
  listCheckSets(): Promise<CheckSetRecord[]>;
  /** In place of what was stored of it. @throws check-expectation, storage-* */
  keepCheckSet(set: CheckSetRecord): Promise<void>;
  renameCheckSet(id: Id, name: string): Promise<void>;
  deleteCheckSet(id: Id): Promise<void>;
  restoreCheckSet(id: Id): Promise<void>;
  /** Of the newest answering against the one before it, or of those that are named. @throws check-set-missing */
  checkSetView(asked: { id: Id; shown?: number; against?: number }): Promise<CheckSetView>;
  /** The number of the answering. @throws check-set-missing, check-set-empty, storage-* */
  beginChecks(setId: Id, models: CheckedModel[], again?: boolean): Promise<number>;
  /** What is to be asked next; undefined: all is. @throws check-set-missing */
  nextCheck(setId: Id, n: number): Promise<NextCheck | undefined>;
  keepCheckAnswer(
    run: readonly [setId: Id, n: number],
    place: { check: number; model: number },
    answer: BlindAnswer,
  ): Promise<void>;
  /** The answering as it was, for an undo. @throws check-set-missing */
  deleteCheckRun(setId: Id, n: number): Promise<CheckRun>;
  restoreCheckRun(run: CheckRun): Promise<void>;
  /** promptfoo's configuration. @param model As Ollama knows it @throws check-set-missing */
  checkFile(id: Id, model: string): Promise<CheckFile>;
  /** Into a set, or a new one. @throws check-file, check-many, json-*, text-*, check-set-missing, storage-* */
  openCheckFile(file: File, into?: Id): Promise<CheckImport>;
}
