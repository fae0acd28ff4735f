// What a person says of an answer of the open talk: thumb, edit, tags and note. Each can be taken back.
import type { FeedbackRecord, Thumb } from '../../../base/records/feedback';
import type { Id } from '../../../base/records/named';
import type { Answer } from '../../../base/records/talk';
import { m } from '../../words/generated/messages.js';
import type { FeedbackState } from '../../state/feedback.svelte';
import type { Toasts } from '../../state/toasts.svelte';
import { answeredInRow, messagesOf } from './talk';
import type { Talks } from './talks.svelte';

export interface AnswerPlace {
  turn: number;
  answer: number;
}

interface NotesWorld {
  feedback: FeedbackState;
  talks: Talks;
  toasts: Toasts;
}

/** What is said anew; undefined takes it back. */
interface Saying {
  thumb?: Thumb | undefined;
  edited?: string | undefined;
  tags?: string[];
  note?: string;
}

/** Thumbs, edits, tags and notes on the answers of the open talk. */
export class AnswerNotes {
  readonly #world: NotesWorld;
  /** The answer whose edit or note is being typed. */
  typing = $state.raw<AnswerPlace & { what: 'edit' | 'note' }>();

  constructor(world: NotesWorld) {
    this.#world = world;
  }

  of = ({ feedbackId }: Answer): FeedbackRecord | undefined => this.#world.feedback.byId(feedbackId);

  isTyping = (place: AnswerPlace, what: 'edit' | 'note'): boolean =>
    this.typing?.what === what && this.typing.turn === place.turn && this.typing.answer === place.answer;

  /** The same thumb once more takes it back. */
  thumb(place: AnswerPlace, thumb: Thumb): Promise<void> {
    const answer = this.#answerAt(place);
    const isSame = answer && this.of(answer)?.thumb === thumb;
    const words = isSame ? m.feedback_done_none : thumb === 'up' ? m.feedback_done_up : m.feedback_done_down;
    return this.#say(place, { thumb: isSame ? undefined : thumb }, words);
  }

  /** The edit stands in the talk from now on; what the model wrote, typed again, takes it back. */
  edit(place: AnswerPlace, text: string): Promise<void> {
    this.typing = undefined;
    const answer = this.#answerAt(place);
    if (!answer || text === (answer.edited ?? answer.text)) return Promise.resolve();
    const isBack = text.trim() === answer.text.trim();
    return this.#say(
      place,
      { edited: isBack ? undefined : text },
      isBack ? m.feedback_done_back : m.feedback_done_edit,
    );
  }

  note(place: AnswerPlace, tags: readonly string[], note: string): Promise<void> {
    this.typing = undefined;
    return this.#say(place, { tags: [...tags], note: note.trim() }, m.feedback_done_note);
  }

  #answerAt = ({ turn, answer }: AnswerPlace): Answer | undefined =>
    this.#world.talks.open.turns[turn]?.answers[answer];

  async #say(place: AnswerPlace, saying: Saying, words: () => string): Promise<void> {
    const { talks, toasts, feedback } = this.#world;
    await feedback.load();
    const answer = this.#answerAt(place);
    if (!answer) return;
    const before = this.of(answer) ?? this.#fresh(place, answer);
    const talkId = talks.open.id;
    answer.feedbackId = before.id;
    await this.#apply(talkId, said(before, saying)).then(
      () => toasts.undoable(words, () => this.#apply(talkId, before)),
      (thrown: unknown) => toasts.fail(thrown),
    );
  }

  /** Stores a record, and what it says in the answer that it is of, where that still stands. */
  async #apply(talkId: Id, record: FeedbackRecord): Promise<void> {
    const { talks, feedback } = this.#world;
    await feedback.put([record]);
    if (talks.open.id !== talkId) talks.choose(talkId);
    const answer = talks.open.turns
      .flatMap(({ answers }) => answers)
      .find(({ feedbackId }) => feedbackId === record.id);
    if (!answer) return;
    if (record.edited === undefined) delete answer.edited;
    else answer.edited = record.edited;
    await talks.save();
  }

  /** Says nothing yet; it holds all that a row needs, so that the talk may change or go. */
  #fresh(place: AnswerPlace, answer: Answer): FeedbackRecord {
    const { open } = this.#world.talks;
    const turn = open.turns[place.turn]!;
    const now = Date.now();
    const before = { system: turn.system ?? open.system, turns: open.turns.slice(0, place.turn) };
    const asked = turn.mode === 'chat' ? messagesOf(before, turn.prompt, turn.results, answeredInRow) : [];
    return $state.snapshot({
      ...{ id: answer.feedbackId ?? crypto.randomUUID(), createdAt: now, updatedAt: now, talkId: open.id },
      ...{ from: answer.from, sampling: answer.sampling, asked, original: answer.text },
      ...(turn.mode === 'text' && { beginning: turn.prompt }),
      ...(turn.tools && { tools: turn.tools }),
      ...(answer.reading && { reading: answer.reading }),
      ...{ tags: [], note: '', state: 'open' as const, used: [] },
    });
  }
}

/** What changed is to be reviewed again. */
function said(record: FeedbackRecord, saying: Saying): FeedbackRecord {
  const { thumb, edited, ...rest } = { ...record, ...saying };
  return {
    ...rest,
    ...(thumb && { thumb }),
    ...(edited !== undefined && { edited }),
    ...{ updatedAt: Date.now(), state: 'open' as const },
  };
}
