// What the fields of sampling take. Their words are in SamplingForm.svelte.
import type { Sampling } from '../../../base/chat';

interface SamplingRange {
  min: number;
  max: number;
  integer?: boolean;
}

export const SAMPLING_RANGES: Record<keyof Sampling, SamplingRange> = {
  temperature: { min: 0, max: 5 },
  topK: { min: 0, max: 100_000, integer: true },
  topP: { min: 0.01, max: 1 },
  minP: { min: 0, max: 1 },
  repetitionPenalty: { min: 1, max: 3 },
  maxTokens: { min: 1, max: 100_000, integer: true },
  seed: { min: 0, max: 0xffff_ffff, integer: true },
};

export const isSampling = (name: string): name is keyof Sampling => Object.hasOwn(SAMPLING_RANGES, name);

export function inRange(key: keyof Sampling, value: unknown): boolean {
  const { min, max, integer = false } = SAMPLING_RANGES[key];
  return typeof value === 'number' && value >= min && value <= max && (!integer || Number.isInteger(value));
}
