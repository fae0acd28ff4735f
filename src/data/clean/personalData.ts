// The step of personal data: what finders find in texts and columns, and the names of a list, are replaced, masked or
// marked, or their rows left out. Which value a placeholder stands for is kept by no one.
import type { RowFacts } from '../../base/records/recipe';
import { LEAST_SCORE, PERSONAL_KINDS, type PersonalFound, type PersonalKind } from './personal/finder';
import { eachPersonIn, NameFinder, namesInHeaders, peopleIn } from './personal/names';
import { inStars, Pseudonyms, type ReplacedKind } from './personal/pseudonyms';
import { replaceSpans } from './personal/replaceSpans';
import { scanPersonal } from './personal/scan';
import type { CleanRow, CleanStep, FoundSpan, Outcome, Reason, StepPass } from './step';

/** The name of the setting that switches a kind. */
const settingOfKind = (kind: PersonalKind): string =>
  kind.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

interface Settings {
  [name: string]: boolean | number | string | readonly string[];
  then: string;
  least: number;
  names: readonly string[];
  nameColumns: readonly string[];
  headers: boolean;
}

/** Columns that the studio reads itself, and which hold nobody's words. */
const NOT_LOOKED_AT = new Set(['split', 'id', 'label', 'labels', 'rating', 'weight']);

/** What was found in one text: by a finder, or a name. */
interface Hit {
  kind: ReplacedKind;
  start: number;
  end: number;
  /** Of a name: the person's number. */
  key?: string;
  reason: Reason;
}

const hitOf = ({ kind, form, start, end, score, evidence, word }: PersonalFound): Hit => ({
  ...{ kind, start, end },
  reason: { code: `personal-${kind}`, facts: { form, score, evidence, ...(word !== undefined && { word }) } },
});

class PersonalPass implements StepPass {
  readonly #kinds;
  readonly #names = new NameFinder();
  readonly #pseudonyms;

  constructor(private readonly settings: Settings) {
    this.#kinds = new Set(PERSONAL_KINDS.filter((kind) => settings[settingOfKind(kind)] === true));
    this.#pseudonyms = new Pseudonyms(settings.then === 'invented' ? 'invented' : 'placeholder');
    for (const names of peopleIn(settings.names)) if (names.length) this.#names.add(names);
  }

  see({ parts, facts }: CleanRow): void {
    for (const { text } of parts) {
      this.#pseudonyms.reserve(text);
      if (this.settings.headers) for (const names of namesInHeaders(text)) this.#names.add(names);
    }
    for (const column of this.settings.nameColumns)
      for (const names of eachPersonIn(String(facts[column] ?? ''))) this.#names.add(names);
  }

  decide({ parts, facts }: CleanRow): Outcome {
    const hits = parts.map(({ text }) => this.#hits(text));
    const columns = Object.entries(facts).flatMap(([name, value]) => {
      const found = typeof value === 'boolean' || NOT_LOOKED_AT.has(name) ? [] : this.#columnHits(name, String(value));
      return found.length ? [{ name, value: String(value), hits: found }] : [];
    });
    const beside = columns.flatMap((column) => column.hits.map((hit) => hit.reason));
    const count = [...hits, ...columns.map((column) => column.hits)].reduce((sum, found) => sum + found.length, 0);
    if (!count) return { kept: true };
    const { then } = this.settings;
    const reason: Reason = { code: 'personal', facts: { count } };
    const spans = hits.flatMap((found, part) => found.map((hit) => spanOf(part, hit)));
    if (then === 'leave-out') return { kept: false, spans, beside, reason };
    if (then === 'mark') return { kept: true, spans, beside, facts: { personal: count }, told: true, reason };
    const texts = parts.map(({ text }, part) => this.#replaced(text, hits[part]!));
    const others: RowFacts = Object.fromEntries(
      columns.map(({ name, value, hits: h }) => [name, this.#replaced(value, h)]),
    );
    const told = columns.length > 0 && { told: true as const };
    return { kept: true, texts, spans, beside, facts: others, ...told, reason };
  }

  /** A column's name speaks for what stands in it, as a word before it does. */
  #columnHits(name: string, value: string): Hit[] {
    const before = `${name.replaceAll('_', ' ')}: `;
    return this.#hits(before + value)
      .filter(({ start }) => start >= before.length)
      .map((hit) => ({ ...hit, start: hit.start - before.length, end: hit.end - before.length }));
  }

  /** A finder's hit goes before a name that overlaps it, as the address before the name in it. */
  #hits(text: string): Hit[] {
    const hits = scanPersonal(text, this.#kinds, this.settings.least).map(hitOf);
    const names = this.#names
      .find(text)
      .filter(({ start, end }) => !hits.some((hit) => hit.start < end && start < hit.end))
      .map(({ start, end, person }): Hit => {
        const reason = { code: 'personal-person', facts: {} };
        return { kind: 'person', start, end, key: String(person), reason };
      });
    return names.length ? [...hits, ...names].sort((a, b) => a.start - b.start) : hits;
  }

  #replaced(text: string, hits: readonly Hit[]): string {
    if (!hits.length) return text;
    const stretches = hits.map(({ kind, start, end, key }) => {
      const value = text.slice(start, end);
      return { start, end, by: this.settings.then === 'mask' ? inStars(value) : this.#pseudonyms.of(kind, value, key) };
    });
    return replaceSpans(text, stretches);
  }
}

const spanOf = (part: number, { start, end, reason }: Hit): FoundSpan => ({ part, start, end, reason });

export const personalDataStep: CleanStep<Settings> = {
  kind: 'personal-data',
  defaults: {
    then: 'placeholder',
    ...Object.fromEntries(PERSONAL_KINDS.map((kind) => [settingOfKind(kind), true])),
    least: LEAST_SCORE,
    names: [],
    nameColumns: [],
    headers: false,
  },
  reasons: ['personal', 'personal-person', ...PERSONAL_KINDS.map((kind) => `personal-${kind}`)],
  limits: { least: [0, 100] },
  secret: ['names'],
  choices: { then: ['placeholder', 'invented', 'mask', 'leave-out', 'mark'] },
  columns: ({ nameColumns }) => nameColumns,
  start: (settings) => new PersonalPass(settings),
};
