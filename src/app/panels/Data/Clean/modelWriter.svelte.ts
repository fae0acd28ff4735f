// A model that writes rows about the rows of a dataset: asks it row by row, resumes where it stopped, and keeps what it
// proposes until a person has decided.
import { DEFAULT_SAMPLING, type Sampling } from '../../../../base/chat';
import { asAtelierError } from '../../../../base/errors/errors';
import type { DatasetRecord } from '../../../../base/records/dataset';
import type { Id } from '../../../../base/records/named';
import type { ModelAsking, ModelTask, ProposedRow } from '../../../../base/records/recipe';
import type { OnProgress } from '../../../../base/wire/events';
import { weightsOf } from '../../../parts/modelChoices';
import { Job } from '../../../state/job.svelte';
import type { Models } from '../../../state/models.svelte';
import type { RunsState } from '../../../state/runs.svelte';
import type { Workers } from '../../../state/workers';
import type { Cleaning } from './cleaning.svelte';
import { askedOf, pairLines, proposalsIn, sourceText } from './proposals';

interface WriterWorld extends Workers {
  models: Pick<Models, 'byId'>;
  runs: Pick<RunsState, 'list'>;
}

/** Decisions that can be taken back. */
const DECIDED = 50;
/** An answer is about as long as what it is about, which is cut. */
const MOST_TOKENS = 400;

interface Voice {
  weightsId: Id;
  name: string;
  conversational: boolean;
  sampling: Sampling;
}

/** What keeps a row from an answer, and not the next one. */
const OF_ONE_ROW = new Set(['chat-too-long']);

const begunWith = (task: ModelTask): ModelAsking => ({
  ...task,
  ...{ next: 0, asked: 0, unusable: 0, waiting: [], pairs: [], decided: [] },
});

export class ModelWriter {
  readonly writing = new Job();
  readonly saving = new Job();
  readonly #world: WriterWorld;
  readonly #cleaning: Cleaning;

  constructor(world: WriterWorld, cleaning: Cleaning) {
    this.#world = world;
    this.#cleaning = cleaning;
  }

  get asking(): ModelAsking | undefined {
    return this.#cleaning.asking;
  }

  /** Whether the same is asked as before, so that it resumes at the next row. */
  resumes({ how, on, prompt }: ModelTask, rows: number): boolean {
    const { asking } = this;
    if (!asking || asking.next === 0 || asking.next >= rows) return false;
    return asking.how === how && asking.on === on && asking.prompt === prompt;
  }

  /**
   * Asks about the next rows. What was decided, and what still waits, stays.
   * @param chosen A run or a stored model
   */
  async write(dataset: DatasetRecord, chosen: Id, task: ModelTask): Promise<void> {
    await this.writing.run(async (onProgress, signal) => {
      const voice = await this.#voiceOf(chosen);
      const { waiting = [], pairs = [], decided = [] } = this.asking ?? {};
      const fresh = { ...begunWith(task), waiting, pairs, decided };
      const resumed = this.asking && this.resumes(task, dataset.rows);
      this.#cleaning.keepAsking(dataset.id, resumed ? { ...this.asking, ...task, asked: 0 } : fresh);
      await this.#askAll(dataset, voice, onProgress, signal);
    });
  }

  async #askAll(dataset: DatasetRecord, voice: Voice, onProgress: OnProgress, signal: AbortSignal): Promise<void> {
    for (;;) {
      const { asking } = this;
      if (!asking || signal.aborted || this.#cleaning.datasetId !== dataset.id) return;
      onProgress({ phase: 'writing', done: asking.asked, total: Math.min(asking.most, dataset.rows), unit: 'rows' });
      if (asking.asked >= asking.most || asking.next >= dataset.rows) return;
      const row = await this.#world.data.editableRow(dataset.id, asking.next);
      const source = row && sourceText(row, asking);
      const said = row && source !== undefined ? await this.#ask(voice, asking, row.id, source, signal) : 'passed';
      if (said === 'cancelled') return;
      // a person may have decided about others meanwhile
      const now = this.asking ?? asking;
      const proposed = said === 'passed' ? [] : said;
      this.#cleaning.keepAsking(dataset.id, {
        ...now,
        next: asking.next + 1,
        asked: asking.asked + (said === 'passed' ? 0 : 1),
        unusable: asking.unusable + (said !== 'passed' && !proposed.length ? 1 : 0),
        waiting: [...now.waiting, ...proposed],
      });
    }
  }

  async #ask(
    { weightsId, name, conversational, sampling }: Voice,
    { how, on, prompt, seed }: ModelTask,
    id: number,
    source: string,
    signal: AbortSignal,
  ): Promise<ProposedRow[] | 'cancelled'> {
    const content = askedOf(prompt, source);
    const asked = conversational
      ? { prompt: '', messages: [{ role: 'user' as const, content }] }
      : { prompt: `${content}\n` };
    const request = { weightsId, ...asked, stop: [], sampling: { ...sampling, seed: seed + id } };
    try {
      const { text, stoppedBy } = await this.#world.gpu.generate(request, () => undefined, signal);
      if (stoppedBy === 'cancel') return 'cancelled';
      return proposalsIn(text, how, source).map((said) => ({ of: id, on, source, model: name, ...said }));
    } catch (thrown) {
      if (OF_ONE_ROW.has(asAtelierError(thrown).code)) return [];
      throw thrown;
    }
  }

  async #voiceOf(chosen: Id): Promise<Voice> {
    const model = this.#world.models.byId(chosen);
    const run = this.#world.runs.list.find(({ id }) => id === chosen);
    const { conversational, sampling } = await this.#world.data.speaker(chosen);
    return {
      weightsId: await weightsOf(this.#world.data, { value: chosen, stored: model !== undefined }),
      name: (model ?? run)?.name ?? '',
      conversational,
      sampling: { ...DEFAULT_SAMPLING, ...sampling, maxTokens: MOST_TOKENS },
    };
  }

  /** Takes the first one that waits, as it was written or as a person changed it. */
  accept({ text, answer }: Pick<ProposedRow, 'text' | 'answer'>): void {
    const { asking } = this;
    const [row, ...waiting] = asking?.waiting ?? [];
    if (!asking || !row) return;
    const pair = answer === undefined ? [] : [{ ...row, text, answer }];
    const accepted = answer === undefined ? wordingOf(row, text) : '';
    this.#decide({ ...asking, waiting, pairs: [...asking.pairs, ...pair] }, { row, accepted });
    if (answer === undefined) this.#cleaning.setModelRows((rows) => [...rows, accepted]);
  }

  reject(): void {
    const { asking } = this;
    const [row, ...waiting] = asking?.waiting ?? [];
    if (asking && row) this.#decide({ ...asking, waiting }, { row });
  }

  #decide(asking: ModelAsking, decision: ModelAsking['decided'][number]): void {
    this.#keep({ ...asking, decided: [...asking.decided, decision].slice(-DECIDED) });
  }

  /** The row that was decided last waits again, before all others. */
  takeBack(): void {
    const { asking } = this;
    const last = asking?.decided.at(-1);
    if (!asking || !last) return;
    const { row, accepted } = last;
    const isPair = accepted !== undefined && row.answer !== undefined;
    const pairs = isPair ? asking.pairs.slice(0, -1) : asking.pairs;
    this.#keep({ ...asking, pairs, waiting: [row, ...asking.waiting], decided: asking.decided.slice(0, -1) });
    if (accepted !== undefined && !isPair) this.#cleaning.setModelRows((rows) => without(rows, accepted));
  }

  /** The accepted questions and answers as a text of conversations; undefined where it failed. */
  async savePairs(name: string): Promise<DatasetRecord | undefined> {
    const { asking } = this;
    if (!asking?.pairs.length) return undefined;
    const file = new File([pairLines(asking.pairs, name)], `${name} · Q&A.jsonl`);
    const made = await this.saving.run((...reporting) => this.#world.data.importFile(file, {}, ...reporting));
    if (made) this.#keep({ ...(this.asking ?? asking), pairs: [], decided: [] });
    return made;
  }

  #keep(asking: ModelAsking): void {
    const { datasetId } = this.#cleaning;
    if (datasetId !== undefined) this.#cleaning.keepAsking(datasetId, asking);
  }
}

const wordingOf = ({ of, on, model }: ProposedRow, text: string): string => JSON.stringify({ of, on, text, model });

function without(rows: readonly string[], row: string): string[] {
  const at = rows.lastIndexOf(row);
  return at < 0 ? [...rows] : rows.toSpliced(at, 1);
}
