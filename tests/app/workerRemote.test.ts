import { afterEach, describe, expect, test } from 'vitest';
import { watchedRemote } from '../../src/app/workerRemote';
import { serve } from '../../workers/wire';

interface Api {
  double(x: number): Promise<number>;
  hang(): Promise<void>;
}

/** Workers whose other side answers until it is told to fall silent, and a clock of seconds that the test moves. */
function world(patience?: number) {
  const workers: { silence(): void; terminated: boolean; fail(): void }[] = [];
  let at = 0;
  let tick = (): void => undefined;
  const start = () => {
    const { port1, port2 } = new MessageChannel();
    ports.push(port1, port2);
    const api = { double: (x: number) => 2 * x, hang: () => new Promise(() => undefined) };
    serve(api, port2, patience === undefined ? undefined : () => patience);
    port2.start();
    port1.start();
    const failing = new EventTarget();
    const state = {
      terminated: false,
      silence: () => port2.close(),
      fail: () => failing.dispatchEvent(Object.assign(new Event('error'), { message: 'no script' })),
    };
    workers.push(state);
    return {
      addEventListener: (type: string, listener: EventListener) =>
        (type === 'error' ? failing : port1).addEventListener(type, listener),
      removeEventListener: port1.removeEventListener.bind(port1),
      postMessage: (message: unknown, transfer: Transferable[] = []) => port1.postMessage(message, transfer),
      terminate: () => void (state.terminated = true),
    } as Pick<Worker, 'addEventListener' | 'removeEventListener' | 'postMessage' | 'terminate'>;
  };
  const everySecond = (f: () => void) => {
    tick = f;
    return () => undefined;
  };
  const remote = watchedRemote<Api>('data', start, { now: () => at, everySecond });
  const seconds = async (count: number, length = 1000): Promise<void> => {
    for (let i = 0; i < count; i++) {
      at += length;
      tick();
      await new Promise((done) => setTimeout(done, 5));
    }
  };
  return { ...remote, workers, seconds };
}

const ports: MessagePort[] = [];
afterEach(() => ports.splice(0).forEach((port) => port.close()));

describe('a worker behind its interface', () => {
  test('that answers stays, however long a call takes', async () => {
    const { api, workers, seconds } = world();
    expect(await api.double(2)).toBe(4);
    void api.hang();
    await seconds(20);
    expect([workers.length, workers[0]!.terminated]).toEqual([1, false]);
  });

  test('that is silent for five seconds is replaced: its calls fail by name, the next call is answered', async () => {
    const { api, workers, seconds, onReplaced } = world();
    let told = 0;
    onReplaced(() => told++);
    await api.double(1);
    await seconds(1);
    const waiting = api.hang();
    workers[0]!.silence();
    const failed = expect(waiting).rejects.toMatchObject({ code: 'worker-silent', facts: { worker: 'data' } });
    await seconds(4);
    expect(workers[0]!.terminated).toBe(false);
    await seconds(2);
    await failed;
    expect([workers[0]!.terminated, told]).toEqual([true, 1]);
    expect(await api.double(3)).toBe(6);
    expect(workers.length).toBe(2);
  });

  test('is not replaced for the time that the page slept', async () => {
    const { api, workers, seconds } = world();
    await api.double(1);
    await seconds(1);
    workers[0]!.silence();
    await seconds(20, 60_000);
    expect(workers[0]!.terminated).toBe(false);
  });

  test('that says that it may be silent for longer is waited for', async () => {
    const { api, workers, seconds } = world(30_000);
    await api.double(1);
    await seconds(2);
    workers[0]!.silence();
    await seconds(20);
    expect(workers[0]!.terminated).toBe(false);
    await seconds(12);
    expect(workers[0]!.terminated).toBe(true);
  });

  test('that cannot start fails its calls', async () => {
    const { api, workers } = world();
    const call = api.hang();
    workers[0]!.fail();
    await expect(call).rejects.toMatchObject({ code: 'worker-failed', facts: { message: 'no script' } });
  });
});
