// Conversations that are stored as a tree of replies, as OpenAssistant publishes them.
import type { Message } from '../../base/conversation';
import { isObject, own, type JsonObject } from '../json';
import { roleOf } from './messages';
import { cellText } from './values';

/** The best-rated reply to each turn, from the root on; undefined for what is no such tree. */
export function bestBranch(root: unknown): Message[] | undefined {
  const messages: Message[] = [];
  for (let node = isReply(root) ? root : undefined; node; node = bestReply(node))
    messages.push({ role: roleOf(String(own(node, 'role')))!, content: cellText(own(node, 'text'))! });
  return messages.length ? messages : undefined;
}

const isReply = (node: unknown): node is JsonObject =>
  isObject(node) && cellText(own(node, 'text')) !== undefined && roleOf(String(own(node, 'role'))) !== undefined;

/** Rank 0 is the best; replies without a rank come behind those with one, in their order. */
function bestReply(node: JsonObject): JsonObject | undefined {
  const replies = own(node, 'replies');
  if (!Array.isArray(replies)) return undefined;
  const rank = (reply: JsonObject): number => {
    const given = own(reply, 'rank');
    return typeof given === 'number' ? given : Infinity;
  };
  const known = replies.filter(isReply).filter((reply) => own(reply, 'deleted') !== true);
  return known.sort((a, b) => (rank(a) === rank(b) ? 0 : rank(a) - rank(b)))[0];
}
