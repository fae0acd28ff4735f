// Llama 3's scaling of the rotary embedding out of the factors that a GGUF holds in its place.
import type { RopeScaling } from '../../../base/modelShape';
import { llama3Factors } from '../ggufModel';

type Llama3 = Extract<RopeScaling, { type: 'llama3' }>;

/** As published: only the factor differs between the models (3.1: 8, 3.2: 32). */
const PUBLISHED = { lowFactor: 1, highFactor: 4, originalContext: 8192 };

/**
 * The scaling whose factors these are: the published one, or that which the factors between the two plateaus give.
 * Undefined where nothing is scaled, null where the factors follow another rule.
 */
export function scalingByFactors(factors: Float32Array, theta: number): Llama3 | undefined | null {
  const factor = factors.reduce((most, value) => Math.max(most, value), 0);
  if (factors.every((value) => value === 1)) return undefined;
  const candidates = [{ ...PUBLISHED, factor }, ...fitted(factors, factor, theta)];
  const found = candidates.find((scaling) => isRule(factors, { type: 'llama3', ...scaling }, theta));
  return found ? { type: 'llama3', ...found } : null;
}

const isRule = (factors: Float32Array, scaling: Llama3, theta: number): boolean =>
  llama3Factors(scaling, 2 * factors.length, theta).every((f, i) => Math.abs(f - factors[i]!) <= 1e-4 * Math.abs(f));

/**
 * Between the plateaus, smooth = (1/f − 1/F) / (1 − 1/F) is a line over 1/wavelength. Its slope and place give the
 * context, with the lower factor 1: the three matter only by their ratios.
 */
function fitted(factors: Float32Array, factor: number, theta: number): Omit<Llama3, 'type'>[] {
  const points = Array.from(factors, (f, i) => ({
    x: theta ** ((-2 * i) / (2 * factors.length)) / (2 * Math.PI),
    smooth: (1 / f - 1 / factor) / (1 - 1 / factor),
  })).filter(({ smooth }) => smooth > 1e-3 && smooth < 1 - 1e-3);
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last) return [];
  const { lowFactor, highFactor } = PUBLISHED;
  const byPublished = { factor, lowFactor, highFactor, originalContext: Math.round((3 * first.smooth + 1) / first.x) };
  if (first === last) return [byPublished];
  const slope = (first.smooth - last.smooth) / (first.x - last.x);
  const high = 1 - 1 / (first.smooth - slope * first.x);
  const rounded = Math.abs(high - Math.round(high)) < 1e-3 ? Math.round(high) : high;
  return [byPublished, { factor, lowFactor, highFactor: rounded, originalContext: Math.round(slope * (high - 1)) }];
}
