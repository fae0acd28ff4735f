// Progress in words: the phase, and how much of how much.
import type { Progress } from '../../base/wire/events';
import { language } from '../words/language.svelte';
import { m } from '../words/generated/messages.js';

const PHASES: Record<Progress['phase'], () => string> = {
  reading: m.ui_phase_reading,
  counting: m.ui_phase_counting,
  merging: m.ui_phase_merging,
  tokenizing: m.ui_phase_tokenizing,
  writing: m.ui_phase_writing,
  hashing: m.ui_phase_hashing,
  uploading: m.ui_phase_uploading,
  saving: m.ui_phase_saving,
  checking: m.ui_phase_checking,
};
const UNITS: Record<Exclude<Progress['unit'], 'bytes'>, (input: { amount: string }) => string> = {
  rows: m.ui_unit_rows,
  tokens: m.ui_unit_tokens,
  merges: m.ui_unit_merges,
  chunks: m.ui_unit_chunks,
};

export const phaseWords = (phase: Progress['phase']): string => PHASES[phase]();

/** `12 MB of 100 MB`, `1,200 rows`. */
export function amountWords({ done, total, unit }: Progress): string {
  const { format } = language;
  const write = (n: number): string => (unit === 'bytes' ? format.bytes(n) : format.integer(n));
  const amount = total > 0 ? m.ui_of({ done: write(done), total: write(total) }) : write(done);
  return unit === 'bytes' ? amount : UNITS[unit]({ amount });
}
