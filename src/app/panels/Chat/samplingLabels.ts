// What the fields of sampling are called, and what they do, in a sentence.
import type { Sampling } from '../../../base/chat';
import type { TermName } from '../../words/glossary';
import { m } from '../../words/generated/messages.js';

const WORDS: Record<keyof Sampling, { label: () => string; help: () => string }> = {
  temperature: { label: m.chat_temperature, help: m.chat_temperature_help },
  topP: { label: m.chat_top_p, help: m.chat_top_p_help },
  topK: { label: m.chat_top_k, help: m.chat_top_k_help },
  minP: { label: m.chat_min_p, help: m.chat_min_p_help },
  repetitionPenalty: { label: m.chat_penalty, help: m.chat_penalty_help },
  maxTokens: { label: m.chat_max_tokens, help: m.chat_max_tokens_help },
  seed: { label: m.chat_seed, help: m.chat_seed_help },
};

export const samplingLabel = (key: keyof Sampling): string => WORDS[key].label();
export const samplingHelp = (key: keyof Sampling): string => WORDS[key].help();

export const SAMPLING_TERMS: Record<keyof Sampling, TermName> = {
  temperature: 'temperature',
  topP: 'topP',
  topK: 'topK',
  minP: 'minP',
  repetitionPenalty: 'repetitionPenalty',
  maxTokens: 'token',
  seed: 'seed',
};
