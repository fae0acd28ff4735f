// Blind comparisons on the page: the answers are written ahead of whoever judges, one after the other, each stored at
// once; decisions and results come from the data worker.
import { asAtelierError, throwIfCancelled, type AtelierError } from '../../../../base/errors/errors';
import type { BlindChoice, JudgingRecord } from '../../../../base/records/judging';
import type { DatasetRecord } from '../../../../base/records/dataset';
import type { Id } from '../../../../base/records/named';
import type { JudgingImport, JudgingView } from '../../../../base/wire/judging';
import type { ExportResult } from '../../../../base/wire/requests';
import type { RowTarget } from '../../../../base/wire/written';
import { m } from '../../../words/generated/messages.js';
import { Job } from '../../../state/job.svelte';
import type { UndoableEdits } from '../../../state/undoableEdits';
import type { Workers } from '../../../state/workers';

interface JudgingWorld extends Workers {
  edits: UndoableEdits;
}

/** Codes that speak of the prompt, not of the machine: the other prompts can still be answered. */
const OF_PROMPT = /^(?:chat-too-long|template-)/;

/** The stored comparisons, and the open one. */
export class Judging {
  readonly #world: JudgingWorld;
  /** Newest first. */
  list = $state.raw<readonly JudgingRecord[]>();
  openId = $state<Id>();
  view = $state.raw<JudgingView>();
  error = $state.raw<AtelierError>();
  /** The answers of the open comparison as they are written. */
  readonly writing = new Job();
  readonly making = new Job();
  /** Files of judgements, saved or opened. */
  readonly filing = new Job();
  /** What was decided last, for whoever does not see the next pair come. */
  told = $state<BlindChoice | 'undone'>();
  /** The latest reading: an earlier one that ends later is not shown. */
  #reading = 0;

  constructor(world: JudgingWorld) {
    this.#world = world;
  }

  async load(): Promise<void> {
    try {
      this.list = await this.#world.data.listJudgings();
    } catch (thrown) {
      this.error = asAtelierError(thrown);
    }
  }

  async open(id: Id | undefined): Promise<void> {
    if (id !== this.openId) {
      if (this.writing.running) this.writing.cancel();
      this.view = undefined;
      this.told = undefined;
    }
    this.openId = id;
    if (id !== undefined) await this.#show((data) => data.judgingView(id));
  }

  /** Stores a new comparison; its answers are written once it is open. */
  async create(judging: JudgingRecord): Promise<void> {
    await this.#world.data.keepJudging(judging);
    await this.load();
  }

  /** Writes the answers that are missing, in the order in which they are asked. */
  async write(): Promise<void> {
    const { openId: id } = this;
    if (id === undefined) return;
    await this.writing.run(async (onProgress, signal) => {
      for (;;) {
        const view = await this.#show((data) => data.judgingView(id));
        if (!view?.toWrite) return;
        onProgress({ phase: 'writing', done: view.written, total: view.answers, unit: 'rows' });
        const answer = await this.#written(view.judging, view.toWrite, signal);
        await this.#world.data.keepBlindAnswer(id, view.toWrite, answer);
      }
    });
  }

  async #written(
    { prompts, candidates, sampling }: JudgingRecord,
    { prompt, candidate }: { prompt: number; candidate: number },
    signal: AbortSignal,
  ) {
    const { asked, beginning = '', tools } = prompts[prompt]!;
    const { weightsId, bare } = candidates[candidate]!;
    const request = {
      ...{ weightsId, prompt: beginning, stop: [], sampling },
      ...(asked.length > 0 && { messages: asked }),
      ...(tools && { tools }),
      ...(bare && { bare }),
    };
    try {
      const { text, tokens } = await this.#world.gpu.generate(request, () => undefined, signal);
      throwIfCancelled(signal); // a part of an answer is none
      return { text, tokens };
    } catch (thrown) {
      const { code, facts } = asAtelierError(thrown);
      if (!OF_PROMPT.test(code)) throw thrown;
      return { text: '', tokens: 0, error: { code, facts } };
    }
  }

  async decide(choice: BlindChoice): Promise<void> {
    const { openId: id, view } = this;
    if (id === undefined || !view?.pair) return;
    const { pair, ...rest } = view;
    const { prompt, left, right } = pair;
    this.view = rest; // a second press must not judge the same pair again
    await this.#show((data) => data.judgeBlind(id, { prompt, left, right, choice }));
    this.told = choice;
  }

  async undo(): Promise<void> {
    const { openId: id } = this;
    if (id === undefined || !this.view?.canUndo) return;
    await this.#show((data) => data.undoBlind(id));
    this.told = 'undone';
  }

  /** Shows who is who. */
  async end(): Promise<void> {
    const { openId: id } = this;
    if (id === undefined) return;
    this.writing.cancel();
    await this.#show((data) => data.endJudging(id));
    await this.load();
  }

  rename({ id, name: before }: JudgingRecord, name: string): Promise<void> {
    return this.#world.edits.rename(before, name, async (to) => {
      await this.#world.data.renameJudging(id, to);
      await this.load();
    });
  }

  async remove({ id, name }: JudgingRecord): Promise<void> {
    await this.#world.edits.remove(
      name || m.judge_title(),
      async () => {
        await this.#world.data.deleteJudging(id);
        await this.load();
      },
      async () => {
        await this.#world.data.restoreJudging(id);
        await this.load();
      },
    );
  }

  file(judge: string): Promise<ExportResult | undefined> {
    const { openId: id } = this;
    return this.filing.run(() =>
      id === undefined ? Promise.reject(new Error('none is open')) : this.#world.data.judgingFile(id, judge),
    );
  }

  async bring(file: File): Promise<JudgingImport | undefined> {
    const brought = await this.filing.run(() => this.#world.data.openJudgingFile(file));
    await this.load();
    const { openId: id } = this;
    if (brought && id === brought.id) await this.#show((data) => data.judgingView(id));
    return brought;
  }

  /** Preference pairs of what was judged. */
  pairs(target: RowTarget): Promise<DatasetRecord | undefined> {
    const { openId: id } = this;
    return this.making.run((...reporting) =>
      id === undefined
        ? Promise.reject(new Error('none is open'))
        : this.#world.data.judgedDataset(id, target, ...reporting),
    );
  }

  async #show(read: (data: Workers['data']) => Promise<JudgingView>): Promise<JudgingView | undefined> {
    const turn = ++this.#reading;
    const { openId } = this;
    try {
      const view = await read(this.#world.data);
      if (turn === this.#reading && openId === this.openId) this.view = view;
      this.error = undefined;
      return view;
    } catch (thrown) {
      this.error = asAtelierError(thrown);
      return undefined;
    }
  }
}
