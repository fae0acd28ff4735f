/**
 * What a checkpoint holds of training, as named tensors: the trained weights and the optimizer's moments. Where a
 * moment lies in its group's buffer is known here; a checkpoint's file format is not.
 */
import { AtelierError } from '../../base/errors/errors';
import type { ParameterSpec } from '../../base/modelShape';
import type { TensorSpec } from '../../base/numbers/tensorData';
import type { TensorRole } from '../../base/records/checkpoint';
import { readStretches, wholeOf, writeStretches, type TensorStretch, type TrainedWeights } from '../models/weights';
import type { ParameterGroup } from './optim/optimizer';

/** A tensor of the training state: what it is, and a way to fetch its little-endian bytes (a sync point). */
export interface StateTensor {
  spec: TensorSpec & { role: TensorRole };
  read(): Promise<Uint8Array<ArrayBuffer>>;
}

/** Where the numbers of a role lie, by parameter; a matrix in parts has several stretches, in their order. */
function placesOf(groups: readonly ParameterGroup[], role: TensorRole): ReadonlyMap<ParameterSpec, TensorStretch[]> {
  const places = new Map<ParameterSpec, TensorStretch[]>();
  for (const group of groups)
    for (const { spec, weight, start } of group.parameters) {
      if (role === 'reference') continue; // is read once, and never put back
      const tensor = role === 'weight' ? weight : group[role];
      const stretch = tensor && (role === 'weight' ? wholeOf(tensor) : { tensor, start, size: weight.size });
      if (stretch) places.set(spec, [...(places.get(spec) ?? []), stretch]);
    }
  return places;
}

/** Weights, then first moments, then second moments, each in the order of the groups. */
export function stateTensors(groups: readonly ParameterGroup[]): StateTensor[] {
  const ofRole = (role: TensorRole): StateTensor[] =>
    [...placesOf(groups, role)].map(([{ name, shape }, stretches]) => ({
      spec: { name, shape, dtype: 'F32', role },
      read: () => readStretches(stretches),
    }));
  return [...ofRole('weight'), ...ofRole('moment1'), ...ofRole('moment2')];
}

/** What is kept beside the trained tensors as it is, in the order of the groups. */
export function frozenTensors(groups: readonly ParameterGroup[], frozen: TrainedWeights): StateTensor[] {
  const specs = new Set(groups.flatMap(({ parameters }) => parameters.map(({ spec }) => spec)));
  return [...specs].map(({ name, shape }) => ({
    spec: { name, shape, dtype: 'F32', role: 'reference' },
    read: () => readStretches([wholeOf(frozen.get(name)!)]),
  }));
}

/**
 * Puts a stored tensor back.
 * @throws weights-missing, weights-size
 */
export function loadStateTensor(
  groups: readonly ParameterGroup[],
  role: TensorRole,
  name: string,
  bytes: Uint8Array,
): void {
  const place = [...placesOf(groups, role)].find(([spec]) => spec.name === name);
  if (!place) throw new AtelierError('weights-missing', { name: `${role} ${name}` });
  writeStretches(name, place[1], bytes);
}
