// Brings the tensors of an adapter to the names that PEFT gives them, whatever stands in their keys besides.
import { AtelierError } from '../../base/errors/errors';
import { architectureOf, type ModelShape } from '../../base/modelShape';
import { shown } from '../json';
import type { PlacedTensor } from '../huggingFace/shards';
import { withoutWrappers } from '../huggingFace/tensorMatching';
import { innerOf } from '../huggingFace/tensorNames';
import { peftName } from './peft';

/**
 * What stands before the blocks, the layer, the matrix, and perhaps the adapter's own name, which PEFT puts there in
 * memory and takes out of its files.
 */
const OF_LAYER = /^((?:\w+\.)*?)((?:layers|h)\.\d+\.[\w.]+)\.lora_([AB])(?:\.([^.]+))?\.weight$/;

/** Modules around the blocks of a language model; those of `vision_tower.` or `encoder.` are other blocks. */
const AROUND = new Set(['base_model', 'model', 'module', 'transformer', 'language_model', 'text_model', 'llm']);

/** What PEFT can train beside layers, or instead of their A and B. */
const TRAINED_BESIDE = /embed|lm_head|\bwte\b|\bwpe\b|magnitude_vector|modules_to_save|bias/;

interface Key {
  tensor: PlacedTensor;
  outer: string;
  module: string;
  part: 'A' | 'B';
  adapter: string;
}

/**
 * The tensors by the names that PEFT gives them beside this model. Layers of a file that are in no block of it keep the
 * name that they would have there.
 * @throws adapter-beside, adapter-names
 */
export function namedAsPeft(
  shape: ModelShape,
  tensors: readonly PlacedTensor[],
  file: string,
): Map<string, PlacedTensor> {
  const inner = innerOf(architectureOf(shape));
  const keys = tensors.map((tensor) => keyOf(tensor));
  const beside = tensors.find(({ name }, i) => !keys[i] && TRAINED_BESIDE.test(name));
  if (beside) throw new AtelierError('adapter-beside', { file, tensor: beside.name });
  const expected = peftName({ module: `${inner}${inner === 'model.' ? 'layers' : 'h'}.0.…`, part: 'A' });
  const refuse = ({ name }: { name: string }): never => {
    throw new AtelierError('adapter-names', { file, found: shown(name).slice(1, -1), expected });
  };
  const found = new Map<string, PlacedTensor>();
  for (const [i, key] of keys.entries()) {
    // of another part of a larger model, or of a second adapter
    if (!key || key.outer !== keys[0]!.outer || key.adapter !== keys[0]!.adapter) return refuse(tensors[i]!);
    const name = peftName({ module: inner + key.module, part: key.part });
    if (found.has(name)) return refuse(key.tensor);
    found.set(name, key.tensor);
  }
  return found;
}

function keyOf(tensor: PlacedTensor): Key | undefined {
  const [, outer, module, part, adapter = ''] = OF_LAYER.exec(withoutWrappers(tensor.name)) ?? [];
  if (outer === undefined || !outer.split('.').every((name) => name === '' || AROUND.has(name))) return undefined;
  return { tensor, outer, module: module!, part: part as 'A' | 'B', adapter };
}
