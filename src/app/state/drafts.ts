// What was chosen and typed but not sent yet, kept in this browser, so that a reload loses none of it. A kept draft is
// checked where it is taken up.
import { readSetting, writeSetting } from '../browser/browserPrefs';

type DraftName =
  | 'form'
  | 'chat'
  | 'classify'
  | 'paste'
  | 'tokens'
  | 'hub'
  | 'hubData'
  | 'tokenizer'
  | 'settings'
  | 'dismissed'
  | 'note'
  | 'labelTask'
  | 'fix'
  | 'judge'
  | 'row';

const keyOf = (name: DraftName): string => `atelier-draft-${name}`;

/** Any JSON: another version of the studio, or a person, may have written it. */
export function readDraft(name: DraftName): unknown {
  try {
    return JSON.parse(readSetting(keyOf(name)) ?? 'null');
  } catch {
    return undefined;
  }
}

export function writeDraft(name: DraftName, draft: unknown): void {
  writeSetting(keyOf(name), draft === undefined ? 'null' : JSON.stringify(draft));
}

/** A draft that is a text. */
export function readDraftText(name: DraftName): string {
  return textIn(readDraft(name)) ?? '';
}

/** The fields of a draft; none where it is something else. */
export const fieldsOf = (draft: unknown): Readonly<Record<string, unknown>> =>
  typeof draft === 'object' && draft !== null && !Array.isArray(draft) ? (draft as Record<string, unknown>) : {};

export const textIn = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** The texts of a list. */
export const listIn = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((text) => typeof text === 'string') : [];

export const numberIn = (value: unknown, min: number, max: number): number | undefined =>
  typeof value === 'number' && value >= min && value <= max ? value : undefined;

/** Texts that were typed over those of one thing; undefined where the draft is of another one. */
export function keptTexts(name: DraftName, of: string, count: number): string[] | undefined {
  const fields = fieldsOf(readDraft(name));
  const texts = listIn(fields['texts']);
  return fields['of'] === of && texts.length === count ? texts : undefined;
}

export const keepTexts = (name: DraftName, of: string, texts: readonly string[]): void =>
  writeDraft(name, { of, texts });

/** Of a record of texts those under these names. */
export function textsIn<K extends string>(
  value: unknown,
  isName: (name: string) => name is K,
): Partial<Record<K, string>> {
  const texts = Object.entries(fieldsOf(value)).filter(([name, text]) => isName(name) && typeof text === 'string');
  return Object.fromEntries(texts) as Partial<Record<K, string>>;
}
