import { expect, test, vi } from 'vitest';
import { looksOnSubmit, MapPulse } from '../../../src/engine/device/mapPulse';

const later = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10));

/** A device that looks at its pending maps at a submit only, as Firefox does between its timers. */
class SubmitSettles {
  submits = 0;
  readonly #pending: { left: number; settle: () => void }[] = [];
  readonly submit = (): undefined => {
    this.submits++;
    for (const map of this.#pending) if (--map.left <= 0) map.settle();
  };
  map(submits: number): Promise<void> {
    return new Promise((settle) => this.#pending.push({ left: submits, settle }));
  }
}

test('maps that only a submit settles settle, and nothing is submitted before and after', async () => {
  const queue = new SubmitSettles();
  const pulse = new MapPulse(queue, true);
  await later();
  expect(queue.submits).toBe(0);
  await Promise.all([pulse.during(queue.map(3)), pulse.during(queue.map(5))]);
  expect(queue.submits).toBe(5); // one pulse for both
  await later();
  expect(queue.submits).toBe(5);
  await pulse.during(queue.map(1));
  expect(queue.submits).toBe(6);
});

test('a map that is refused is told, and ends the pulse', async () => {
  const queue = new SubmitSettles();
  const pulse = new MapPulse(queue, true);
  await expect(pulse.during(Promise.reject(new Error('lost')))).rejects.toThrow('lost');
  await later();
  expect(queue.submits).toBe(0);
});

test('other browsers are left alone', async () => {
  const queue = { submit: vi.fn() };
  await new MapPulse(queue, false).during(later());
  expect(queue.submit).not.toHaveBeenCalled();
  const chromium =
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36';
  expect(looksOnSubmit(chromium)).toBe(false);
  expect(looksOnSubmit(undefined)).toBe(false);
  expect(looksOnSubmit('Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0')).toBe(true);
});
