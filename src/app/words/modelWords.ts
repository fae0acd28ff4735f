import { architectureOf, type Family } from '../../base/modelConfig';
import type { ModelRecord } from '../../base/records';
import { language } from '../state/language.svelte';
import { m } from './generated/messages.js';

/** Names of architectures, which are the same in every language. */
const FAMILIES: Record<Family, string> = {
  llama: 'Llama',
  qwen2: 'Qwen 2',
  qwen3: 'Qwen 3',
  gemma3: 'Gemma 3',
  gpt2: 'GPT-2',
};

/** `Llama · 135 M parameters · 269 MB · apache-2.0 · knows conversations` */
export function modelFacts({ model, parameters, byteLength, licence, chatTemplate }: ModelRecord): string {
  const { format } = language;
  const parts = [
    FAMILIES[architectureOf(model).family],
    m.runs_parameters({ count: format.compact(parameters) }),
    format.bytes(byteLength),
    licence ?? m.models_licence_none(),
    ...(chatTemplate === undefined ? [] : [m.models_knows_chat()]),
  ];
  return parts.join(' · ');
}
