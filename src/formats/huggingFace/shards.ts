// A model's safetensors files as one set of tensors, by its index file or as a single file.
import type { AsyncBuffer } from '../../base/numbers/asyncBuffer';
import { AtelierError } from '../../base/errors/errors';
import { Fields } from '../fields';
import { shown } from '../json';
import { readSafetensors, type FileTensor } from './safetensors';

export const INDEX_FILE = 'model.safetensors.index.json';
export const WHOLE_FILE = 'model.safetensors';

/** A tensor and the file it lies in. */
export interface PlacedTensor extends FileTensor {
  buffer: AsyncBuffer;
  file: string;
}

/**
 * In which file each tensor lies, by a model.safetensors.index.json.
 * @throws json-*, config-*
 */
export function readShardIndex(text: string, file: string): Map<string, string> {
  const map = Fields.parse(text, file).part('weight_map');
  if (!map) throw new AtelierError('config-missing', { file, field: 'weight_map' });
  return new Map(
    Object.entries(map.object).map(([tensor, shard]): [string, string] => {
      // A name with a path would lead out of the folder.
      const plain = typeof shard === 'string' && /^[^/\\]+\.safetensors$/.test(shard) ? shard : undefined;
      return [tensor, plain ?? map.wrong(tensor, shard, '"….safetensors"')];
    }),
  );
}

/**
 * The tensors of several files as those of one. A tensor in a file where the index does not look for it is passed over,
 * as transformers does; one that it looks for in vain is refused.
 * @throws safetensors-*, tensor-missing, safetensors-duplicate
 */
export async function readShards(
  files: readonly string[],
  open: (file: string) => Promise<AsyncBuffer>,
  index?: ReadonlyMap<string, string>,
): Promise<PlacedTensor[]> {
  const placed = new Map<string, PlacedTensor>();
  for (const file of files) {
    const buffer = await open(file);
    for (const tensor of (await readSafetensors(buffer, file)).tensors) {
      if (index && index.get(tensor.name) !== file) continue;
      if (placed.has(tensor.name)) throw new AtelierError('safetensors-duplicate', { file, tensor: tensor.name });
      placed.set(tensor.name, { ...tensor, buffer, file });
    }
  }
  const lost = index && [...index].find(([tensor]) => !placed.has(tensor));
  if (lost) throw new AtelierError('tensor-missing', { file: shown(lost[1]), tensor: lost[0] });
  return [...placed.values()];
}
