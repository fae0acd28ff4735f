// Talking to a model: conversations and how they fit (data worker), the answers (GPU worker).
import type { ChatModelFacts, Generated, PromptFacts } from '../src/base/chat';
import type { Message, ToolSchema } from '../src/base/conversation';
import type { Id } from '../src/base/records/named';
import type { TalkRecord } from '../src/base/records/talk';
import type { ClassifiedTexts, ClassifyRequest, DatasetLabels } from '../src/base/wire/classes';
import type { Alternatives, AlternativesRequest, GenerateRequest } from '../src/base/wire/requests';

export interface ConversationsApi {
  /** How a run or an opened model is talked to. */
  speaker(id: Id): Promise<ChatModelFacts>;
  /**
   * The room that a conversation takes in the context of a run or an opened model.
   *
   * @throws template-*, chat-too-long
   */
  promptRoom(id: Id, messages: Message[], maxTokens: number, tools?: ToolSchema[]): Promise<PromptFacts>;
  /**
   * The labels of a dataset: the few answers of its conversations, or those beside its texts.
   *
   * @throws answer-labels-none, dataset-missing, dataset-damaged
   */
  datasetLabels(datasetId: Id): Promise<DatasetLabels>;
  /**
   * The labels that a run was tuned to answer with; undefined where none are known.
   *
   * @throws run-missing, dataset-damaged
   */
  learnedLabels(runId: Id): Promise<DatasetLabels | undefined>;
  listTalks(): Promise<TalkRecord[]>;
  /**
   * @param before whether it was stored before
   * @throws talk-missing where it was deleted meanwhile
   */
  keepTalk(talk: TalkRecord, before: boolean): Promise<void>;
  deleteTalk(id: Id): Promise<void>;
  restoreTalk(id: Id): Promise<void>;
}

export interface GenerationApi {
  /**
   * An answer, piece by piece; between the steps of a run where one is under way. A cancel ends it without an error:
   * the result says so. Before the first token there is none, and the cancel is thrown.
   *
   * @throws cancelled, template-*, chat-too-long, no-run
   */
  generate(request: GenerateRequest, onText: (text: string) => void, signal: AbortSignal): Promise<Generated>;
  /**
   * The likeliest tokens in place of one of an answer, with the probabilities of the model itself.
   *
   * @throws cancelled, template-*, chat-too-long, answer-context-changed, and what loading weights throws
   */
  alternatives(request: AlternativesRequest, signal: AbortSignal): Promise<Alternatives>;
  /**
   * The classes of each text: a classifier's own, of a model that writes the labels that it is held to; between the
   * steps of a run where one is under way.
   *
   * @throws model-writes, template-*, no-run, cancelled, and what loading weights throws
   */
  classify(request: ClassifyRequest, signal: AbortSignal): Promise<ClassifiedTexts>;
}
