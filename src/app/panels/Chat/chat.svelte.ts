// Asking: what is typed, how tokens are drawn, and the answers as they grow. The talk itself is in `talks`.
import { DEFAULT_SAMPLING, type Generated, type PromptFacts, type Sampling } from '../../../base/chat';
import { asAtelierError, type AtelierError } from '../../../base/errors/errors';
import type { Id } from '../../../base/records/named';
import type { Answer, TalkMode, Turn } from '../../../base/records/talk';
import { m } from '../../words/generated/messages.js';
import { fieldsOf, listIn, textIn, textsIn } from '../../state/drafts';
import { inRange, isSampling } from './samplingRanges';
import type { Answerer, ChatModels } from './chatModels.svelte';
import { answerOf, callsOf, messagesOf, togetherIn } from './talk';
import { typedTools, type ToolsFault } from './typedTools';
import { answerParts } from '../../../base/answerParts';
import type { Message, ToolCall, ToolSchema } from '../../../base/conversation';
import type { Talks } from './talks.svelte';
import type { Models } from '../../state/models.svelte';
import type { RunsState } from '../../state/runs.svelte';
import type { Workers } from '../../state/workers';

interface ChatWorld extends Workers {
  chatModels: ChatModels;
  models: Pick<Models, 'loaded'>;
  runs: RunsState;
  talks: Talks;
}

/** Six digits can be read and typed again. */
const SEEDS = 1_000_000;
const newSeed = (): number => crypto.getRandomValues(new Uint32Array(1))[0]! % SEEDS;

/** Lets an answer grow, and says how long its thought took once that ends. */
function thoughtTimer(answer: Answer): (part: string) => void {
  let begun: number | undefined;
  return (part) => {
    begun ??= performance.now();
    answer.text += part;
    if (answer.thoughtMilliseconds !== undefined || !answer.reading) return;
    const { thoughtEnd, thoughtClosed } = answerParts(answer.text, answer.reading, false);
    if (thoughtEnd > 0 && thoughtClosed) answer.thoughtMilliseconds = performance.now() - begun;
  };
}

/** Asking: what is typed, how tokens are drawn, and the answers as they are written. */
export class Chat {
  readonly #world: ChatWorld;
  mode = $state<TalkMode>('text');
  prompt = $state('');
  /** What the person set; the rest is as the model asks, or as the studio does. */
  overrides = $state<Partial<Sampling>>({});
  /** What was typed in fields while it is no number that they take; nothing is asked until it is one. */
  typed = $state.raw<Partial<Record<keyof Sampling, string>>>({});
  /** Texts that end a reply, one per line. */
  stops = $state('');
  busy = $state(false);
  /** What the answer that ended last came to, for whoever does not see it. */
  ended = $state.raw<Pick<Generated, 'tokens' | 'stoppedBy'>>();
  /** What tools gave back, as it is typed: one text for each call that waits. */
  toolAnswers = $state<string[]>([]);
  /** The room that the conversation takes with what is typed. */
  room = $state.raw<PromptFacts | AtelierError>();
  #abort: AbortController | undefined;

  defaults = $derived.by<Sampling>(() => ({ ...DEFAULT_SAMPLING, ...this.#world.chatModels.facts?.sampling }));
  sampling = $derived<Sampling>({ ...this.defaults, ...this.overrides });
  /** Each answer draws with this seed; else with a new one. */
  seedFixed = $derived(this.overrides.seed !== undefined || this.typed.seed !== undefined);
  /** A run that computes while an answer is written: they take turns, step by step. */
  waitsFor = $derived.by(() => {
    const { active } = this.#world.runs;
    return this.busy && active?.status === 'running' ? { name: active.name, step: active.step + 1 } : undefined;
  });
  /** A message was sent while who answers was still being read; it is asked once that is known. */
  wanted = $state(false);
  /** Who answers is still being read. */
  waits = $derived.by(() => {
    const { chatModels, models, runs } = this.#world;
    return chatModels.facts === undefined && (!runs.ready || !models.loaded || chatModels.reading);
  });
  /** A message was sent while another one is being answered. */
  refused = $state(false);
  /** What tools the open talk gives, or why what was typed is none. */
  tools = $derived.by<{ tools?: ToolSchema[]; fault?: ToolsFault }>(() => {
    const text = this.#world.talks.open.tools ?? '';
    return text.trim() === '' ? {} : typedTools(text);
  });
  /** The calls of the last answer, whose results the conversation waits for. */
  waitingCalls = $derived.by<ToolCall[]>(() => {
    const last = this.#world.talks.open.turns.at(-1);
    const answer = last && answerOf(last);
    return last?.mode === 'chat' && answer && !answer.error && !this.busy ? callsOf(answer) : [];
  });
  ready = $derived.by(
    () =>
      !this.busy &&
      (this.mode === 'text' || !this.tools.fault) &&
      Object.keys(this.typed).length === 0 &&
      this.#world.chatModels.target !== undefined &&
      (this.mode === 'text' || this.prompt.trim() !== ''),
  );

  constructor(
    world: ChatWorld,
    private readonly drawSeed = newSeed,
  ) {
    this.#world = world;
  }

  /** What a reload brings back. */
  get draft(): object {
    const { prompt, overrides, typed, stops, toolAnswers } = this;
    const { open } = this.#world.talks;
    const begun = { system: open.system, tools: open.tools, together: open.together };
    const talk = open.turns.length === 0 ? begun : { talk: open.id };
    return { prompt, overrides, typed, stops, toolAnswers, ...talk };
  }

  /** Takes up what is still what it should be; system prompt and tools of a talk without turns begin a new one. */
  restore(kept: unknown): void {
    const fields = fieldsOf(kept);
    this.prompt = textIn(fields['prompt']) ?? '';
    this.stops = textIn(fields['stops']) ?? '';
    this.typed = textsIn(fields['typed'], isSampling);
    const overrides = Object.entries(fieldsOf(fields['overrides']));
    this.overrides = Object.fromEntries(overrides.filter(([key, value]) => isSampling(key) && inRange(key, value)));
    this.#world.talks.prefer(textIn(fields['talk']));
    this.toolAnswers = listIn(fields['toolAnswers']);
    const [system = '', tools = ''] = [textIn(fields['system']), textIn(fields['tools'])];
    const together = togetherIn(fields['together']);
    if (system || tools || together) this.#world.talks.begin({ system, tools, ...(together && { together }) });
  }

  /** Chooses whom to talk to, in the way that they know. */
  async choose(runId: Id, checkpointId?: Id): Promise<void> {
    await this.#world.chatModels.choose(runId, checkpointId);
    if (this.#world.chatModels.facts) this.mode = this.#world.chatModels.facts.conversational ? 'chat' : 'text';
  }

  set<K extends keyof Sampling>(key: K, value: Sampling[K]): void {
    this.overrides = { ...this.overrides, [key]: value };
    if (key !== 'seed' && value === this.defaults[key]) this.reset(key);
  }

  /** From now on the seed of the last answer, or a new one each time. */
  fixSeed(fixed: boolean): void {
    const last = this.#world.talks.open.turns.at(-1)?.answers[0]?.sampling.seed;
    if (fixed) this.set('seed', last ?? this.defaults.seed);
    else this.reset('seed');
  }

  typedIn(key: keyof Sampling, text: string | undefined): void {
    const others = Object.entries(this.typed).filter(([name]) => name !== key);
    this.typed = Object.fromEntries(text === undefined ? others : [...others, [key, text]]);
  }

  reset(key: keyof Sampling): void {
    this.typedIn(key, undefined);
    const { [key]: _gone, ...others } = this.overrides;
    this.overrides = others;
  }

  /** At any moment: kept while who answers is being read, and refused, not lost, while an answer is written. */
  async send(): Promise<void> {
    this.wanted = this.waits && (this.mode === 'text' || this.prompt.trim() !== '');
    this.refused = this.busy && this.prompt.trim() !== '';
    if (this.wanted || !this.ready) return;
    const { mode, prompt } = this;
    if (mode === 'chat') this.prompt = '';
    await this.#ask({ mode, prompt });
  }

  /** Gives what was typed to the model as what its calls gave back. */
  async answerCalls(): Promise<void> {
    const calls = this.waitingCalls;
    if (!calls.length || this.busy || this.tools.fault || !this.#world.chatModels.target) return;
    const results = calls.map(({ name }, i) => ({ name, content: this.toolAnswers[i] ?? '' }));
    await this.#ask({ mode: 'chat', prompt: '', results });
  }

  /** What tools gave back comes into its fields once more; what followed it is taken away. */
  retypeResults(index: number): void {
    const results = this.#world.talks.open.turns[index]?.results;
    if (!results || this.busy) return;
    this.toolAnswers = results.map(({ content }) => content);
    this.#world.talks.undoably(m.chat_edited, (talk) => talk.turns.splice(index));
  }

  /** The last answer once more, from another draw of tokens. */
  async again(): Promise<void> {
    const last = this.#world.talks.open.turns.at(-1);
    if (!last || this.busy) return;
    const { mode, prompt, results } = last;
    const seed = this.seedFixed ? 1 + Math.max(...last.answers.map(({ sampling }) => sampling.seed)) : undefined;
    this.#world.talks.undoably(m.chat_replaced, (talk) => talk.turns.pop());
    await this.#ask({ mode, prompt, ...(results && { results: $state.snapshot(results) }) }, seed);
  }

  /** The beginning of a text goes back to where it is typed. */
  retype(prompt: string): void {
    this.mode = 'text';
    this.prompt = prompt;
  }

  /** Asks something else in place of a question; what followed it is taken away. */
  async edit(index: number, prompt: string): Promise<void> {
    const turn = this.#world.talks.open.turns[index];
    if (!turn || this.busy) return;
    const { mode } = turn;
    this.#world.talks.undoably(m.chat_edited, (talk) => talk.turns.splice(index));
    await this.#ask({ mode, prompt });
  }

  stop(): void {
    this.#abort?.abort();
  }

  /** Chooses the answer of a turn that the conversation continues from. */
  goOnFrom(turn: Turn, answer: number): void {
    turn.goesOn = answer;
    void this.#world.talks.save();
  }

  /** Measures the conversation with what is typed. */
  async measure(): Promise<void> {
    const { runId } = this.#world.chatModels;
    if (this.mode !== 'chat' || !runId) return void (this.room = undefined);
    const asked = messagesOf(this.#world.talks.open, this.prompt);
    const { tools } = this.tools;
    const room = await this.#world.data.promptRoom(runId, asked, this.sampling.maxTokens, tools).catch(asAtelierError);
    if (this.#world.chatModels.runId === runId) this.room = room;
  }

  /** One prompt to every voice, one after the other: the same tokens and the same seed. */
  async #ask(
    { mode, prompt, results }: Pick<Turn, 'mode' | 'prompt' | 'results'>,
    seed = this.overrides.seed ?? this.drawSeed(),
  ): Promise<void> {
    const { open } = this.#world.talks;
    const messages = mode === 'chat' ? messagesOf(open, prompt, results) : undefined;
    const tools = mode === 'chat' ? this.tools.tools : undefined;
    const sampling = { ...this.sampling, seed };
    const { voices, facts } = this.#world.chatModels;
    const reading = mode === 'chat' && facts?.reading && { reading: facts.reading };
    const answers = voices.map(({ from }): Answer => ({ from, text: '', ...reading, sampling }));
    const system = mode === 'chat' && open.system.trim() !== '' && { system: open.system };
    const given = { ...(tools && { tools }), ...(results && { results }) };
    open.turns.push({ mode, prompt, ...system, ...given, answers, goesOn: 0 });
    this.toolAnswers = [];
    // as state sees it: growing its text redraws
    const turn = open.turns[open.turns.length - 1]!;
    const abort = (this.#abort = new AbortController());
    this.busy = true;
    void this.#world.talks.save();
    try {
      for (const [i, voice] of voices.entries()) {
        if (abort.signal.aborted) break;
        await this.#answer(turn.answers[i]!, voice, { prompt, messages, tools }, abort.signal);
      }
    } finally {
      this.busy = false;
      this.refused = false;
      void this.#world.talks.save();
    }
  }

  async #answer(
    answer: Answer,
    { weightsId, bare, together }: Answerer,
    { prompt, messages, tools }: { prompt: string; messages: Message[] | undefined; tools: ToolSchema[] | undefined },
    signal: AbortSignal,
  ): Promise<void> {
    const request = {
      weightsId,
      prompt,
      stop: this.#stopTexts(),
      sampling: $state.snapshot(answer.sampling),
      ...(messages && { messages }),
      ...(tools && { tools }),
      ...(bare && { bare }),
      ...(together && { together }),
    };
    this.ended = undefined;
    try {
      const grow = thoughtTimer(answer);
      const { text, ...result } = await this.#world.gpu.generate(request, grow, signal);
      answer.text = text;
      answer.result = result;
      if (result.step !== undefined) answer.from.step = result.step;
      this.ended = result;
    } catch (thrown) {
      const { code, facts } = asAtelierError(thrown);
      if (code !== 'cancelled') answer.error = { code, facts };
    }
  }

  #stopTexts(): string[] {
    return this.stops
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.replaceAll('\\n', '\n'));
  }
}
