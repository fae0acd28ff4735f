// Errors as code and facts, with the cure of each. Their sentences lie in src/app/words/{en,zh}/errors.
import { appErrors } from './app';
import type { Cure } from './cure';
import { dataErrors } from './data';
import { engineErrors } from './engine';
import { formatErrors } from './formats';
import { hubErrors } from './hub';
import { storageErrors } from './storage';
import { studioErrors } from './studio';
import { verifyErrors } from './verify';

/** Every error that a person can meet, and the button that does what its sentence advises; undefined: none. */
export const ERRORS = {
  ...appErrors,
  ...dataErrors,
  ...engineErrors,
  ...formatErrors,
  ...hubErrors,
  ...storageErrors,
  ...studioErrors,
  ...verifyErrors,
  cancelled: undefined,
  unexpected: 'reload',
} satisfies Record<string, Cure | undefined>;

export type ErrorCode = keyof typeof ERRORS;
export type ErrorFacts = Record<string, string | number>;

export const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(ERRORS, code);

/**
 * An error with a code and the facts of its sentence; these two alone cross threads and are stored. The page makes the
 * sentence (`errorWords`). `message` is for logs and developers: `code {"fact":1}`.
 */
export class AtelierError extends Error {
  constructor(
    readonly code: ErrorCode,
    readonly facts: ErrorFacts = {},
    options?: ErrorOptions,
  ) {
    super(Object.keys(facts).length > 0 ? `${code} ${JSON.stringify(facts)}` : code, options);
    this.name = 'AtelierError';
  }

  get cure(): Cure | undefined {
    return ERRORS[this.code];
  }
}

/** Whatever was thrown, as an AtelierError: aborts become `cancelled`, strangers `unexpected`. */
export function asAtelierError(thrown: unknown): AtelierError {
  if (thrown instanceof AtelierError) return thrown;
  if (thrown instanceof Error && thrown.name === 'AbortError') return new AtelierError('cancelled');
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new AtelierError('unexpected', { message }, { cause: thrown });
}

/**
 * Awaits work that cannot be cancelled, but gives up when the signal aborts.
 * @throws cancelled
 */
export async function untilCancelled<T>(work: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return work;
  let cancel = (): void => undefined;
  const cancelled = new Promise<never>((_, reject) => {
    cancel = () => reject(new AtelierError('cancelled'));
    if (signal.aborted) cancel();
    else signal.addEventListener('abort', cancel, { once: true });
  });
  return Promise.race([work, cancelled]).finally(() => signal.removeEventListener('abort', cancel));
}

/**
 * Called between chunks of slow work, so that a pressed cancel ends it.
 * @throws cancelled
 */
export function throwIfCancelled(signal?: AbortSignal): void {
  if (signal?.aborted) throw new AtelierError('cancelled');
}
