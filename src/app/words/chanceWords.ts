// The probability of a token in words.
import { language } from './language.svelte';

/** A probability that is not zero never reads as zero. */
export const chanceWords = (probability: number): string => {
  const { format } = language;
  return probability < 0.001 ? `< ${format.percent(0.001)}` : format.percent(probability);
};
