// The step that adds rows by templates with slots: of each row's columns, of lists of values, or of both.
import { AUGMENTED } from '../../base/records/augmented';
import type { DatasetContent } from '../../base/records/dataset';
import { stream, type RandomStream } from '../../base/numbers/rng';
import { columnText } from './conditions';
import { copyFacts, mayHaveCopies, withCopies } from './copies';
import { combinations, filled, readLists, templatesIn, type Template } from './slotTemplates';
import type { AddedRow, CleanRow, CleanStep, Outcome, Reason, RowPart, StepPass } from './step';

interface Settings {
  [name: string]: number | readonly string[];
  templates: readonly string[];
  lists: readonly string[];
  /** Rows of a template that needs no row, at most. */
  most: number;
  /** Of each row and template: as many choices of the lists. */
  copies: number;
  share: number;
  seed: number;
}

const KIND = 'templates';

/** The last question, or the text; the last answer; else a column. */
function slotOf(row: CleanRow, slot: string): string | undefined {
  const fact = row.facts[slot];
  if (fact !== undefined) return String(fact);
  const kinds: readonly RowPart['kind'][] = slot === 'question' ? ['question', 'text'] : ['answer'];
  if (slot === 'question' || slot === 'answer') return row.parts.findLast(({ kind }) => kinds.includes(kind))?.text;
  return columnText(row, slot);
}

class Templates implements StepPass {
  readonly adds = true;
  readonly #lists = new Map<string, readonly string[]>();
  readonly #unread: readonly number[];
  /** Those that need a row, and those that do not. */
  readonly #ofRows: readonly Template[];
  readonly #ofLists: readonly Template[];
  /** Rows that lack a slot, by the slot. */
  readonly #missing = new Map<string, number>();
  readonly #refused: Reason[] = [];

  constructor(
    private readonly settings: Settings,
    private readonly content: DatasetContent,
  ) {
    this.#unread = readLists(settings.lists, (name, values) => this.#lists.set(name, [...new Set(values)]).size > 0);
    const usable = templatesIn(settings.templates).filter((template) => this.#isUsable(template));
    this.#ofRows = usable.filter((template) => this.#needsRow(template));
    this.#ofLists = usable.filter((template) => !this.#needsRow(template));
  }

  #needsRow({ slots }: Template): boolean {
    return slots.some((slot) => !this.#lists.has(slot));
  }

  /** A row of conversation or a pair cannot be made of a question alone, nor a pair of one answer. */
  #isUsable(template: Template): boolean {
    const { line, answered } = template;
    const pair = this.content === 'preference';
    const lacks = this.content === 'chat' && answered === undefined && !this.#needsRow(template);
    const fits = !lacks && !(pair && (answered !== undefined || !this.#needsRow(template)));
    if (!fits) this.#refused.push({ code: pair ? 'template-pair' : 'template-answer', facts: { line } });
    return fits;
  }

  see(row: CleanRow): void {
    if (!mayHaveCopies(row)) return;
    const lacked = this.#ofRows.flatMap(({ slots }) => slots.filter((slot) => this.#isLacked(row, slot)));
    for (const slot of new Set(lacked)) this.#missing.set(slot, (this.#missing.get(slot) ?? 0) + 1);
  }

  #isLacked(row: CleanRow, slot: string): boolean {
    return !this.#lists.has(slot) && slotOf(row, slot) === undefined;
  }

  decide(row: CleanRow): Outcome {
    const random = stream(this.settings.seed, KIND, row.id);
    if (!mayHaveCopies(row) || random.next() >= this.settings.share) return { kept: true };
    const adds = this.#ofRows.flatMap((template) => this.#made(row, template, random));
    return adds.length ? withCopies(row, adds, KIND) : { kept: true };
  }

  #made(row: CleanRow, template: Template, random: RandomStream): AddedRow[] {
    if (template.slots.some((slot) => this.#isLacked(row, slot))) return [];
    const own = template.slots.flatMap((slot) => (this.#lists.has(slot) ? [] : [[slot, slotOf(row, slot)!] as const]));
    return this.#choices(template, this.settings.copies, random).flatMap((chosen) => {
      const added = this.#rowOf(row, template, new Map([...own, ...chosen]));
      return added ? [{ ...added, facts: { ...copyFacts(row, KIND) } }] : [];
    });
  }

  /** Values of the slots that have a list, as often as asked. */
  #choices({ slots }: Template, most: number, random: RandomStream): Map<string, string>[] {
    const named = slots.filter((slot) => this.#lists.has(slot));
    const lists = named.map((slot) => this.#lists.get(slot)!);
    return combinations(
      lists.map(({ length }) => length),
      most,
      random,
    ).map((digits) => new Map(named.map((slot, i) => [slot, lists[i]![digits[i]!]!])));
  }

  /** A text, a question and its answer, or the row with another question. Nothing where a side of it is blank. */
  #rowOf(
    row: CleanRow | undefined,
    { asked, answered }: Template,
    values: ReadonlyMap<string, string>,
  ): { texts: string[] } | { parts: RowPart[] } | undefined {
    const [question, answer] = [filled(asked, values), answered === undefined ? undefined : filled(answered, values)];
    if (question.trim() === '' || answer?.trim() === '') return undefined;
    if (this.content === 'text') {
      const text = answer === undefined ? question : `${question}\n${answer}`;
      return row ? { texts: [text] } : { parts: [{ kind: 'text', text }] };
    }
    if (answer !== undefined) return { parts: [...systemOf(row), ...talkOf(question, answer)] };
    const last = row?.parts.findLastIndex(({ kind }) => kind === 'question') ?? -1;
    if (!row || last < 0 || row.parts[last]!.text === question) return undefined;
    return { texts: row.parts.map(({ text }, i) => (i === last ? question : text)) };
  }

  /** The values of the lists become columns, a label among them; no list puts a row on a side. */
  *more(): Generator<AddedRow> {
    for (const template of this.#ofLists) {
      const random = stream(this.settings.seed, KIND, 'lists', template.line);
      for (const values of this.#choices(template, this.settings.most, random)) {
        const added = this.#rowOf(undefined, template, values);
        const { split: _, ...columns } = Object.fromEntries(values) as Record<string, string>;
        if (added) yield { ...added, facts: { ...columns, [AUGMENTED]: KIND } };
      }
    }
  }

  notes(): Reason[] {
    const [line] = this.#unread;
    return [
      ...[...this.#missing].map(([slot, count]) => ({ code: 'slot-missing', facts: { slot, count } })),
      ...(line === undefined ? [] : [{ code: 'list-lines', facts: { line, count: this.#unread.length } }]),
      ...this.#refused,
    ];
  }
}

const systemOf = (row: CleanRow | undefined): RowPart[] => row?.parts.filter(({ kind }) => kind === 'system') ?? [];
const talkOf = (question: string, answer: string): RowPart[] => [
  { kind: 'question', text: question },
  { kind: 'answer', text: answer },
];

export const templatesStep: CleanStep<Settings> = {
  kind: KIND,
  defaults: { templates: [], lists: [], most: 100, copies: 1, share: 1, seed: 1 },
  reasons: [KIND, 'slot-missing', 'list-lines', 'template-answer', 'template-pair'],
  limits: { most: [1, 100_000], copies: [1, 20], share: [0, 1], seed: [0, 1e9] },
  byHand: true,
  augments: true,
  columns: ({ templates, lists }) => {
    const listed = new Set(['question', 'answer']);
    readLists(lists, (name) => listed.add(name).size > 0);
    return templatesIn(templates).flatMap(({ slots }) => slots.filter((slot) => !listed.has(slot)));
  },
  start: (settings, { content }) => new Templates(settings, content),
};
