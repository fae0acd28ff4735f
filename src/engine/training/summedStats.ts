/** Evaluation of many batches: measures them one after the other and sums what was measured. */

/**
 * A batch's numbers are read only when this many later ones are queued: the device is kept busy, and memory is bounded.
 */
const QUEUED_AHEAD = 4;

/**
 * Sums of `length` numbers over all batches.
 * @param measure queues a batch and promises its numbers [length]
 * @throws what `measure` or the batches throw, once nothing that was queued is under way any more
 */
export async function summedStats<Batch>(
  batches: Iterable<Batch> | AsyncIterable<Batch>,
  measure: (batch: Batch) => Promise<Float32Array>,
  length: number,
): Promise<number[]> {
  const total = Array.from({ length }, () => 0);
  const queued: Promise<Float32Array>[] = [];
  const settle = async (): Promise<void> => (await queued.shift()!).forEach((x, i) => (total[i]! += x));
  try {
    for await (const batch of batches) {
      const numbers = measure(batch);
      numbers.catch(() => undefined); // `settle` throws it; until then nobody hears it
      queued.push(numbers);
      if (queued.length > QUEUED_AHEAD) await settle();
    }
    while (queued.length) await settle();
  } finally {
    // after an error the others fail too, each with nobody to hear it
    await Promise.allSettled(queued);
  }
  return total;
}
