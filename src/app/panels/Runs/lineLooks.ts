// Which colour and dash each drawn run has: it keeps them as long as it is drawn. Of more than 36 some look alike;
// names and pointing at a curve tell those apart.
import type { Id } from '../../../base/records/named';
import { DASHES, type ChartLine } from '../../ui/Chart/types';

export type LineLook = Pick<ChartLine, 'color'> & { dash: readonly number[] };

const COLORS = [1, 2, 3, 4, 5, 6] as const;

/** Colours go round; the dash moves on by one with each round, so that 36 looks come before the first one again. */
function lookOf(slot: number): LineLook {
  const round = Math.floor(slot / COLORS.length);
  return { color: COLORS[slot % COLORS.length] ?? 1, dash: DASHES[(slot + round) % DASHES.length] ?? [] };
}

export class LineLooks {
  #slots = new Map<Id, number>();

  /** Looks of what is drawn now. Who was drawn before keeps its own; who comes gets the first that is free. */
  of(drawn: readonly Id[]): ReadonlyMap<Id, LineLook> {
    const slots = new Map([...this.#slots].filter(([id]) => drawn.includes(id)));
    const taken = new Set(slots.values());
    for (const id of drawn.filter((each) => !slots.has(each))) {
      let slot = 0;
      while (taken.has(slot)) slot++;
      slots.set(id, slot);
      taken.add(slot);
    }
    this.#slots = slots;
    return new Map([...slots].map(([id, slot]) => [id, lookOf(slot)]));
  }
}
