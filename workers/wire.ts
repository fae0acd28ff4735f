// What crosses between the page and the workers beside plain values: errors, cancellation, callbacks, ports, streams.
import * as comlink from 'comlink';
import { AtelierError, asAtelierError, isErrorCode, type ErrorFacts } from '../src/base/errors/errors';

/**
 * What crosses between the page and the workers beside plain values; imported on both sides, before the first call.
 * - An error arrives as an AtelierError with its code, facts and stack.
 * - An AbortSignal arrives as a signal that aborts when the other side's does.
 * - A function (progress, listeners) is called where it was made. Its calls complete before the method's result is
 *   delivered.
 * - A MessagePort moves to the other side.
 * - A WritableStream is written from the other side: each write, and the close, ends when it has ended here.
 */

interface Thrown {
  value: unknown;
}
interface WireError {
  code: string;
  facts: ErrorFacts;
  stack?: string;
}

/** Comlink marks what was thrown with a symbol of its own; only its handler knows it. */
function errorHandler(theirs: comlink.TransferHandler<unknown, unknown>): comlink.TransferHandler<Thrown, WireError> {
  return {
    canHandle: (value): value is Thrown => theirs.canHandle(value),
    serialize: ({ value }) => {
      const { code, facts, stack } = asAtelierError(value);
      return [{ code, facts, stack }, []];
    },
    deserialize: ({ code, facts, stack }) => {
      const error = isErrorCode(code)
        ? new AtelierError(code, facts)
        : new AtelierError('unexpected', { message: code });
      if (stack) error.stack = stack;
      throw error;
    },
  };
}

interface WireSignal {
  aborted: boolean;
  port: MessagePort;
}

const signalHandler: comlink.TransferHandler<AbortSignal, WireSignal> = {
  canHandle: (value): value is AbortSignal => value instanceof AbortSignal,
  serialize: (signal) => {
    const { port1, port2 } = new MessageChannel();
    const tell = () => {
      port1.postMessage('abort');
      port1.close();
    };
    if (signal.aborted) tell();
    else signal.addEventListener('abort', tell, { once: true });
    return [{ aborted: signal.aborted, port: port2 }, [port2]];
  },
  deserialize: ({ aborted, port }) => {
    const controller = new AbortController();
    const abort = () => {
      controller.abort();
      port.close();
    };
    if (aborted) abort();
    else port.onmessage = abort;
    return controller.signal;
  },
};

type AnyFunction = (...parts: never[]) => unknown;

/** Of a function of the other side, its calls that were not answered yet. */
const underWay = new WeakMap<object, Set<Promise<unknown>>>();

function functionHandler(
  proxy: comlink.TransferHandler<unknown, unknown>,
): comlink.TransferHandler<AnyFunction, unknown> {
  return {
    canHandle: (value): value is AnyFunction => typeof value === 'function',
    serialize: (value) => proxy.serialize(value),
    deserialize: (wire) => noting(proxy.deserialize(wire) as (...parts: never[]) => Promise<unknown>),
  };
}

function noting(remote: (...parts: never[]) => Promise<unknown>): AnyFunction {
  const calls = new Set<Promise<unknown>>();
  const call = (...parts: never[]): Promise<unknown> => {
    const answer = remote(...parts);
    const settled: Promise<unknown> = answer.catch(() => undefined).then(() => calls.delete(settled));
    calls.add(settled);
    return answer;
  };
  underWay.set(call, calls);
  return call;
}

/**
 * Functions have ports of their own, and no order holds between two ports: a result could overtake the last piece of a
 * text.
 */
function inOrder(api: object): object {
  return new Proxy(api, {
    get: (target, name) => {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      return async (...parts: unknown[]): Promise<unknown> => {
        try {
          return (await Reflect.apply(method, target, parts)) as unknown;
        } finally {
          const told = parts.flatMap((part) => [...((typeof part === 'function' && underWay.get(part)) || [])]);
          await Promise.all(told);
        }
      };
    },
  });
}

interface Sink {
  write(chunk: Uint8Array): Promise<void>;
  close(): Promise<void>;
  abort(reason: string): Promise<void>;
}

/** Not moved with the platform's transfer: there, `close` ends before the file is closed, and its failure is lost. */
function streamHandler(
  proxy: comlink.TransferHandler<unknown, unknown>,
): comlink.TransferHandler<WritableStream<Uint8Array>, unknown> {
  return {
    canHandle: (value): value is WritableStream<Uint8Array> => value instanceof WritableStream,
    serialize: (stream) => {
      const writer = stream.getWriter();
      const sink: Sink = {
        write: (chunk) => writer.write(chunk),
        close: () => writer.close(),
        abort: (reason) => writer.abort(reason),
      };
      return proxy.serialize(comlink.proxy(sink));
    },
    deserialize: (wire) => {
      const sink = proxy.deserialize(wire) as comlink.Remote<Sink>;
      return new WritableStream<Uint8Array>({
        write: (chunk) => sink.write(whole(chunk)),
        close: () => sink.close(),
        abort: (reason) => sink.abort(String(reason)),
      });
    },
  };
}

/** A view is cloned with all of its buffer; a small view of a large one is copied first. */
const whole = (chunk: Uint8Array): Uint8Array => (chunk.byteLength === chunk.buffer.byteLength ? chunk : chunk.slice());

/** A port is moved, not copied: the other side speaks through it from then on. */
const portHandler: comlink.TransferHandler<MessagePort, MessagePort> = {
  canHandle: (value): value is MessagePort => value instanceof MessagePort,
  serialize: (port) => [port, [port]],
  deserialize: (port) => port,
};

function register(): void {
  const { transferHandlers } = comlink;
  const theirThrow = transferHandlers.get('throw');
  const proxy = transferHandlers.get('proxy');
  if (!theirThrow || !proxy) throw new Error('comlink has no handler for throw or proxy');
  transferHandlers.set('throw', errorHandler(theirThrow));
  transferHandlers.set('function', functionHandler(proxy));
  transferHandlers.set('signal', signalHandler);
  transferHandlers.set('stream', streamHandler(proxy));
  transferHandlers.set('port', portHandler);
}
register();

/** Milliseconds that a worker may be silent before the page replaces it. */
const PATIENCE = 5000;

/**
 * Offers an api to the other side of this worker (or of a port), and answers its pings.
 * @param patience how long the other side may wait for an answer, ms
 */
export function serve(api: object, endpoint?: comlink.Endpoint, patience = () => PATIENCE): void {
  comlink.expose(inOrder({ ...api, ping: patience }), endpoint);
}

/** The api that the other side exposes. */
export const wrap = <Api>(endpoint: comlink.Endpoint): comlink.Remote<Api> => comlink.wrap<Api>(endpoint);
