// Which form of a model is worth its bytes, from losses that were measured. It says nothing where none were.
import { isAdapterAlone } from '../../../base/wire/exportKinds';
import type { FormFacts, FormKind } from '../../../base/wire/forms';

/** A rise of the perplexity that hardly shows in what a model writes: 1 %, as a difference of losses. */
const SMALL_RISE = Math.log(1.01);

export interface FormAdvice {
  /** The smallest form that is as good as the best one, but for that rise. */
  kind: FormKind;
  /** The largest one. */
  than: FormKind;
  /** Bytes of the one by those of the other. */
  share: number;
  /** By how much its loss is above that of the other, in nats. */
  rise: number;
  /** Smaller than what a loss is shown with: rounding on another device makes as much. */
  same: boolean;
}

/** Half of the last decimal of a loss that is shown. */
const MEASURABLE = 0.0005;

/** Without the adapters, whose files need another one beside them. */
const isWhole = ({ kind }: FormFacts): boolean => !isAdapterAlone(kind);

/** Undefined until two forms of the whole model are measured. */
export function formAdvice(forms: readonly FormFacts[]): FormAdvice | undefined {
  const known = forms
    .filter(isWhole)
    .flatMap(({ kind, bytes, measured }) => (measured ? [{ kind, bytes, loss: measured.loss }] : []))
    .toSorted((a, b) => a.bytes - b.bytes);
  const [largest, lowest] = [known.at(-1), Math.min(...known.map(({ loss }) => loss))];
  const chosen = known.find(({ loss }) => loss - lowest <= SMALL_RISE);
  if (known.length < 2 || !largest || !chosen) return undefined;
  const rise = chosen.loss - largest.loss;
  return {
    kind: chosen.kind,
    than: largest.kind,
    share: chosen.bytes / largest.bytes,
    rise,
    same: Math.abs(rise) < MEASURABLE,
  };
}
