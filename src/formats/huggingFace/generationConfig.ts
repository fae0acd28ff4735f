// Reads and writes generation_config.json: end tokens, and how a model wishes to be sampled.
import { Fields } from '../fields';
import { shown } from '../json';
import { idsJson, pretty, type SpecialIds } from './hfConfigWriting';

/** How a model wishes to be sampled; what its file does not say is undefined. */
export interface GenerationFacts extends SpecialIds {
  /** 0: the most likely token each time. */
  temperature?: number;
  /** 0 keeps all. */
  topK?: number;
  topP?: number;
  minP?: number;
  repetitionPenalty?: number;
  maxTokens?: number;
}

/** What a generation_config.json says, and which of its wishes make no sense, as `top_p = 0`. */
export interface GenerationWishes {
  facts: GenerationFacts;
  passedOver: string[];
}

/**
 * Reads a generation_config.json. A wish that makes no sense is passed over: the model answers without it.
 * @throws json-*, config-value where the file is no object
 */
export function readGenerationConfig(text: string, file: string): GenerationWishes {
  const f = Fields.parse(text, file);
  const passedOver: string[] = [];
  const passOver = (field: string): undefined => void passedOver.push(`${field} = ${shown(f.get(field))}`);
  const number = (field: string, makesSense: (value: number) => boolean): number | undefined => {
    const value = f.get(field);
    if (value === undefined || (typeof value === 'number' && makesSense(value))) return value;
    return passOver(field);
  };
  const ids = (field: string): number[] => {
    const { ids, odd } = f.idsAmong(field);
    if (odd) passOver(field);
    return ids;
  };
  const [bos] = ids('bos_token_id');
  const [pad] = ids('pad_token_id');
  const topK = number('top_k', (k) => Number.isSafeInteger(k) && k >= -1);
  const temperature = number('temperature', (t) => t >= 0 && t < Infinity);
  const facts = {
    eos: ids('eos_token_id'),
    bos,
    pad,
    // transformers samples only where do_sample is true, whatever the temperature says.
    temperature: f.get('do_sample') === false ? 0 : temperature,
    topK: topK === -1 ? 0 : topK, // vLLM's way to keep all
    topP: number('top_p', (p) => p > 0 && p <= 1),
    minP: number('min_p', (p) => p >= 0 && p <= 1),
    repetitionPenalty: number('repetition_penalty', (r) => r > 0 && r < Infinity),
    maxTokens: number('max_new_tokens', (n) => Number.isSafeInteger(n) && n > 0),
  };
  return { facts: known(facts), passedOver };
}

const known = <T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };

/**
 * generation_config.json; temperature 0 means the most likely token each time, which transformers calls do_sample
 * false.
 */
export function writeGenerationConfig(facts: GenerationFacts): string {
  const { temperature, topK, topP, minP, repetitionPenalty, maxTokens } = facts;
  const greedy = temperature === 0;
  return pretty({
    ...idsJson(facts),
    do_sample: !greedy,
    ...(greedy ? {} : { temperature, top_k: topK, top_p: topP, min_p: minP }),
    repetition_penalty: repetitionPenalty,
    max_new_tokens: maxTokens,
  });
}
