// What held-out loss does where nothing is wrong: it falls, or it stays.
import { TENDENCY, checksOf, FLAT, type Evidence } from './evidence';

export interface Moves {
  kind: 'learns' | 'flat';
  checks: number;
  /** The held-out loss at the first of the last checks and at the last. */
  from: number;
  to: number;
}

/** Of fewer checks the scatter says little. */
const KNOWN = 6;

export function moves({ curves }: Evidence): Moves | undefined {
  const { losses, least } = checksOf(curves);
  const [from, to] = [losses.at(-TENDENCY), losses.at(-1)];
  if (from === undefined || to === undefined) return undefined;
  const flat = Math.abs(from - to) <= (losses.length < KNOWN ? FLAT * from : least);
  return to < from || flat ? { kind: flat ? 'flat' : 'learns', checks: TENDENCY, from, to } : undefined;
}
