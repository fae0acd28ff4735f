// Compares what the storage holds with what was last seen there, and says what is missing until the person has read it.
import { asAtelierError, type AtelierError } from '../../base/errors/errors';
import type { RunEvent } from '../../base/wire/events';
import type { StoredCounts, StoredSummary } from '../../base/wire/machine';
import type { LastSeen } from '../browser/sentinel';
import type { Workers } from './workers';

/** What is missing: all, a part, the way in, or what stands in single records. */
export interface Loss {
  how: 'all' | 'part' | 'unopened' | 'unreadable';
  seen: LastSeen;
  /** Absent where the storage does not open. */
  now?: StoredSummary;
  error?: AtelierError;
}

interface LostStorageWorld extends Pick<Workers, 'data'> {
  readLastSeen(): LastSeen | undefined;
  writeLastSeen(seen: LastSeen): void;
  forgetLastSeen(): void;
}

const KINDS = ['runs', 'texts', 'models'] as const satisfies readonly (keyof StoredCounts)[];
const holdsAny = (counts: StoredCounts): boolean => KINDS.some((kind) => counts[kind] > 0);

/** What is missing of what was last seen; undefined where nothing is. */
export function lossOf(seen: LastSeen | undefined, now: StoredSummary): Loss | undefined {
  const before = seen ?? { schema: now.schema, runs: 0, texts: 0, models: 0, unreadable: 0 };
  const { records } = now;
  const told = { seen: before, now };
  if (now.unreadable > before.unreadable) return { how: 'unreadable', ...told };
  if (KINDS.every((kind) => records[kind] >= before[kind])) return undefined;
  return { how: holdsAny(records) ? 'part' : 'all', ...told };
}

export class LostStorage {
  readonly #world: LostStorageWorld;
  /** What the person has to read. Until then what was last seen is not written over, and stands after a reload too. */
  loss = $state.raw<Loss>();
  /** The storage was compared: an empty one is new. */
  checked = $state(false);
  #noting: Promise<void> | undefined;
  /** Something changed since the storage was last looked at. */
  #changed = false;

  constructor(world: LostStorageWorld) {
    this.#world = world;
  }

  async start(): Promise<void> {
    const seen = this.#world.readLastSeen();
    try {
      this.loss = lossOf(seen, await this.#world.data.storedAtStart());
      await this.note();
    } catch (thrown) {
      const error = asAtelierError(thrown);
      if (seen && holdsAny(seen)) this.loss = { how: 'unopened', seen, error };
    } finally {
      this.checked = true;
    }
  }

  /** Writes down what is stored now. */
  note = (): Promise<void> => {
    this.#changed = true;
    return (this.#noting ??= this.#notes().finally(() => (this.#noting = undefined)));
  };

  async #notes(): Promise<void> {
    while (this.#changed) {
      this.#changed = false;
      await this.#note();
    }
  }

  async #note(): Promise<void> {
    if (this.loss) return;
    const now = await this.#world.data.storedNow().catch(() => undefined);
    if (!now) return; // what was last seen stands
    const { schema, runs, texts, models, unreadable, savedAt } = now;
    this.#world.writeLastSeen({ schema, runs, texts, models, unreadable, savedAt });
  }

  /** The person has read it. A storage that does not open may open at the next start, so what was seen stands then. */
  read(): void {
    const { loss } = this;
    this.loss = undefined;
    if (loss?.now) void this.note();
  }

  forget = (): void => this.#world.forgetLastSeen();
}

/** The same worker; after each call of these methods `then` is called, whether it went well or not. */
export const calling = <T extends object>(worker: T, methods: readonly (keyof T)[], then: () => unknown): T =>
  new Proxy(worker, {
    get: (target, name) => {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function' || !methods.includes(name as keyof T)) return method;
      return (...parts: unknown[]): Promise<unknown> =>
        (Reflect.apply(method, target, parts) as Promise<unknown>).finally(() => void then());
    },
  });

/** The same worker; `then` is called with each checkpoint that was saved. */
export const hearingSaves = (gpu: Workers['gpu'], then: () => unknown): Workers['gpu'] =>
  new Proxy(gpu, {
    get: (target, name): unknown =>
      name === 'subscribe'
        ? (listener: (events: RunEvent[]) => void) =>
            target.subscribe((events) => {
              listener(events);
              if (events.some(({ type }) => type === 'saved')) void then();
            })
        : Reflect.get(target, name),
  });
