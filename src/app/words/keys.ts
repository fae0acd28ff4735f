// From names of base (codes, settings, presets) to the keys of their sentences; the compiler knows both sides.
import type { Locale } from './generated/runtime.js';

/** A language that the studio speaks: a folder beside this file. */
export type Language = Locale;

/** A compiled sentence, whatever facts it takes. */
export type Sentence = (facts: never, options?: { locale?: Language }) => string;

/** `run-missing` → `run_missing`, `loraRank` → `lora_rank`, `0.8M` → `0_8_m`. */
export type KeyOf<Name extends string> = Name extends `${infer First}${infer Rest}`
  ? `${First extends '-' | '.' ? '_' : First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${KeyOf<Rest>}`
  : Name;

export const keyOf = <Name extends string>(name: Name): KeyOf<Name> =>
  name.replace(/[-.]/g, '_').replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) as KeyOf<Name>;

/** Facts as a sentence takes them. One that is missing stays visible as `{name}`, so that a wrong sentence is seen. */
export const withNames = (facts: Readonly<Record<string, string | number>>): Record<string, string | number> =>
  new Proxy(facts, { get: (all, name) => (typeof name === 'string' ? (all[name] ?? `{${name}}`) : undefined) });
