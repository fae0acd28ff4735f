// What was said of answers, as this browser has it: Chat adds to it, Data reviews it.
import { asAtelierError, type AtelierError } from '../../base/errors/errors';
import { saysSomething, type FeedbackRecord } from '../../base/records/feedback';
import type { Id } from '../../base/records/named';
import type { Workers } from './workers';

/** The feedback in storage, whole: a record is as large as the conversation before its answer. */
export class FeedbackState {
  readonly #data: Workers['data'];
  /** Newest first. */
  list = $state.raw<readonly FeedbackRecord[]>([]);
  loaded = $state(false);
  error = $state.raw<AtelierError>();
  readonly #byId = $derived(new Map(this.list.map((record) => [record.id, record])));
  #loading: Promise<void> | undefined;

  constructor({ data }: Pick<Workers, 'data'>) {
    this.#data = data;
  }

  byId = (id: Id | undefined): FeedbackRecord | undefined => (id === undefined ? undefined : this.#byId.get(id));

  /** Reads what is stored, once. */
  load(): Promise<void> {
    return (this.#loading ??= this.#load());
  }

  /** Reads it again, where it was read: any tab, and the making of a dataset, may have changed it. */
  async reread(): Promise<void> {
    if (this.loaded) await this.#load();
  }

  async #load(): Promise<void> {
    try {
      this.list = await this.#data.listFeedback();
      this.loaded = true;
      this.error = undefined;
    } catch (thrown) {
      this.error = asAtelierError(thrown);
      this.#loading = undefined;
    }
  }

  /** Stores records in place of what was stored of them; one that says nothing any more is deleted. */
  async put(records: readonly FeedbackRecord[]): Promise<void> {
    const kept = records.filter(saysSomething);
    if (kept.length) await this.#data.keepFeedback(kept);
    const ids = new Set(records.map(({ id }) => id));
    const silent = [...ids].filter((id) => this.byId(id) && !kept.some((record) => record.id === id));
    if (silent.length) await this.#data.deleteFeedback(silent);
    const others = this.list.filter(({ id }) => !ids.has(id));
    this.list = [...others, ...kept].sort((a, b) => b.createdAt - a.createdAt);
  }

  async remove(ids: readonly Id[]): Promise<void> {
    await this.#data.deleteFeedback([...ids]);
    this.list = this.list.filter(({ id }) => !ids.includes(id));
  }
}
