import { afterEach, beforeEach, expect, test } from 'vitest';
import { AtelierError } from '../../src/base/errors/errors';
import { errorWords } from '../../src/app/words/errorWords';
import { serve, wrap } from '../../workers/wire';

interface Api {
  fail(how: 'atelier' | 'plain' | 'abort' | 'sync'): Promise<void>;
  count(onProgress: (n: number) => void, signal?: AbortSignal): Promise<number>;
  tell(onPart: (n: number) => unknown): Promise<void>;
  aborted(signal: AbortSignal): Promise<boolean>;
  write(target: WritableStream<Uint8Array>): Promise<void>;
}

const breath = () => new Promise((done) => setTimeout(done, 1));

const api: Api = {
  fail(how) {
    if (how === 'sync') throw new AtelierError('run-missing');
    const errors = {
      atelier: new AtelierError('checkpoint-damaged', { step: 7, chunk: 2, chunks: 3 }),
      plain: new TypeError('odd'),
      abort: new DOMException('stop', 'AbortError'),
    };
    return Promise.reject(errors[how]);
  },
  async count(onProgress, signal) {
    for (let n = 0; ; n++) {
      if (signal?.aborted || n === 500) return n;
      onProgress(n);
      await breath();
    }
  },
  async tell(onPart) {
    for (let n = 0; n < 3; n++) onPart(n);
  },
  aborted: async (signal) => signal.aborted,
  async write(target) {
    const writer = target.getWriter();
    await writer.write(Uint8Array.of(1, 2, 3));
    await writer.close();
  },
};

/** Open ports would keep the process of the test alive; closing one end closes the other. */
const ports: MessagePort[] = [];
globalThis.MessageChannel = class extends MessageChannel {
  constructor() {
    super();
    ports.push(this.port1, this.port2);
  }
};

let channel: MessageChannel;
let remote: Api;
beforeEach(() => {
  channel = new MessageChannel();
  serve(api, channel.port1);
  channel.port2.start();
  remote = wrap<Api>(channel.port2);
});
afterEach(() => {
  for (const port of ports.splice(0)) port.close();
});

test('an error keeps its code, facts, words and the stack of where it was thrown', async () => {
  const error: unknown = await remote.fail('atelier').catch((e: unknown) => e);
  expect(error).toBeInstanceOf(AtelierError);
  expect(error).toMatchObject({
    code: 'checkpoint-damaged',
    facts: { step: 7, chunk: 2, chunks: 3 },
    cure: 'open-runs',
  });
  expect(error instanceof AtelierError && errorWords(error, 'zh')).toContain('第 2 块');
  expect(error instanceof AtelierError && error.stack).toContain('Object.fail');
  await expect(remote.fail('sync')).rejects.toMatchObject({ code: 'run-missing' });
});

test('a stranger arrives as `unexpected` with its message, an abort as `cancelled`', async () => {
  await expect(remote.fail('plain')).rejects.toMatchObject({ code: 'unexpected', facts: { message: 'odd' } });
  await expect(remote.fail('abort')).rejects.toMatchObject({ code: 'cancelled' });
});

test('a cancel reaches work under way, and progress comes back until then', async () => {
  const controller = new AbortController();
  const seen: number[] = [];
  const onProgress = (n: number) => {
    seen.push(n);
    if (n === 3) controller.abort();
  };
  const stopped = await remote.count(onProgress, controller.signal);
  expect(stopped).toBeLessThan(500);
  expect(seen.slice(0, 4)).toEqual([0, 1, 2, 3]);
});

test('of two calls at once each hears its own progress, cancel and error', async () => {
  const controller = new AbortController();
  const seen: Record<'one' | 'other', number[]> = { one: [], other: [] };
  const one = remote.count((n) => {
    seen.one.push(n);
    if (n === 3) controller.abort();
  }, controller.signal);
  const other = remote.count((n) => void seen.other.push(n));
  const failed = remote.fail('atelier');
  await expect(failed).rejects.toMatchObject({ code: 'checkpoint-damaged' });
  expect(await one).toBeLessThan(500);
  expect(await other).toBe(500);
  expect(seen.other).toEqual(Array.from({ length: 500 }, (_, i) => i));
  expect(seen.one.length).toBeLessThan(500);
});

test('what a call tells is heard before its result, however slow the listener', async () => {
  const heard: number[] = [];
  await remote.tell(async (n) => {
    await breath();
    heard.push(n);
  });
  expect(heard).toEqual([0, 1, 2]);
});

test('a signal that is aborted before the call arrives aborted, another does not', async () => {
  expect(await remote.aborted(AbortSignal.abort())).toBe(true);
  expect(await remote.aborted(new AbortController().signal)).toBe(false);
});

test('a stream is written and closed before the call ends', async () => {
  const written: number[][] = [];
  const target = new WritableStream<Uint8Array>({
    write: (chunk) => void written.push([...chunk]),
    close: async () => {
      await breath();
      written.push([]);
    },
  });
  await remote.write(target);
  expect(written).toEqual([[1, 2, 3], []]);
});

test('a target that fails fails the writing of the other side', async () => {
  const close = () => Promise.reject(new AtelierError('storage-full', { needed: 1, used: 2 }));
  await expect(remote.write(new WritableStream<Uint8Array>({ close }))).rejects.toMatchObject({ code: 'storage-full' });
});
