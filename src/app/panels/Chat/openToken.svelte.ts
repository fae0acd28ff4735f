// The token of an answer that a person opened, and what could have stood in its place. It computes nothing and draws
// nothing.
import { AtelierError, asAtelierError } from '../../../base/errors/errors';
import type { Id } from '../../../base/records/named';
import type { Answer } from '../../../base/records/talk';
import type { Alternatives, AlternativesRequest } from '../../../base/wire/requests';
import { messagesOf } from './talk';
import type { Talks } from './talks.svelte';
import type { Workers } from '../../state/workers';

/** A token by its turn, the answer of it, and its place there, all from 0. */
export interface TokenPlace {
  turn: number;
  answer: number;
  at: number;
}

interface OpenTokenWorld extends Workers {
  talks: Talks;
}

/** One token is open at a time; what was computed for others stays until the answer is closed. */
export class OpenToken {
  readonly #world: OpenTokenWorld;
  place = $state.raw<TokenPlace>();
  found = $state.raw<Alternatives>();
  error = $state.raw<AtelierError>();
  #known = new Map<number, Alternatives>();
  #abort: AbortController | undefined;

  answer = $derived.by(() => this.place && this.#answerAt(this.place));
  /** Tokens of the open answer. */
  count = $derived(this.answer?.result?.trace?.ids.length ?? 0);

  constructor(world: OpenTokenWorld) {
    this.#world = world;
  }

  async open(place: TokenPlace): Promise<void> {
    const { turn, answer } = this.place ?? {};
    if (turn !== place.turn || answer !== place.answer) this.#known.clear();
    this.#abort?.abort();
    const { signal } = (this.#abort = new AbortController());
    this.place = place;
    this.error = undefined;
    this.found = this.#known.get(place.at);
    if (this.found) return;
    try {
      const found = await this.#world.gpu.alternatives(await this.#request(place), signal);
      if (signal.aborted) return;
      this.#known.set(place.at, found);
      this.found = found;
    } catch (thrown) {
      if (!signal.aborted) this.error = asAtelierError(thrown);
    }
  }

  /** Opens the token so many places further on, where there is one. */
  async step(by: number): Promise<void> {
    const { place } = this;
    if (!place) return;
    const at = Math.max(0, Math.min(this.count - 1, place.at + by));
    if (at !== place.at) await this.open({ ...place, at });
  }

  close(): void {
    this.#abort?.abort();
    this.#known.clear();
    this.place = this.found = this.error = undefined;
  }

  #answerAt({ turn, answer }: TokenPlace): Answer | undefined {
    return this.#world.talks.open.turns[turn]?.answers[answer];
  }

  async #request(place: TokenPlace): Promise<AlternativesRequest> {
    const { turns } = this.#world.talks.open;
    const { mode, prompt, system = '', tools, results, answers } = turns[place.turn]!;
    const { from, result } = answers[place.answer]!;
    const messages = mode === 'chat' && messagesOf({ system, turns: turns.slice(0, place.turn) }, prompt, results);
    return {
      weightsId: await this.#weightsOf(from),
      prompt,
      trace: $state.snapshot(result!.trace!),
      at: place.at,
      ...(messages && { messages }),
      ...(messages && tools && { tools: $state.snapshot(tools) }),
      ...(from.bare && { bare: from.bare }),
      ...(from.together && {
        together: from.together.map((other) => ({ weightsId: other.weightsId, weight: other.weight })),
      }),
    };
  }

  /** @throws answer-weights-gone where a run wrote it at a step of which it has no checkpoint */
  async #weightsOf({ weightsId, runId, name, step = 0 }: Answer['from']): Promise<Id> {
    if (weightsId !== undefined) return weightsId;
    const checkpoints = runId === undefined ? [] : await this.#world.data.listCheckpoints(runId);
    const same = checkpoints.find((checkpoint) => checkpoint.step === step);
    if (!same) throw new AtelierError('answer-weights-gone', { name, step });
    return same.id;
  }
}
