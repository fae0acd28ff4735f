import { fill, type Language, type Words } from '../words';
import { appErrors } from './app';
import { dataErrors } from './data';
import { engineErrors } from './engine';
import { formatErrors } from './formats';
import { hubErrors } from './hub';
import { storageErrors } from './storage';
import { studioErrors } from './studio';
import { verifyErrors } from './verify';

/** What a person can press to mend an error; the app knows where each leads. */
export type Cure = 'open-machine' | 'open-data' | 'open-model' | 'open-runs' | 'reload' | 'retry';

export interface ErrorWords extends Words {
  /** The button that does what the sentence advises. */
  cure?: Cure;
}

/** Every error that a person can meet: what is wrong, where, and what to do, in both languages. */
export const ERRORS = {
  ...appErrors,
  ...dataErrors,
  ...engineErrors,
  ...formatErrors,
  ...hubErrors,
  ...storageErrors,
  ...studioErrors,
  ...verifyErrors,
  cancelled: { en: 'Cancelled.', zh: '已取消。' },
  unexpected: {
    en: 'Something unexpected happened: {message}. Nothing that was saved is lost; reload the page to go on.',
    zh: '发生了意外情况：{message}。已保存的内容不会丢失；请重新加载页面后继续。',
    cure: 'reload',
  },
} satisfies Record<string, ErrorWords>;

export type ErrorCode = keyof typeof ERRORS;
export type ErrorFacts = Record<string, string | number>;

/** An error with a code and the facts its sentence needs; it crosses threads by these two alone. */
export class AtelierError extends Error {
  constructor(
    readonly code: ErrorCode,
    readonly facts: ErrorFacts = {},
    options?: ErrorOptions,
  ) {
    super(fill(ERRORS[code].en, facts), options);
    this.name = 'AtelierError';
  }

  in(language: Language): string {
    return fill(ERRORS[this.code][language], this.facts);
  }

  get cure(): Cure | undefined {
    const words: ErrorWords = ERRORS[this.code];
    return words.cure;
  }
}

/** Whatever was thrown, as an AtelierError: aborts become `cancelled`, strangers `unexpected`. */
export function asAtelierError(thrown: unknown): AtelierError {
  if (thrown instanceof AtelierError) return thrown;
  if (thrown instanceof Error && thrown.name === 'AbortError') return new AtelierError('cancelled');
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new AtelierError('unexpected', { message }, { cause: thrown });
}

/** Waits for work that hears of no cancel itself, no longer than until one. Throws `cancelled`. */
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

/** Throws `cancelled` when the person has pressed cancel; called between chunks of slow work. */
export function throwIfCancelled(signal?: AbortSignal): void {
  if (signal?.aborted) throw new AtelierError('cancelled');
}
