// The step of secrets: keys, tokens, passwords and private keys in texts and columns are replaced, masked or marked, or
// their rows left out.
import { inStars, Pseudonyms } from './personal/pseudonyms';
import { replaceSpans } from './personal/replaceSpans';
import { findSecrets, type SecretFound } from './secret/findSecrets';
import { SECRET_KINDS, type SecretKind } from './secret/rules';
import type { CleanRow, CleanStep, FoundSpan, Outcome, Reason, StepPass } from './step';

const settingOfSecret = (kind: SecretKind): string =>
  kind.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

interface Settings {
  [name: string]: boolean | string;
  then: string;
}

const reasonOf = ({ kind, word }: SecretFound): Reason => ({
  code: `secret-${kind}`,
  facts: word === undefined ? {} : { word },
});

const spanOf = (part: number, found: SecretFound): FoundSpan => ({
  ...{ part, start: found.start, end: found.end },
  reason: reasonOf(found),
});

class SecretsPass implements StepPass {
  readonly #kinds;
  readonly #pseudonyms = new Pseudonyms('placeholder');

  constructor(private readonly settings: Settings) {
    this.#kinds = new Set(SECRET_KINDS.filter((kind) => settings[settingOfSecret(kind)] === true));
  }

  see({ parts }: CleanRow): void {
    for (const { text } of parts) this.#pseudonyms.reserve(text);
  }

  decide({ parts, facts }: CleanRow): Outcome {
    const hits = parts.map(({ text }) => findSecrets(text, this.#kinds));
    const columns = Object.entries(facts).flatMap(([name, value]) => {
      const found = typeof value === 'string' ? findSecrets(value, this.#kinds) : [];
      return found.length ? [{ name, value: String(value), hits: found }] : [];
    });
    const beside = columns.flatMap((column) => column.hits.map(reasonOf));
    const count = [...hits, ...columns.map((column) => column.hits)].reduce((sum, found) => sum + found.length, 0);
    if (!count) return { kept: true };
    const reason: Reason = { code: 'secret', facts: { count } };
    const spans = hits.flatMap((found, part) => found.map((hit) => spanOf(part, hit)));
    if (this.settings.then === 'leave-out') return { kept: false, spans, beside, reason };
    if (this.settings.then === 'mark')
      return { kept: true, spans, beside, facts: { secrets: count }, told: true, reason };
    const texts = parts.map(({ text }, part) => this.#replaced(text, hits[part]!));
    const others = Object.fromEntries(columns.map(({ name, value, hits: h }) => [name, this.#replaced(value, h)]));
    const told = columns.length > 0 && { told: true as const };
    return { kept: true, texts, spans, beside, facts: others, ...told, reason };
  }

  #replaced(text: string, hits: readonly SecretFound[]): string {
    if (!hits.length) return text;
    const stretches = hits.map(({ start, end }) => {
      const value = text.slice(start, end);
      return { start, end, by: this.settings.then === 'mask' ? inStars(value) : this.#pseudonyms.of('secret', value) };
    });
    return replaceSpans(text, stretches);
  }
}

export const secretsStep: CleanStep<Settings> = {
  kind: 'secrets',
  defaults: {
    then: 'placeholder',
    ...Object.fromEntries(SECRET_KINDS.map((kind) => [settingOfSecret(kind), true])),
  },
  reasons: ['secret', ...SECRET_KINDS.map((kind) => `secret-${kind}`)],
  choices: { then: ['placeholder', 'mask', 'leave-out', 'mark'] },
  start: (settings) => new SecretsPass(settings),
};
