import './page';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Frames } from '../../src/app/frames';
import type { Workers } from '../../src/app/state/workers';

interface Frame {
  src: string;
  contentWindow: { postMessage: (message: string, target: string, ports: unknown[]) => void };
  sent: unknown[][];
  removed: boolean;
  load: () => void;
}
let frames: Frame[];

/** A document whose frames load, and whose pages answer only when a test says so. */
beforeEach(() => {
  frames = [];
  vi.useFakeTimers();
  const target = new EventTarget();
  vi.stubGlobal('addEventListener', target.addEventListener.bind(target));
  vi.stubGlobal('removeEventListener', target.removeEventListener.bind(target));
  vi.stubGlobal('dispatchEvent', target.dispatchEvent.bind(target));
  const createElement = (): object => {
    const sent: unknown[][] = [];
    const events = new EventTarget();
    const frame = {
      sent,
      removed: false,
      contentWindow: { postMessage: (...message: unknown[]) => void sent.push(message) },
      setAttribute: () => undefined,
      addEventListener: events.addEventListener.bind(events),
      remove: () => void (frame.removed = true),
      load: () => void events.dispatchEvent(new Event('load')),
    };
    frames.push(frame as unknown as Frame);
    return frame;
  };
  vi.stubGlobal('document', { createElement, body: { append: (frame: Frame) => frame.load() } });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const answer = (frame: Frame): void => {
  const event = Object.assign(new Event('message'), { source: frame.contentWindow, data: 'ready' });
  dispatchEvent(event);
};
function framesOn(connectHub = vi.fn(() => Promise.resolve())) {
  const workers = { data: { connectHub }, gpu: { connectLlama: vi.fn(() => Promise.resolve()) } };
  return { connectHub, pages: new Frames(workers as unknown as Workers) };
}

test('the page is framed once, and gets its port once its script has answered', async () => {
  const { connectHub, pages } = framesOn();
  const both = [pages.connectHub(), pages.connectHub()];
  expect([frames.length, frames[0]!.sent.length]).toEqual([1, 0]);
  answer({ ...frames[0]!, contentWindow: { postMessage: () => undefined } }); // another frame's
  expect(frames[0]!.sent).toHaveLength(0);
  answer(frames[0]!);
  await Promise.all(both);
  expect([frames[0]!.sent.length, connectHub.mock.calls.length]).toEqual([1, 1]);
  await pages.connectHub();
  expect(frames).toHaveLength(1);
});

test.each(['connectHub', 'connectLlama'] as const)(
  'a page that loads without an answer, as the browser’s page of errors does, ends %s; the next try frames it anew',
  async (connect) => {
    const { pages } = framesOn();
    const failed = expect(pages[connect]()).rejects.toMatchObject({ code: 'page-missing' });
    await vi.advanceTimersByTimeAsync(15_000);
    await failed;
    expect(frames[0]!.removed).toBe(true);
    const again = pages[connect]();
    answer(frames[1]!);
    await again;
    expect(frames[1]!.sent).toHaveLength(1);
  },
);

test('a worker that refuses the port is asked again', async () => {
  const connectHub = vi.fn(() => Promise.resolve()).mockRejectedValueOnce(new Error('gone'));
  const { pages } = framesOn(connectHub);
  const first = pages.connectHub();
  answer(frames[0]!);
  await expect(first).rejects.toThrow('gone');
  const again = pages.connectHub();
  answer(frames[1]!);
  await again;
});
