// A conversation with a model's web page as lines of a log, in the shape of docs/FORMATS.md.
import type { WebPageModel } from '../../base/wire/webPage';
import type { PageTurn } from './llama';

/**
 * A conversation is one line; where the model goes on with texts, each of them is one.
 * @param times of the answers
 */
export function logLines(
  { name, file, chat }: Pick<WebPageModel, 'name' | 'file' | 'chat'>,
  turns: readonly PageTurn[],
  times: readonly Date[],
): string[] {
  const line = (time: Date, said: object): string =>
    `${JSON.stringify({ time: time.toISOString(), model: name, version: file, ...said })}\n`;
  if (chat) return times.slice(-1).map((time) => line(time, { messages: turns }));
  return times.map((time, i) => line(time, { prompt: turns[2 * i]!.content, answer: turns[2 * i + 1]!.content }));
}
