// The steps of a recipe one behind the other: what becomes of a row, and the counts and examples of each step. It reads
// no storage.
import { AtelierError } from '../../base/errors/errors';
import type { Recipe, RecipeStep } from '../../base/records/recipe';
import type { StepCounts } from '../../base/records/version';
import type { StepExample, StepPreview } from '../../base/wire/recipes';
import { wellFormed } from '../../formats/text/unicode';
import { passes } from '../../data/clean/conditions';
import { lookedAtText } from '../../data/clean/rowText';
import type { CleanRow, CleanStep, Outcome, Reason, StepContext, StepPass } from '../../data/clean/step';
import { stepOf } from '../../data/clean/steps';

/** A step on its way: its pass, and what it did so far. */
class RunningStep {
  readonly pass: StepPass;
  readonly counts: StepCounts;
  readonly examples: StepExample[] = [];
  readonly #waited: Set<number>;

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

  /** The row after the step; undefined where it is left out. */
  apply(row: CleanRow): CleanRow | undefined {
    return passes(row, this.step.filter) ? after(row, this.#outcome(row)) : row;
  }

  /** The same, counted. */
  count(row: CleanRow): CleanRow | undefined {
    if (!passes(row, this.step.filter)) return row;
    const outcome = this.#outcome(row);
    const next = after(row, outcome);
    this.counts.seen++;
    this.#waited.delete(row.id);
    this.#countSpans(outcome);
    const done = doneTo(row, next);
    if (!done) return next;
    this.counts[done]++;
    if (outcome.reason) this.counts.reasons[outcome.reason.code] = (this.counts.reasons[outcome.reason.code] ?? 0) + 1;
    if (this.examples.length < this.most) this.examples.push(exampleOf(row, next, outcome.reason));
    return next;
  }

  #countSpans(outcome: Outcome): void {
    if (!outcome.kept || !outcome.spans) return;
    const found = (this.counts.found ??= {});
    for (const { reason } of outcome.spans) found[reason.code] = (found[reason.code] ?? 0) + 1;
  }

  preview(): StepPreview {
    const missing = this.#waited.size;
    return { ...this.counts, ...(missing > 0 && { missing }), examples: this.examples };
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
  const { texts, facts, held } = outcome;
  if (!texts && !facts && held === undefined) return row;
  return {
    id: row.id,
    parts: texts ? row.parts.map((part, i) => ({ ...part, text: texts[i] ?? part.text })) : row.parts,
    facts: { ...row.facts, ...facts, ...(held !== undefined && { split: held ? 'validation' : 'train' }) },
    held: held ?? row.held,
  };
}

/** Further columns alone are no change that a person must see. */
function doneTo(row: CleanRow, next: CleanRow | undefined): 'left' | 'moved' | 'changed' | undefined {
  if (!next) return 'left';
  if (next.held !== row.held) return 'moved';
  return next.parts.some(({ text }, i) => text !== row.parts[i]!.text) ? 'changed' : undefined;
}

/** Characters of an example on the page. */
const LONGEST_EXAMPLE = 1200;
const BEFORE_CHANGE = 200;

function exampleOf(row: CleanRow, next: CleanRow | undefined, reason: Reason | undefined): StepExample {
  const before = lookedAtText(row, 'row');
  const now = next && lookedAtText(next, 'row');
  const from = now === undefined ? 0 : Math.max(0, firstDifference(before, now) - BEFORE_CHANGE);
  const cut = (text: string): string => wellFormed(text.slice(from, from + LONGEST_EXAMPLE));
  return {
    id: row.id,
    ...(reason && { reason }),
    before: cut(before),
    ...(now !== undefined && { after: cut(now) }),
    ...(next && next.held !== row.held && { moved: next.held ? ('validation' as const) : ('train' as const) }),
  };
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
   * @param most Examples of each step
   * @throws recipe-step-unknown
   */
  constructor({ steps }: Pick<Recipe, 'steps'>, context: StepContext, most: number) {
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
    return 1 + this.#steps.filter(({ pass }) => pass.see).length;
  }

  /**
   * Goes through the rows for each step that must have seen all of them, as the steps before it leave them.
   * @throws cancelled, and what `rows` throws
   */
  async prepare(rows: () => AsyncIterable<CleanRow>, signal?: AbortSignal): Promise<void> {
    for (const { pass } of this.#steps) await pass.load?.();
    for (const [i, { pass, step }] of this.#steps.entries()) {
      if (pass.see)
        for await (const row of rows()) {
          const here = this.#through(row, i);
          if (here && passes(here, step.filter)) pass.see(here);
        }
      await pass.plan?.(signal);
    }
  }

  /** What becomes of a row, counted; undefined where it is left out. */
  count(row: CleanRow): CleanRow | undefined {
    return this.#steps.reduce<CleanRow | undefined>((here, step) => here && step.count(here), row);
  }

  previews(): StepPreview[] {
    return this.#steps.map((step) => step.preview());
  }

  #through(row: CleanRow, steps: number): CleanRow | undefined {
    return this.#steps.slice(0, steps).reduce<CleanRow | undefined>((here, step) => here && step.apply(here), row);
  }
}

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
