// Reads and writes generation_config.json: end tokens, and how a model wishes to be sampled.
import { Fields } from '../fields';
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

/**
 * Reads a generation_config.json.
 * @throws json-*, config-value
 */
export function readGenerationConfig(text: string, file: string): GenerationFacts {
  const f = Fields.parse(text, file);
  const [bos] = f.ids('bos_token_id');
  const [pad] = f.ids('pad_token_id');
  const [topK] = f.ids('top_k'); // 0 is a count here too
  const number = (field: string): number | undefined => (f.get(field) === undefined ? undefined : f.positive(field));
  // transformers samples only where do_sample is true, whatever the temperature says.
  const greedy = f.get('do_sample') === false || f.get('temperature') === 0;
  return known({
    eos: f.ids('eos_token_id'),
    bos,
    pad,
    temperature: greedy ? 0 : number('temperature'),
    topK,
    topP: number('top_p'),
    minP: f.get('min_p') === 0 ? 0 : number('min_p'),
    repetitionPenalty: number('repetition_penalty'),
    maxTokens: number('max_new_tokens'),
  });
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
