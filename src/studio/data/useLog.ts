// The log of a model in use against that of its release: what drifted, week by week where there are dates, and the
// badly rated answers as feedback.
import { AtelierError } from '../../base/errors/errors';
import type { FeedbackRecord } from '../../base/records/feedback';
import type { OnProgress } from '../../base/wire/events';
import type { LogWeek, UseLogReport } from '../../base/wire/useLog';
import { textKey } from '../../data/checks/textKey';
import { francLanguage } from '../../data/clean/guessLanguage';
import { Yielding } from '../../data/yielding';
import { driftLines, type AnswerFacts } from '../../data/drift/drift';
import { isRefusal } from '../../data/drift/refusals';
import { isTooDeep } from '../../formats/json';
import { decodeText } from '../../formats/text/textFile';
import { entryIn, thumbOf, type LogEntry } from '../../formats/useLogs/readUseLog';

const MOST_BYTES = 64 * 1024 * 1024;
const WEEK = 7 * 24 * 60 * 60 * 1000;
/** 1970-01-05 was a Monday. */
const FIRST_MONDAY = 4 * 24 * 60 * 60 * 1000;

type Entry = LogEntry & { facts: AnswerFacts };

export interface LogRequest {
  log: File;
  /** Answers of the release; absent: those of the first week of the log, which needs dates. */
  release?: File;
}

/**
 * @throws log-file where a file holds no answers, log-one-week where there is no release and one week, text-*,
 *   cancelled
 */
export async function readUseLog(
  { log, release }: LogRequest,
  onProgress: OnProgress = () => undefined,
  signal?: AbortSignal,
): Promise<UseLogReport> {
  const read = await entriesOf(log, onProgress, signal);
  const first = release && (await entriesOf(release, onProgress, signal));
  const weeks = byWeek(read.entries);
  if (!first && weeks.length < 2) throw new AtelierError('log-one-week', { file: log.name });
  const before = first?.entries ?? weeks[0]!.entries;
  const now = first ? read.entries : weeks.slice(1).flatMap(({ entries }) => entries);
  const facts = (entries: readonly Entry[]): AnswerFacts[] => entries.map((entry) => entry.facts);
  const low = read.entries.filter(({ thumb }) => thumb === 'down');
  return {
    ...{ release: before.length, answers: now.length, low: low.length },
    rated: read.entries.filter(({ thumb }) => thumb).length,
    skipped: read.skipped + (first?.skipped ?? 0),
    lines: driftLines(facts(before), facts(now)),
    weeks: (first ? weeks : weeks.slice(1)).map(({ from, entries }): LogWeek => ({
      ...{ from, answers: entries.length, low: entries.filter(({ thumb }) => thumb === 'down').length },
      lines: driftLines(facts(before), facts(entries)),
    })),
    feedback: low.map((entry) => feedbackOf(entry, log.name)),
  };
}

async function entriesOf(
  file: File,
  onProgress: OnProgress,
  signal: AbortSignal | undefined,
): Promise<{ entries: Entry[]; skipped: number }> {
  if (file.size > MOST_BYTES) throw new AtelierError('log-file', { file: file.name });
  let text = '';
  for await (const part of decodeText(file.stream(), file.name)) text += part;
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const entries: Entry[] = [];
  const pace = new Yielding(signal);
  for (const [i, line] of lines.entries()) {
    if (pace.due()) {
      onProgress({ phase: 'checking', done: i, total: lines.length, unit: 'rows' });
      await pace.rest();
    }
    const entry = isTooDeep(line) ? undefined : entryIn(valueIn(line));
    if (entry) entries.push({ ...entry, facts: await factsOf(entry) });
  }
  if (!entries.length) throw new AtelierError('log-file', { file: file.name });
  const ofStars = entries.some(({ score = 0 }) => score > 1);
  for (const entry of entries) {
    const thumb = thumbOf(entry, ofStars);
    if (thumb) entry.thumb = thumb;
  }
  return { entries, skipped: lines.length - entries.length };
}

function valueIn(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // a line that a crash cut short
  }
}

const factsOf = async ({ answer }: LogEntry): Promise<AnswerFacts> => ({
  ...{ length: Array.from(answer).length, isRefusal: isRefusal(answer) },
  language: await francLanguage(answer),
});

/** Those with a date, by the Monday before it (UTC), the oldest week first. */
function byWeek(entries: readonly Entry[]): { from: number; entries: Entry[] }[] {
  const weeks = new Map<number, Entry[]>();
  for (const entry of entries) {
    if (entry.at === undefined) continue;
    const from = Math.floor((entry.at - FIRST_MONDAY) / WEEK) * WEEK + FIRST_MONDAY;
    const week = weeks.get(from);
    if (week) week.push(entry);
    else weeks.set(from, [entry]);
  }
  return [...weeks].sort(([a], [b]) => a - b).map(([from, of]) => ({ from, entries: of }));
}

/** The same line of the same log is the same feedback, however often it is read. */
function feedbackOf({ at, asked, answer, model }: Entry, file: string): FeedbackRecord {
  const now = Date.now();
  const id = `log-${textKey(JSON.stringify([file, at, asked, answer]))}`;
  return {
    ...{ id, createdAt: at ?? now, updatedAt: now, talkId: `log:${file}`, from: { name: model ?? file } },
    ...{ asked, original: answer, thumb: 'down', tags: [], note: '', state: 'open', used: [] },
  };
}
