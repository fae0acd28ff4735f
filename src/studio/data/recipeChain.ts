// The steps of a recipe one behind the other: what becomes of a row, and the counts and examples of each step. It reads
// no storage.
import { AtelierError } from '../../base/errors/errors';
import { EXCHANGED, isExchanged } from '../../base/records/labels';
import type { Recipe, RecipeStep } from '../../base/records/recipe';
import type { StepCounts } from '../../base/records/version';
import type { StepExample, StepPreview } from '../../base/wire/recipes';
import { wellFormed } from '../../formats/text/unicode';
import { loadConditions, passes } from '../../data/clean/conditions';
import { lookedAtText } from '../../data/clean/rowText';
import type {
  AddedRow,
  CleanRow,
  CleanStep,
  FoundSpan,
  Outcome,
  Reason,
  RowPart,
  StepContext,
  StepPass,
} from '../../data/clean/step';
import { stepOf } from '../../data/clean/steps';
import { Yielding } from '../../data/yielding';

/** A step on its way: its pass, and what it did so far. */
class RunningStep {
  readonly pass: StepPass;
  readonly counts: StepCounts;
  readonly examples: StepExample[] = [];
  readonly #waited: Set<number>;
  /** The id of the first row that it adds, and how many it added in this pass over the rows. */
  firstId = 0;
  made = 0;

  constructor(
    readonly step: RecipeStep,
    kind: CleanStep,
    context: StepContext,
    private readonly most: number,
  ) {
    const settings = { ...kind.defaults, ...step.settings };
    this.pass = kind.start(settings, context);
    this.#waited = new Set(kind.rows?.(settings));
    this.counts = { stepId: step.id, seen: 0, left: 0, changed: 0, moved: 0, reasons: {} };
  }

  /** The row after the step, unless it is left out, and the rows that come behind it. */
  apply(row: CleanRow): readonly CleanRow[] {
    if (!passes(row, this.step.filter)) return [row];
    const outcome = this.#outcome(row);
    return this.#flow(row, after(row, outcome), outcome);
  }

  /** The same, counted. */
  count(row: CleanRow): readonly CleanRow[] {
    if (!passes(row, this.step.filter)) return [row];
    const outcome = this.#outcome(row);
    const next = after(row, outcome);
    this.counts.seen++;
    this.#waited.delete(row.id);
    this.#countSpans(outcome);
    const done = doneTo(row, next, outcome);
    if (done) {
      this.counts[done]++;
      this.#countReason(outcome.reason);
      this.#show(() => exampleOf(row, next, outcome));
    }
    const rows = this.#flow(row, next, outcome);
    for (const added of rows) if (added !== next) this.#countAdded(added, outcome.reason, row);
    return rows;
  }

  /** Rows that are made of no row, behind all others. */
  *more(counted: boolean): Generator<CleanRow> {
    for (const added of this.pass.more?.() ?? []) {
      const row = this.#made(added);
      if (counted) this.#countAdded(row, { code: this.step.kind, facts: {} });
      yield row;
    }
  }

  #flow(row: CleanRow, next: CleanRow | undefined, outcome: Outcome): readonly CleanRow[] {
    const here = next ? [next] : [];
    return outcome.kept && outcome.adds ? [...here, ...outcome.adds.map((added) => this.#made(added, row))] : here;
  }

  #made(added: AddedRow, of?: CleanRow): CleanRow {
    const id = this.firstId + this.made++;
    if ('parts' in added) return { id, parts: added.parts, facts: added.facts, held: false, own: true };
    const parts = (of?.parts ?? []).map((part, i) => ({ ...part, text: added.texts[i] ?? part.text }));
    return {
      id,
      parts,
      ...(of?.calls !== undefined && { calls: of.calls }),
      facts: added.facts,
      held: false,
      ...(of?.own && { own: true }),
      ...(of?.exchanged && { exchanged: true }),
    };
  }

  #countAdded(row: CleanRow, reason: Reason | undefined, of?: CleanRow): void {
    this.counts.added = (this.counts.added ?? 0) + 1;
    this.#countReason(reason);
    this.#show(() => addedExample(row, reason, of));
  }

  #countReason(reason: Reason | undefined): void {
    if (reason) this.counts.reasons[reason.code] = (this.counts.reasons[reason.code] ?? 0) + 1;
  }

  #show(example: () => StepExample): void {
    if (this.examples.length < this.most) this.examples.push(example());
  }

  #countSpans({ spans, beside = [] }: Outcome): void {
    if (!spans) return;
    const found = (this.counts.found ??= {});
    for (const { code } of [...spans.map(({ reason }) => reason), ...beside]) found[code] = (found[code] ?? 0) + 1;
  }

  preview(): StepPreview {
    const missing = this.#waited.size;
    const notes = this.pass.notes?.() ?? [];
    const sweep = this.pass.sweep?.();
    return { ...this.counts, ...(missing > 0 && { missing }), ...(sweep && { sweep }), examples: this.examples, notes };
  }

  /** A row of which no text is left goes, with a reason that says so. */
  #outcome(row: CleanRow): Outcome {
    const outcome = this.pass.decide(row);
    const emptied = outcome.kept && outcome.texts?.every((text) => text.trim() === '');
    return emptied ? { kept: false, reason: { code: 'blank', facts: {} } } : outcome;
  }
}

function after(row: CleanRow, outcome: Outcome): CleanRow | undefined {
  if (!outcome.kept) return undefined;
  const { texts, facts, held, exchanged } = outcome;
  if (!texts && !facts && !exchanged && held === undefined) return row;
  const parts = texts ? row.parts.map((part, i) => ({ ...part, text: texts[i] ?? part.text })) : row.parts;
  return {
    id: row.id,
    parts: exchanged ? exchangedParts(parts) : parts,
    ...(row.calls !== undefined && { calls: row.calls }),
    ...((row.exchanged === true) !== (exchanged === true) && { exchanged: true }),
    facts: {
      ...row.facts,
      ...facts,
      ...(exchanged && { [EXCHANGED]: !isExchanged(row.facts) }),
      ...(held !== undefined && { split: held ? 'validation' : 'train' }),
    },
    held: held ?? row.held,
    ...(row.own && { own: true }),
  };
}

/** What was rejected becomes the answer, in the place of the one that was chosen. */
function exchangedParts(parts: readonly RowPart[]): RowPart[] {
  const of = (wanted: RowPart['side']): RowPart[] => parts.filter(({ side }) => side === wanted);
  const chosen = of('rejected').map(({ kind, text }): RowPart => ({
    kind: kind === 'rejected' ? 'answer' : kind,
    text,
    side: 'chosen',
  }));
  const rejected = of('chosen').map(({ kind, text }): RowPart => ({
    kind: kind === 'argument' ? kind : 'rejected',
    text,
    side: 'rejected',
  }));
  const all = [...of(undefined), ...chosen, ...rejected];
  return [...all.filter(({ kind }) => kind !== 'argument'), ...all.filter(({ kind }) => kind === 'argument')];
}

/** Further columns alone are no change that a person must see, unless the step says so. */
function doneTo(row: CleanRow, next: CleanRow | undefined, outcome: Outcome): 'left' | 'moved' | 'changed' | undefined {
  if (!next) return 'left';
  if (next.held !== row.held) return 'moved';
  if (outcome.kept && outcome.told) return 'changed';
  return next.parts.some(({ text }, i) => text !== row.parts[i]!.text) ? 'changed' : undefined;
}

/** Characters of an example on the page. */
const LONGEST_EXAMPLE = 1200;
const BEFORE_CHANGE = 200;

function exampleOf(row: CleanRow, next: CleanRow | undefined, { reason, spans }: Outcome): StepExample {
  const texts = cutTexts(lookedAtText(row, 'row'), next && lookedAtText(next, 'row'));
  const found = spans?.flatMap((span) => spanIn(row.parts, span, texts)) ?? [];
  return {
    id: row.id,
    ...(reason && { reason }),
    before: texts.before,
    ...(texts.after !== undefined && { after: texts.after }),
    ...(found.length > 0 && { spans: found }),
    ...(next && next.held !== row.held && { moved: next.held ? ('validation' as const) : ('train' as const) }),
  };
}

/** The stretch of a part as one of the example's text, where that shows all of it. */
function spanIn(parts: readonly RowPart[], span: FoundSpan, { from, before }: CutTexts) {
  const at = parts.slice(0, span.part).reduce((sum, { text }) => sum + text.length + 1, 0) - from;
  const [start, end] = [at + span.start, at + span.end];
  return start < 0 || end > before.length ? [] : [{ start, end, reason: span.reason }];
}

interface CutTexts extends Pick<StepExample, 'before' | 'after'> {
  /** Where `before` begins in the row's text. */
  from: number;
}

function cutTexts(before: string, now: string | undefined): CutTexts {
  const from = now === undefined ? 0 : Math.max(0, firstDifference(before, now) - BEFORE_CHANGE);
  const cut = (text: string): string => wellFormed(text.slice(from, from + LONGEST_EXAMPLE));
  return { from, before: cut(before), ...(now !== undefined && { after: cut(now) }) };
}

/** The whole row of which it was made, and what it became; a row of its own has none before it. */
function addedExample(row: CleanRow, reason: Reason | undefined, of?: CleanRow): StepExample {
  const before = of && !row.own ? lookedAtText(of, 'row') : '';
  const added = of ? { of: of.id } : {};
  const { from: _from, ...texts } = cutTexts(before, lookedAtText(row, 'row'));
  return { id: row.id, ...(reason && { reason }), ...texts, added };
}

function firstDifference(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  let at = 0;
  while (at < shorter && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  return at === shorter && a.length === b.length ? 0 : at;
}

/** How often a chain must go through the rows, and what each pass is for. */
export class RecipeChain {
  readonly #steps: readonly RunningStep[];

  /**
   * @param nextId The first id that no row has
   * @param most Examples of each step
   * @throws recipe-step-unknown
   */
  constructor(
    { steps }: Pick<Recipe, 'steps'>,
    context: StepContext,
    private readonly nextId: number,
    most: number,
  ) {
    this.#steps = steps
      .filter(({ on }) => on)
      .map((step) => {
        const kind = stepOf(step.kind);
        if (!kind) throw new AtelierError('recipe-step-unknown', { kind: step.kind });
        return new RunningStep(step, kind, context, most);
      });
  }

  /** Passes over the rows before the last one, and that. */
  get passes(): number {
    return 1 + this.#steps.filter((_, i) => this.#looksAhead(i)).length;
  }

  /** A step must have seen all rows, or know how many rows those before it add, for its own get ids behind theirs. */
  #looksAhead(i: number): boolean {
    const { pass } = this.#steps[i]!;
    return pass.see !== undefined || (pass.adds === true && this.#steps.slice(0, i).some((step) => step.pass.adds));
  }

  /**
   * Goes through the rows for each step that must have seen all of them, as the steps before it leave them.
   * @throws cancelled, and what `rows` throws
   */
  async prepare(rows: () => AsyncIterable<CleanRow>, signal?: AbortSignal): Promise<void> {
    for (const { pass, step } of this.#steps) {
      await pass.load?.();
      await loadConditions(step.filter);
    }
    for (const [i, { pass, step }] of this.#steps.entries()) {
      const see = (row: CleanRow): void => void (passes(row, step.filter) && pass.see?.(row));
      if (this.#looksAhead(i)) {
        this.#begin();
        for await (const row of rows()) for (const here of this.#through(row, i)) see(here);
        const pace = new Yielding(signal);
        for (const row of this.#more(i, false)) {
          if (pace.due()) await pace.rest();
          see(row);
        }
      }
      await pass.plan?.(signal);
      this.#steps[i]!.firstId = this.nextId + this.#steps.slice(0, i).reduce((sum, { made }) => sum + made, 0);
    }
    this.#begin();
  }

  #begin(): void {
    for (const step of this.#steps) step.made = 0;
  }

  /** What becomes of a row, counted: itself unless it is left out, and the rows that come behind it. */
  count(row: CleanRow): readonly CleanRow[] {
    return this.#through(row, this.#steps.length, 0, true);
  }

  /** The rows that are made of none, once all rows were counted. */
  countMore(): Iterable<CleanRow> {
    return this.#more(this.#steps.length, true);
  }

  previews(): StepPreview[] {
    return this.#steps.map((step) => step.preview());
  }

  #through(row: CleanRow, to: number, from = 0, counted = false): readonly CleanRow[] {
    const apply = (step: RunningStep) => (one: CleanRow) => (counted ? step.count(one) : step.apply(one));
    return this.#steps.slice(from, to).reduce<readonly CleanRow[]>((here, step) => flowing(here, apply(step)), [row]);
  }

  *#more(to: number, counted: boolean): Generator<CleanRow> {
    for (const [i, step] of this.#steps.slice(0, to).entries())
      for (const row of step.more(counted)) yield* this.#through(row, to, i + 1, counted);
  }
}

/** Mostly it is one row. */
const flowing = (rows: readonly CleanRow[], step: (row: CleanRow) => readonly CleanRow[]): readonly CleanRow[] =>
  rows.length === 1 ? step(rows[0]!) : rows.flatMap(step);

/** Steps beside each other: each sees the rows as they are, in one pass for all. */
export class StepProbes {
  readonly #steps: readonly RunningStep[];

  /** @param most Examples of each step */
  constructor(kinds: readonly CleanStep[], context: StepContext, most: number) {
    this.#steps = kinds.map((step) => {
      const { kind, defaults: settings } = step;
      return new RunningStep({ id: kind, kind, on: true, settings }, step, context, most);
    });
  }

  /** @throws cancelled, and what `rows` throws */
  async prepare(rows: AsyncIterable<CleanRow>, signal?: AbortSignal): Promise<void> {
    for (const { pass } of this.#steps) await pass.load?.();
    for await (const row of rows) for (const { pass } of this.#steps) pass.see?.(row);
    for (const { pass } of this.#steps) await pass.plan?.(signal);
  }

  count(row: CleanRow): void {
    for (const step of this.#steps) step.count(row);
  }

  /** By the step's kind in place of its id. */
  previews(): StepPreview[] {
    return this.#steps.map((step) => step.preview());
  }
}
