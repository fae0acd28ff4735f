// Asking a classifier: the text that is typed, what was answered, and from which probability on a class counts.
import { asAtelierError } from '../../../base/errors/errors';
import type { Classes } from '../../../base/modelShape';
import type { Id } from '../../../base/records/named';
import { defaultThresholds, fitThresholds, type Classified, type Thresholds } from '../../../base/wire/classes';
import { fieldsOf, textIn } from '../../state/drafts';
import { Job } from '../../state/job.svelte';
import type { Models } from '../../state/models.svelte';
import type { RunsState } from '../../state/runs.svelte';
import type { Workers } from '../../state/workers';
import type { ChatModels } from './chatModels.svelte';

interface ClassifyingWorld extends Workers {
  chatModels: ChatModels;
  models: Models;
  runs: RunsState;
}

/** A text with what a classifier said of it. */
export interface ClassifiedText extends Classified {
  id: number;
  text: string;
  /** The weights that answered, as the page calls them. */
  by: string;
  classes: Classes;
}

/** Texts that stay in view; the newest comes first. */
const MOST = 20;

export class Classifying {
  readonly #world: ClassifyingWorld;
  text = $state('');
  answers = $state.raw<readonly ClassifiedText[]>([]);
  readonly job = new Job();
  /** Thresholds that were just chosen, until the record says so. */
  #chosen = $state.raw<{ id: Id; thresholds: Thresholds }>();
  #asked = 0;

  /** Of who is chosen in Chat; undefined for a model that writes. */
  classes = $derived.by(() => (this.#world.chatModels.run ?? this.#world.chatModels.model)?.model.classes);
  thresholds = $derived.by<Thresholds>(() => {
    const { run, model } = this.#world.chatModels;
    const record = run ?? model;
    if (!this.classes || !record) return [];
    const stored = this.#chosen?.id === record.id ? this.#chosen.thresholds : record.thresholds;
    return stored && fitThresholds(this.classes, stored) ? stored : defaultThresholds(this.classes);
  });
  /** A run has no stored weights before its first checkpoint, and those under training answer in text only. */
  weightsId = $derived.by<Id | undefined>(() => {
    const { target, checkpoints } = this.#world.chatModels;
    return target === 'training' ? checkpoints[0]?.id : target;
  });

  constructor(world: ClassifyingWorld) {
    this.#world = world;
  }

  get draft(): object {
    return { text: this.text };
  }

  restore(kept: unknown): void {
    this.text = textIn(fieldsOf(kept)['text']) ?? '';
  }

  /** Asks for the classes of what is typed. */
  async ask(): Promise<void> {
    const { classes, weightsId } = this;
    const text = this.text.trim();
    if (!classes || weightsId === undefined || text === '') return;
    const by = (this.#world.chatModels.run ?? this.#world.chatModels.model)?.name ?? '';
    const found = await this.job.run((_progress, signal) => this.#world.gpu.classify(weightsId, [text], signal));
    if (found?.[0])
      this.answers = [{ ...found[0], id: ++this.#asked, text, by, classes }, ...this.answers].slice(0, MOST);
  }

  /** Stored with the run or the model; exports take it along. */
  async setThresholds(thresholds: Thresholds): Promise<void> {
    const { run, model } = this.#world.chatModels;
    const record = run ?? model;
    if (!record) return;
    this.#chosen = { id: record.id, thresholds };
    try {
      await this.#world.data.keepThresholds(record.id, [...thresholds]);
      await (run ? this.#world.runs.refresh() : this.#world.models.reread());
    } catch (thrown) {
      this.job.error = asAtelierError(thrown);
    }
  }
}
