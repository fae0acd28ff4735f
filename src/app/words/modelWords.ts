// Lines of facts about a stored model or adapter, for lists.
import { architectureOf, type Family } from '../../base/modelShape';
import type { FrozenPrecision, ModelRecord } from '../../base/records/model';
import type { RunRecord } from '../../base/records/run';
import { language } from './language.svelte';
import { m } from './generated/messages.js';
import { originWords } from './runWords';
import { choiceLabel } from './settingLabels';

/** Names of architectures, which are the same in every language. */
export const FAMILY_NAMES: Record<Family, string> = {
  llama: 'Llama',
  qwen2: 'Qwen 2',
  qwen3: 'Qwen 3',
  gemma3: 'Gemma 3',
  gpt2: 'GPT-2',
};

/** `Llama · 135 M parameters · 269 MB · licence apache-2.0 · has a chat template · revision 12fd25f` */
export function modelFacts({ model, parameters, byteLength, gguf, licence, chatTemplate, hub }: ModelRecord): string {
  const { format } = language;
  const parts = [
    FAMILY_NAMES[architectureOf(model).family],
    m.runs_parameters({ count: format.compact(parameters) }),
    format.bytes(byteLength),
    ...(gguf ? [ggufTypes(gguf.types)] : []),
    licence ? m.models_licence_named({ licence }) : m.models_licence_none(),
    ...(chatTemplate === undefined ? [] : [m.models_knows_chat()]),
    ...(hub ? [m.models_at_revision({ revision: hub.revision.slice(0, 7) })] : []),
  ];
  return parts.join(' · ');
}

/** `GGUF: Q4_1 × 210, Q8_0 × 1`, the same in every language. */
const ggufTypes = (types: Record<string, number>): string =>
  `GGUF: ${Object.entries(types)
    .map(([type, count]) => `${type} × ${count}`)
    .join(', ')}`;

const PRECISIONS: Record<FrozenPrecision, string> = { f32: 'F32', f16: 'F16', q8: 'Q8', q4: 'Q4' };

/** `16`, of an adapter whose layers in the file differ `2–7`. */
const rankWords = (rank: number, origin: RunRecord['origin']): string =>
  origin.kind === 'imported' && origin.ranks ? origin.ranks.join('–') : String(rank);

/** `rank 16, beside Q4 weights · rsLoRA · conversations · step 48 of 48 · validation 1.204` */
export function adapterFacts(run: RunRecord): string {
  const { lora, settings, origin, step, totalSteps, bestValidationLoss } = run;
  const { format } = language;
  const parts = [
    lora && m.models_adapter_facts({ rank: rankWords(lora.rank, origin), precision: PRECISIONS[lora.precision] }),
    lora?.rankStabilized && 'rsLoRA',
    settings && choiceLabel('task', settings.task),
    run.status === 'imported'
      ? originWords(run)
      : m.models_adapter_steps({ step: format.integer(step), total: format.integer(totalSteps) }),
    bestValidationLoss !== undefined && m.runs_validation({ loss: format.loss(bestValidationLoss) }),
  ];
  return parts.filter((part) => part).join(' · ');
}
