// How fetched parts of files make room for the model that is stored from them, so that both need the model's size once.
import { throwIfCancelled } from '../../base/errors/errors';
import type { PlacedTensor } from '../../formats/huggingFace/shards';
import type { Slice, TensorPlan } from '../../formats/huggingFace/tensorNames';
import { byteLengthOf } from '../../storage/checkpointChunks';
import type { PartedTensor } from '../../storage/models';
import type { FetchedParts, Folder } from './modelFolder';

interface Use {
  fetched: FetchedParts;
  index: number;
  /** Stretches of tensors that are still to be stored from it. */
  stretches: number;
}

/** A tensor of a file as it is stored: from where to where among all bytes of the model. */
interface Stored {
  tensor: PlacedTensor;
  slice: Slice;
  from: number;
  to: number;
}

/**
 * The parts of files that the parameters of a model are read from. All are fetched before the first is stored, since a
 * broken connection must find what it left; each goes once what it holds is stored.
 */
export class Handover {
  readonly #uses = new Map<string, Use>();
  /** In the order of storing: where the stretch of a tensor that lies in one part ends among all stored bytes. */
  readonly #waiting: { end: number; use: Use }[] = [];

  constructor(
    plans: readonly TensorPlan[],
    sources: readonly PartedTensor[],
    tensors: ReadonlyMap<string, PlacedTensor>,
    folder: Folder,
  ) {
    let from = 0;
    plans.forEach(({ parameter, slices }, i) => {
      const rowBytes = byteLengthOf(sources[i]!.spec) / parameter.shape[0]!;
      for (const slice of slices) {
        const to = from + slice.rows * rowBytes;
        this.#wait({ tensor: tensors.get(slice.name)!, slice, from, to }, folder);
        from = to;
      }
    });
  }

  /** @throws what fetching throws */
  async fetch(signal?: AbortSignal): Promise<void> {
    for (const { fetched, index } of this.#uses.values()) {
      throwIfCancelled(signal);
      await fetched.fetch(index, signal);
    }
  }

  /** So many bytes of the model are stored. */
  stored = async (bytes: number): Promise<void> => {
    while (this.#waiting[0] && this.#waiting[0].end <= bytes) {
      const { use } = this.#waiting.shift()!;
      if (--use.stretches === 0) await use.fetched.forget(use.index);
    }
  };

  #wait({ tensor, slice, from, to }: Stored, { parts }: Folder): void {
    const fetched = parts.get(tensor.file)?.fetched;
    if (!fetched) return;
    const { start, end } = tensor;
    for (let at = start; at < end;) {
      const use = this.#use(fetched, tensor.file, Math.floor(at / fetched.partBytes));
      use.stretches++;
      at = Math.min(end, (use.index + 1) * fetched.partBytes);
      // a tensor that is turned over is read whole before its first value is stored
      const share = slice.transposed ? 1 : (at - start) / (end - start);
      this.#waiting.push({ end: from + Math.ceil(share * (to - from)), use });
    }
  }

  #use(fetched: FetchedParts, file: string, index: number): Use {
    const key = `${file} ${index}`;
    const use = this.#uses.get(key) ?? { fetched, index, stretches: 0 };
    this.#uses.set(key, use);
    return use;
  }
}
