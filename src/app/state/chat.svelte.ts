import { DEFAULT_SAMPLING, type Generated, type Sampling } from '../../base/chat';
import { asAtelierError, type AtelierError } from '../../base/errors/errors';
import type { CheckpointSummary, Id } from '../../base/records';
import { data, gpu } from '../remote';
import { models } from './models.svelte';
import { runs } from './run.svelte';

export type ChatMode = 'text' | 'dialogue';
export type ChatTarget = Id | 'training';

/** One prompt and what the model wrote on from it. */
export interface Exchange {
  id: number;
  mode: ChatMode;
  /** What was typed. */
  prompt: string;
  /** What grew so far. */
  text: string;
  /** Which weights wrote it. */
  from: { runName: string; /** Absent for a published model. */ step?: number };
  sampling: Sampling;
  result?: Pick<Generated, 'tokens' | 'milliseconds' | 'stoppedBy'>;
  error?: AtelierError;
}

const USER = 'user: ';
const ASSISTANT = 'assistant:';

/** A dialogue as the training data writes it: `role: content` lines, open where the model goes on. */
export function dialoguePrompt(turns: readonly { prompt: string; text: string }[], next: string): string {
  const said = turns.map((turn) => `${USER}${turn.prompt}\n${ASSISTANT} ${turn.text.trim()}\n`);
  return `${said.join('')}${USER}${next}\n${ASSISTANT}`;
}

/** The talk of this session with one model after another; it ends with the page. */
export class ChatState {
  mode = $state<ChatMode>('text');
  prompt = $state('');
  sampling = $state<Sampling>({ ...DEFAULT_SAMPLING });
  /** Texts that end a reply, one per line. */
  stops = $state('');
  exchanges = $state<Exchange[]>([]);
  runId = $state<Id>();
  target = $state<ChatTarget>();
  checkpoints = $state.raw<readonly CheckpointSummary[]>([]);
  busy = $state(false);
  error = $state.raw<AtelierError>();
  #abort: AbortController | undefined;
  #next = 1;

  /** The kept model that is talked to itself. */
  model = $derived(models.byId(this.runId));
  run = $derived(runs.list.find((run) => run.id === this.runId));
  /** The weights as they are now can be asked while their run is under way. */
  canAskTraining = $derived(this.runId !== undefined && this.runId === runs.activeId);
  ready = $derived(!this.busy && this.target !== undefined && (this.mode === 'text' || this.prompt.trim() !== ''));

  /** Chooses a run: its weights of this moment while it trains, else the checkpoint asked for, the best or the newest. */
  async choose(runId: Id, checkpointId?: Id): Promise<void> {
    this.runId = runId;
    this.target = checkpointId ?? models.byId(runId)?.id ?? (runId === runs.activeId ? 'training' : undefined);
    await this.refreshCheckpoints();
  }

  /** Reads the checkpoints again, and leaves one that was deleted meanwhile. */
  async refreshCheckpoints(): Promise<void> {
    const { runId } = this;
    if (!runId || this.model) {
      this.checkpoints = [];
      return;
    }
    try {
      const checkpoints = await data.listCheckpoints(runId);
      if (this.runId !== runId) return;
      this.checkpoints = checkpoints.toSorted((a, b) => b.step - a.step);
      const gone = this.target === 'training' ? !this.canAskTraining : !checkpoints.some((c) => c.id === this.target);
      if (gone) this.target = (checkpoints.find((c) => c.best) ?? this.checkpoints[0])?.id;
    } catch (thrown) {
      this.error = asAtelierError(thrown);
    }
  }

  async send(): Promise<void> {
    const { target, mode } = this;
    if (!this.ready || target === undefined) return;
    const sampling = { ...this.sampling };
    const turns = this.exchanges.filter((e) => e.mode === 'dialogue' && !e.error);
    const sent = mode === 'dialogue' ? dialoguePrompt(turns, this.prompt) : this.prompt;
    const exchange = this.#begin(mode, sampling);
    if (mode === 'dialogue') this.prompt = '';
    this.busy = true;
    this.#abort = new AbortController();
    try {
      const request = { weightsId: target, prompt: sent, stop: this.#stopTexts(mode), sampling };
      const onText = (text: string): void => void (exchange.text += text);
      const { text, ...result } = await gpu.generate(request, onText, this.#abort.signal);
      exchange.text = text;
      exchange.result = result;
    } catch (thrown) {
      const error = asAtelierError(thrown);
      if (error.code !== 'cancelled') exchange.error = error;
    } finally {
      this.busy = false;
    }
  }

  stop(): void {
    this.#abort?.abort();
  }

  clear(): void {
    this.exchanges = [];
  }

  #begin(mode: ChatMode, sampling: Sampling): Exchange {
    const checkpoint = this.checkpoints.find((c) => c.id === this.target);
    this.exchanges.push({
      id: this.#next++,
      mode,
      prompt: this.prompt,
      text: '',
      from: this.model
        ? { runName: this.model.name }
        : { runName: this.run?.name ?? '', step: checkpoint?.step ?? this.run?.step ?? 0 },
      sampling,
    });
    // the element as state sees it: growing its text redraws
    return this.exchanges[this.exchanges.length - 1]!;
  }

  #stopTexts(mode: ChatMode): string[] {
    const own = this.stops
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.replaceAll('\\n', '\n'));
    return mode === 'dialogue' ? [`\n${USER.trim()}`, ...own] : own;
  }
}

export const chat = new ChatState();
