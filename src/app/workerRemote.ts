// A worker as its plain interface: it starts at the first call, and one that does not answer is replaced. Which workers
// there are is remote.ts.
import { AtelierError } from '../base/errors/errors';
import { wrap } from '../../workers/wire';

/** Time between two pings, ms. */
const PING = 1000;
/** Ticks later than this say that the page slept, and the worker perhaps with it. */
const AWAKE = 2.5 * PING;

type Calls = Record<string, (...args: unknown[]) => Promise<unknown>>;

/** A worker, as far as it is used here; a test gives its own. */
export type WorkerLike = Pick<Worker, 'addEventListener' | 'removeEventListener' | 'postMessage' | 'terminate'>;

export interface WatchedOptions {
  now?: () => number;
  /** Called once a second; gives what ends it. */
  everySecond?: (tick: () => void) => () => void;
}

const byTimer = (tick: () => void): (() => void) => {
  const timer = setInterval(tick, PING);
  return () => clearInterval(timer);
};

/**
 * One worker from its start to its end. A worker that cannot start, and one that is replaced, would leave every call
 * waiting for ever: its end rejects them. It is watched from its first answer on, since a slow network is no fault of
 * it.
 */
class Connection {
  readonly #remote;
  readonly #waiting = new Set<(error: AtelierError) => void>();
  readonly #stop: () => void;
  #answered = false;
  #ended: AtelierError | undefined;
  #tickedAt: number;
  /** Milliseconds without an answer to a ping, as far as the page was awake. */
  #silent = 0;
  #pinging = false;
  /** How long the worker may be silent, as it said last. */
  #patience = Infinity;

  constructor(
    private readonly name: string,
    private readonly worker: WorkerLike,
    private readonly now: () => number,
    everySecond: (tick: () => void) => () => void,
    private readonly silent: () => void,
  ) {
    this.#remote = wrap<Calls>(worker);
    this.#tickedAt = now();
    worker.addEventListener('error', (event) => {
      const message = 'message' in event ? event.message : '';
      if (!this.#answered) this.#end(new AtelierError('worker-failed', { worker: name, message: message || '–' }));
    });
    this.#stop = everySecond(() => this.#tick());
  }

  call(method: string, args: unknown[]): Promise<unknown> {
    if (this.#ended) return Promise.reject(this.#ended);
    const remote = this.#remote[method];
    if (!remote) return Promise.reject(new TypeError(method));
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      const answered = (): void => {
        this.#waiting.delete(reject);
        this.#answered = true;
      };
      remote(...args)
        .finally(answered)
        .then(resolve, reject);
    });
  }

  #tick(): void {
    const at = this.now();
    const awake = at - this.#tickedAt <= AWAKE;
    const passed = at - this.#tickedAt;
    this.#tickedAt = at;
    if (!this.#answered || this.#ended) return;
    this.#silent = awake && this.#pinging ? this.#silent + passed : 0;
    if (this.#silent >= this.#patience) return this.#replace();
    if (!this.#pinging) void this.#ping();
  }

  async #ping(): Promise<void> {
    this.#pinging = true;
    this.#patience = (await this.#remote['ping']?.()) as number;
    this.#pinging = false;
  }

  #replace(): void {
    this.worker.terminate();
    this.#end(new AtelierError('worker-silent', { worker: this.name }));
    this.silent();
  }

  #end(error: AtelierError): void {
    this.#ended = error;
    this.#stop();
    for (const reject of this.#waiting) reject(error);
    this.#waiting.clear();
  }
}

/** The interface of a worker, and who wants to know when it was replaced. */
export interface WatchedRemote<T> {
  api: T;
  onReplaced(listener: () => void): void;
}

/** The worker as its plain interface; `start` makes one at the first call, and again after one that fell silent. */
export function watchedRemote<T extends object>(
  name: string,
  start: () => WorkerLike,
  { now = () => performance.now(), everySecond = byTimer }: WatchedOptions = {},
): WatchedRemote<T> {
  let connection: Connection | undefined;
  const listeners: (() => void)[] = [];
  const replaced = (): void => {
    connection = undefined;
    for (const listener of listeners) listener();
  };
  const call =
    (method: string) =>
    (...args: unknown[]): Promise<unknown> =>
      (connection ??= new Connection(name, start(), now, everySecond, replaced)).call(method, args);
  const api = new Proxy({} as T, {
    // `then` must be absent, or awaiting the remote itself would call the worker.
    get: (_, method) => (typeof method === 'string' && method !== 'then' ? call(method) : undefined),
  });
  return { api, onReplaced: (listener) => void listeners.push(listener) };
}
