// Who answers in Chat: weights of a run or a stored model, alone or compared with others.
import type { ChatModelFacts } from '../../../base/chat';
import { asAtelierError, type AtelierError } from '../../../base/errors/errors';
import type { CheckpointSummary } from '../../../base/records/checkpoint';
import type { Id } from '../../../base/records/named';
import type { GenerateRequest } from '../../../base/wire/requests';
import type { Answer } from '../../../base/records/talk';
import type { Together, WeighedAdapter } from '../../../base/records/together';
import { bestOf } from '../../parts/modelChoices';
import { m } from '../../words/generated/messages.js';
import { checkpointWords } from '../../words/runWords';
import type { Workers } from '../../state/workers';
import type { Models } from '../../state/models.svelte';
import type { RunsState } from '../../state/runs.svelte';
import type { Talks } from './talks.svelte';

/** Weights that answer, and what the page calls them. */
export interface Answerer extends Pick<GenerateRequest, 'weightsId' | 'bare' | 'together'> {
  from: Answer['from'];
}

/** A second model, or a second checkpoint, that answers the same prompt. */
interface Rival {
  value: string;
  label: string;
  detail?: string;
  voice: Answerer;
}

/** An adapter of the base that answers, and how much of it does. */
export interface Share extends WeighedAdapter {
  runId: Id;
  name: string;
}

interface ChatModelsWorld extends Pick<Workers, 'data'> {
  models: Models;
  runs: RunsState;
  /** The open talk says which adapters answer together. */
  talks: Pick<Talks, 'open' | 'save'>;
}

/** Who answers: the weights of a run or a stored model, alone or with another one beside it. */
export class ChatModels {
  readonly #world: ChatModelsWorld;
  runId = $state<Id>();
  target = $state<Id | 'training'>();
  checkpoints = $state.raw<readonly CheckpointSummary[]>([]);
  facts = $state.raw<ChatModelFacts>();
  comparing = $state(false);
  #against = $state<string>();
  /** Adapters of the same base, each by the checkpoint that stands for its run. */
  #siblings = $state.raw<readonly CheckpointSummary[]>([]);
  error = $state.raw<AtelierError>();
  /** Readings of the chosen one's facts that are under way. */
  #readings = $state(0);
  reading = $derived(this.#readings > 0);

  /** The stored model that answers itself, where no run was chosen. */
  model = $derived.by(() => this.#world.models.byId(this.runId));
  run = $derived.by(() => this.#world.runs.list.find((run) => run.id === this.runId));
  /** The weights as they are now can be asked while their run is under way. */
  canAskTraining = $derived.by(() => this.runId !== undefined && this.runId === this.#world.runs.activeId);
  /** The newest run that can answer, where it began after what was chosen came to be. */
  newer = $derived.by(() => {
    const since = (this.run ?? this.model)?.createdAt;
    const [newest] = this.#world.runs.list
      .filter(({ id, step }) => step > 0 || id === this.#world.runs.activeId)
      .toSorted((a, b) => b.createdAt - a.createdAt);
    return newest && since !== undefined && newest.createdAt > since ? newest : undefined;
  });
  /** The adapters that can answer together, the chosen one first; none while it trains. */
  shares = $derived.by(() => this.#sharesOf(this.#world.talks.open.together));
  /** The same, where that is not the chosen one as it is. */
  together = $derived.by(() => {
    const [first, ...others] = this.shares;
    return first && (others.length > 0 || first.weight !== 1 || this.model) ? this.shares : undefined;
  });
  /** Adapters of the base that do not answer. */
  addable = $derived.by(() =>
    this.target === 'training'
      ? []
      : this.#siblings
          .filter(({ runId }) => !this.shares.some((share) => share.runId === runId))
          .map((checkpoint) => ({
            value: checkpoint.runId,
            label: this.#nameOf(checkpoint.runId),
            detail: checkpointWords(checkpoint),
          })),
  );
  /** Of the adapters that can answer together. */
  baseName = $derived.by(() => this.run?.lora?.baseName ?? this.model?.name ?? '');
  rivals = $derived.by(() => [...this.#origins(), ...this.#alone(), ...this.#otherCheckpoints()]);
  rival = $derived(this.rivals.find(({ value }) => value === this.#against) ?? this.rivals[0]);

  constructor(world: ChatModelsWorld) {
    this.#world = world;
  }

  set against(value: string) {
    this.#against = value;
  }

  /** Who answers, in order; none where nobody is chosen. */
  get voices(): Answerer[] {
    const { target } = this;
    if (target === undefined) return [];
    const from = this.#from(target);
    const together = this.together?.map(({ weightsId, weight }) => ({ weightsId, weight }));
    const named = this.together?.map(({ weightsId, weight, name }) => ({ weightsId, weight, name }));
    const first: Answerer = together
      ? { weightsId: target, together, from: { ...from, together: named } }
      : { weightsId: target, from };
    return [first, ...(this.comparing && this.rival ? [this.rival.voice] : [])];
  }

  /** How much of an adapter answers from now on; one that did not answer does then. */
  share(runId: Id, weight: number): void {
    const { weight: own = 1, others = [] } = this.#world.talks.open.together ?? {};
    if (runId === this.runId) return this.#setTogether({ weight, others });
    const known = others.some((other) => other.runId === runId);
    const changed = others.map((other) => (other.runId === runId ? { runId, weight } : other));
    this.#setTogether({ weight: own, others: known ? changed : [...others, { runId, weight }] });
  }

  /** An adapter no longer answers. */
  leaveOut(runId: Id): void {
    const { weight = 1, others = [] } = this.#world.talks.open.together ?? {};
    this.#setTogether({ weight, others: others.filter((other) => other.runId !== runId) });
  }

  #setTogether(together: Together): void {
    this.#world.talks.open.together = together;
    void this.#world.talks.save();
  }

  /**
   * Chooses a run: its weights of this moment while it trains, else the checkpoint asked for, the best or the newest.
   */
  async choose(runId: Id, checkpointId?: Id): Promise<void> {
    this.runId = runId;
    this.facts = undefined;
    this.target =
      checkpointId ??
      this.#world.models.byId(runId)?.id ??
      (runId === this.#world.runs.activeId ? 'training' : undefined);
    await this.refresh();
  }

  /** Reads the checkpoints again, and leaves one that was deleted meanwhile. */
  async refresh(): Promise<void> {
    const { runId } = this;
    if (!runId) return;
    this.#readings++;
    try {
      const checkpoints = this.model ? [] : await this.#world.data.listCheckpoints(runId);
      const facts = await this.#world.data.speaker(runId);
      if (this.runId !== runId) return;
      this.facts = facts;
      this.checkpoints = checkpoints.toSorted((a, b) => b.step - a.step);
      const gone = this.target === 'training' ? !this.canAskTraining : !checkpoints.some((c) => c.id === this.target);
      if (gone && !this.model) this.target = bestOf(checkpoints)?.id;
      this.#siblings = await this.#adaptersBeside(runId);
    } catch (thrown) {
      this.error = asAtelierError(thrown);
    } finally {
      this.#readings--;
    }
  }

  checkpointsOf(runId: Id): Promise<CheckpointSummary[]> {
    return this.#world.data.listCheckpoints(runId);
  }

  async #adaptersBeside(runId: Id): Promise<CheckpointSummary[]> {
    const { id = this.run?.lora?.baseId, sha256 = this.run?.lora?.baseSha256 } = this.model ?? {};
    if (id === undefined) return [];
    // a base that was opened anew has another id, and is known by its content
    const beside = this.#world.runs.list.filter(
      ({ id: other, lora, model }) =>
        other !== runId && lora && !model.classes && (lora.baseId === id || lora.baseSha256 === sha256),
    );
    const lists = await Promise.all(beside.map(({ id }) => this.#world.data.listCheckpoints(id)));
    return lists.map(bestOf).filter((checkpoint) => checkpoint !== undefined);
  }

  readonly #nameOf = (runId: Id): string => this.#world.runs.list.find(({ id }) => id === runId)?.name ?? '';

  #sharesOf(together: Together | undefined): Share[] {
    const { target, run } = this;
    if (target === undefined || target === 'training' || run?.model.classes) return [];
    const own = run?.lora ? [{ runId: run.id, name: run.name, weightsId: target, weight: together?.weight ?? 1 }] : [];
    const others = (together?.others ?? []).flatMap(({ runId, weight }): Share[] => {
      const checkpoint = this.#siblings.find((sibling) => sibling.runId === runId);
      return checkpoint ? [{ runId, name: this.#nameOf(runId), weightsId: checkpoint.id, weight }] : [];
    });
    return [...own, ...others];
  }

  /** What was chosen without the others, where several answer. */
  #alone(): Rival[] {
    const { target } = this;
    if (target === undefined || !this.together) return [];
    const from = this.#from(target);
    return [{ value: 'alone', label: from.name, detail: m.chat_together_alone(), voice: { weightsId: target, from } }];
  }

  #from(target: Id | 'training'): Answer['from'] {
    if (this.model) return { name: this.model.name, weightsId: this.model.id };
    const step = this.checkpoints.find((c) => c.id === target)?.step ?? this.run?.step ?? 0;
    const by = target === 'training' ? { runId: this.runId! } : { weightsId: target };
    return { name: this.run?.name ?? '', ...(this.run?.status !== 'imported' && { step }), ...by };
  }

  /** What the run began with. */
  #origins(): Rival[] {
    const { run, target } = this;
    if (!run || target === undefined) return [];
    if (run.lora) {
      const { baseName: name, baseId } = run.lora;
      const from = { name, bare: true, weightsId: target === 'training' ? baseId : target } as const;
      const voice: Answerer = { weightsId: target, bare: true, from };
      return [{ value: 'bare', label: name, detail: m.chat_base_detail(), voice }];
    }
    const { origin } = run;
    if (origin.kind !== 'model' || !this.#world.models.byId(origin.modelId)) return [];
    const { modelId: value, name } = origin;
    return [
      {
        value,
        label: name,
        detail: m.chat_origin_detail(),
        voice: { weightsId: value, from: { name, weightsId: value } },
      },
    ];
  }

  #otherCheckpoints(): Rival[] {
    const own = this.checkpoints.filter(({ id }) => id !== this.target);
    return [...own, ...this.#siblings].map((checkpoint) => {
      const { id: value, runId, step } = checkpoint;
      const run = this.#world.runs.list.find((run) => run.id === runId);
      const name = run?.name ?? '';
      const from = { name, ...(run?.status !== 'imported' && { step }), weightsId: value };
      const voice: Answerer = { weightsId: value, from };
      return { value, label: name, detail: checkpointWords(checkpoint), voice };
    });
  }
}
