// A mark in this tab for the page after a reload by itself: which run it resumes. A reload by the person has none.
/** The run, and how often it lost its device without a checkpoint in between. */
export interface ResumeMark {
  runId: string;
  times: number;
}

const KEY = 'resume';

/** False where the tab keeps nothing: without a mark, a reload would lose the way back. */
export function writeResumeMark(mark: ResumeMark): boolean {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(mark));
    return true;
  } catch {
    return false;
  }
}

/** The mark, which is gone then. */
export function takeResumeMark(): ResumeMark | undefined {
  try {
    const mark = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as ResumeMark | null;
    sessionStorage.removeItem(KEY);
    return mark ?? undefined;
  } catch {
    return undefined;
  }
}
