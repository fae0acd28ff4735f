// Lines of JSON that a model in use wrote: a question, an answer, a time, a mark. It knows plain fields, requests and
// responses as OpenAI's API has them, and those of Ollama.
import type { Message, Role } from '../../base/conversation';
import type { Thumb } from '../../base/records/feedback';
import { isObject, own, type JsonObject } from '../json';

export interface LogEntry {
  /** Milliseconds since 1970. */
  at?: number;
  asked: Message[];
  answer: string;
  thumb?: Thumb;
  /** A mark that is a number: what it says follows from the scale of its file (`thumbOf`). */
  score?: number;
  model?: string;
}

const ROLES: readonly string[] = ['system', 'user', 'assistant', 'tool'];
const QUESTIONS = ['prompt', 'question', 'input', 'query'];
const ANSWERS = ['answer', 'response', 'output', 'completion', 'reply'];
const TIMES = ['at', 'time', 'timestamp', 'created_at', 'date', 'created'];
const MARKS = ['thumb', 'thumbs', 'rating', 'feedback', 'score', 'label'];
const UP = /^(?:up|good|positive|like|liked|yes|true|👍|\+1)$/iu;
const DOWN = /^(?:down|bad|negative|dislike|disliked|no|false|👎|-1)$/iu;
/** A number below is seconds. */
const MILLISECONDS_FROM = 1e11;

const objectAt = (object: JsonObject, key: string): JsonObject => {
  const value = own(object, key);
  return isObject(value) ? value : {};
};
const textAt = (object: JsonObject, keys: readonly string[]): string | undefined =>
  keys.map((key) => own(object, key)).find((value): value is string => typeof value === 'string');

function messagesIn(value: unknown): Message[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isObject).flatMap((one): Message[] => {
    const [role, content] = [own(one, 'role'), own(one, 'content')];
    const isOne = typeof role === 'string' && ROLES.includes(role) && typeof content === 'string';
    return isOne ? [{ role: role as Role, content }] : [];
  });
}

/** The words of `{choices: [{message: {content}}]}`, or of `{message: {content}}`. */
function responseIn(object: JsonObject): string | undefined {
  const choices = own(object, 'choices');
  const first: unknown = Array.isArray(choices) ? choices[0] : undefined;
  const choice = isObject(first) ? first : object;
  return textAt(objectAt(choice, 'message'), ['content']) ?? textAt(isObject(first) ? first : {}, ['text']);
}

function timeIn(objects: readonly JsonObject[]): number | undefined {
  for (const object of objects)
    for (const key of TIMES) {
      const value = own(object, key);
      const at = typeof value === 'number' ? (value < MILLISECONDS_FROM ? value * 1000 : value) : typeof value === 'string' ? Date.parse(value) : NaN; // prettier-ignore
      if (Number.isFinite(at)) return at;
    }
  return undefined;
}

/** Among marks above 1 it is one of five stars, of which three say nothing; else 1 is good, 0 and −1 are bad. */
export function thumbOf({ thumb, score }: LogEntry, ofStars: boolean): Thumb | undefined {
  if (thumb || score === undefined) return thumb;
  if (ofStars) return score <= 2 ? 'down' : score >= 4 ? 'up' : undefined;
  return score <= 0 ? 'down' : 'up';
}

function markIn(object: JsonObject): Pick<LogEntry, 'thumb' | 'score'> {
  for (const key of MARKS) {
    const value = own(object, key);
    if (typeof value === 'number') return { score: value };
    const said = typeof value === 'boolean' ? String(value) : value;
    if (typeof said !== 'string') continue;
    if (UP.test(said.trim())) return { thumb: 'up' };
    if (DOWN.test(said.trim())) return { thumb: 'down' };
  }
  return {};
}

/** Undefined where the line holds no answer. */
export function entryIn(value: unknown): LogEntry | undefined {
  if (!isObject(value)) return undefined;
  const [request, response] = [objectAt(value, 'request'), objectAt(value, 'response')];
  const talk = [...messagesIn(own(value, 'messages')), ...messagesIn(own(request, 'messages'))];
  const said = textAt(value, ANSWERS) ?? responseIn(response) ?? responseIn(value);
  const isWhole = said === undefined && talk.at(-1)?.role === 'assistant';
  const answer = isWhole ? talk.at(-1)?.content : said;
  if (answer === undefined) return undefined;
  const question = textAt(value, QUESTIONS) ?? textAt(request, QUESTIONS);
  const asked = isWhole ? talk.slice(0, -1) : talk;
  const at = timeIn([value, response, request]);
  const model = textAt(value, ['model', 'version']) ?? textAt(response, ['model']) ?? textAt(request, ['model']);
  return {
    ...{ asked: asked.length || question === undefined ? asked : [{ role: 'user', content: question }], answer },
    ...(at !== undefined && { at }),
    ...markIn(value),
    ...(model !== undefined && { model }),
  };
}
