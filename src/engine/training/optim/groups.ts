/** Puts the trained parameters into groups, each of which an optimizer updates in one dispatch. */
import { zeroTensor } from '../../device/buffers';
import { device } from '../../device/currentDevice';
import { bindingLimit } from '../../device/manyTensors';
import { setPartBytes } from '../../device/variants';
import type { Optimizer, Parameter, ParameterGroup } from './optimizer';

/**
 * Weights of a group at most: a tensor as large as this takes longer than a dispatch costs, and its moments are a
 * buffer of its size.
 */
const LARGEST_GROUP = 2 ** 20;

type Given = Pick<Parameter, 'spec' | 'weight'>;

const lanesOf = ({ weight }: Given): 1 | 4 => (weight.size % 4 === 0 ? 4 : 1);
const total = (given: readonly Given[]): number => given.reduce((n, { weight }) => n + weight.size, 0);

/** Neighbours together, as many as a dispatch can bind. */
function neighbours(given: readonly Given[], most: number): Given[][] {
  const groups: Given[][] = [];
  for (const next of given) {
    const last = groups.at(-1);
    const fits =
      last &&
      last.length < most &&
      lanesOf(last[0]!) === lanesOf(next) &&
      total(last) + next.weight.size <= Math.min(LARGEST_GROUP, setPartBytes(device().mostBytes) / 4);
    if (fits) last.push(next);
    else groups.push([next]);
  }
  return groups;
}

/** Groups in the order of `given`, with zero moments, which the caller frees. */
export function groupsOf(given: readonly Given[], optimizer: Optimizer): ParameterGroup[] {
  const most = Math.floor((bindingLimit() - optimizer.sharedBuffers) / 2);
  return neighbours(given, most).map((some) => {
    const size = total(some);
    return {
      parameters: some.map((parameter, i) => ({ ...parameter, start: total(some.slice(0, i)) })),
      lanes: lanesOf(some[0]!),
      moment1: zeroTensor([size]),
      ...(optimizer.moments === 2 ? { moment2: zeroTensor([size]) } : {}),
    };
  });
}
