// A regression set as its screen shows it: outcomes are made of the stored answers and of what is expected now, so an
// expectation that is mended is mended in the history too.
import { answerMessage } from '../../base/answerMessage';
import { writtenText } from '../../base/conversation';
import type { PromptCheck, CheckedModel, CheckRun, CheckSetRecord } from '../../base/records/checks';
import type { BlindAnswer } from '../../base/records/judging';
import type { Id } from '../../base/records/named';
import type {
  CheckAnswer,
  CheckChange,
  CheckLine,
  CheckOutcome,
  CheckRunSummary,
  CheckSetView,
  NextCheck,
  OutcomeCounts,
} from '../../base/wire/checks';
import { judged } from '../../data/expectations/expectation';
import { checkRunsOf, getCheckSet } from '../../storage/checks';
import type { AtelierDb } from '../../storage/db';

/** Answerings that the history of a check goes back. */
const MOST_HISTORY = 30;

/** What counts is what the answer says, without its thought and blanks around it, calls as JSON; of a text all. */
function saidBy({ beginning }: PromptCheck, { text }: BlindAnswer, { reading }: CheckedModel): string {
  if (beginning !== undefined) return text;
  const { reasoning: _thought, ...message } = answerMessage(text, reading);
  return writtenText(message);
}

function answered(check: PromptCheck, model: CheckedModel, answer: BlindAnswer | null | undefined): CheckAnswer {
  if (!answer) return { outcome: 'unasked', expects: [] };
  if (answer.error) return { outcome: 'unscored', answer, expects: [] };
  const said = saidBy(check, answer, model);
  const expects = check.expects.map((expectation) => ({ ...expectation, ...judged(expectation, said) }));
  const outcome: CheckOutcome = !expects.length ? 'unscored' : expects.every(({ met }) => met) ? 'pass' : 'fail';
  return { outcome, answer, said, expects };
}

/** Of one model of an answering; `model` counts from the end: the checked one is last. */
function answerIn({ models, answers }: CheckRun, check: PromptCheck, model: -1 | 0): CheckAnswer {
  const of = models.at(model)!;
  return answered(check, of, answers.find(({ checkId }) => checkId === check.id)?.by.at(model));
}

function countsOf(run: CheckRun, checks: readonly PromptCheck[], model: -1 | 0): OutcomeCounts {
  const counts: OutcomeCounts = { pass: 0, fail: 0, unscored: 0, unasked: 0 };
  for (const check of checks) counts[answerIn(run, check, model).outcome]++;
  return counts;
}

function summaryOf(run: CheckRun, checks: readonly PromptCheck[]): CheckRunSummary {
  const { n, at, maxTokens, models } = run;
  const [base] = models.length > 1 ? models : [];
  return {
    ...{ n, at, maxTokens, model: models.at(-1)!, counts: countsOf(run, checks, -1) },
    ...(base && { base, baseCounts: countsOf(run, checks, 0) }),
  };
}

function changeOf(now: CheckOutcome, before: CheckOutcome | undefined): CheckChange {
  const isScored = (outcome: CheckOutcome | undefined): boolean => outcome === 'pass' || outcome === 'fail';
  if (!isScored(before)) return 'new';
  if (!isScored(now) || now === before) return 'same';
  return now === 'fail' ? 'newly-failing' : 'newly-passing';
}

const CHANGES: readonly CheckChange[] = ['newly-failing', 'newly-passing'];
const OUTCOMES: readonly CheckOutcome[] = ['fail', 'unscored', 'pass', 'unasked'];
const placeOf = ({ change, model }: CheckLine): number =>
  CHANGES.includes(change) ? CHANGES.indexOf(change) : CHANGES.length + OUTCOMES.indexOf(model.outcome);

function linesOf(set: CheckSetRecord, runs: readonly CheckRun[], shown?: CheckRun, against?: CheckRun): CheckLine[] {
  const recent = runs.slice(-MOST_HISTORY);
  const lines = set.checks.map((check): CheckLine => {
    const model: CheckAnswer = shown ? answerIn(shown, check, -1) : { outcome: 'unasked', expects: [] };
    const before = against && answerIn(against, check, -1);
    return {
      ...{ check, model, change: shown ? changeOf(model.outcome, before?.outcome) : 'new' },
      ...(before && before.outcome !== 'unasked' && { before }),
      ...(shown && shown.models.length > 1 && { base: answerIn(shown, check, 0) }),
      history: recent.flatMap((run) => {
        const { outcome } = answerIn(run, check, -1);
        const { name, step } = run.models.at(-1)!;
        return outcome === 'unasked'
          ? []
          : [{ n: run.n, at: run.at, name, ...(step !== undefined && { step }), outcome }];
      }),
    };
  });
  return lines.toSorted((a, b) => placeOf(a) - placeOf(b));
}

/** Which answerings are looked at; absent: the newest, and the one before it. */
export interface CheckViewRequest {
  id: Id;
  shown?: number;
  against?: number;
}

/** @throws check-set-missing */
export async function checkSetView(db: AtelierDb, { id, ...asked }: CheckViewRequest): Promise<CheckSetView> {
  const [set, runs] = await Promise.all([getCheckSet(db, id), checkRunsOf(db, id)]);
  const shown = runs.find(({ n }) => n === asked.shown) ?? runs.at(-1);
  const earlier = runs.filter(({ n }) => shown && n < shown.n);
  const against = runs.find(({ n }) => n === asked.against && n !== shown?.n) ?? earlier.at(-1);
  return {
    set,
    runs: runs.map((run) => summaryOf(run, set.checks)).reverse(),
    ...(shown && { shown: summaryOf(shown, set.checks) }),
    ...(against && { against: summaryOf(against, set.checks) }),
    lines: linesOf(set, runs, shown, against),
  };
}

/** @throws check-set-missing */
export async function nextCheck(db: AtelierDb, setId: Id, n: number): Promise<NextCheck | undefined> {
  const [set, runs] = await Promise.all([getCheckSet(db, setId), checkRunsOf(db, setId)]);
  const run = runs.find((one) => one.n === n);
  if (!run) return undefined;
  const checks = new Map(set.checks.map((check) => [check.id, check]));
  const places = run.answers.flatMap(({ checkId, by }, check) =>
    checks.has(checkId) ? by.map((answer, model) => ({ check, model, checkId, answer })) : [],
  );
  const next = places.find(({ answer }) => answer === null);
  if (!next) return undefined;
  const { check, model, checkId } = next;
  return {
    ...{ place: { check, model }, check: checks.get(checkId)!, model: run.models[model]!, maxTokens: run.maxTokens },
    ...{ done: places.filter(({ answer }) => answer !== null).length, total: places.length },
  };
}
