// Conversations with ChatGPT and with Claude, as their exports hold them: the roles are known.
import type { Message } from '../../base/conversation';
import { isObject, own, parseJson, type JsonObject } from '../json';
import { noTalks, timeOf, type KnownTalk, type ReadTalks, type TalkReader } from './talk';

const objectsIn = (value: unknown): JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : []);
const textIn = (fields: JsonObject, name: string): string => {
  const value = own(fields, name);
  return typeof value === 'string' ? value : '';
};

/** A list of conversations, each a tree of messages of which one branch is shown. */
export const chatgpt: TalkReader = {
  app: 'chatgpt',
  begins: (text) =>
    /^\s*\[?\s*\{/.test(text) && /"mapping"\s*:\s*\{/.test(text) && /"(?:current_node|parent)"\s*:/.test(text),
  read(text, file) {
    const read = noTalks();
    const whole = parseJson(text, file);
    for (const talk of Array.isArray(whole) ? objectsIn(whole) : isObject(whole) ? [whole] : []) {
      const nodes = branchOf(talk);
      const messages = nodes.flatMap((node) => chatgptMessages(node, read));
      const at = timeOf(own(talk, 'create_time'));
      addKnown(read, {
        name: textIn(talk, 'title'),
        messages: joinedAnswers(messages),
        ...(at !== undefined && { at }),
      });
    }
    return read;
  },
};

/** From the node that is shown up to the root; where none is named, from the last one that is no parent. */
function branchOf(talk: JsonObject): JsonObject[] {
  const mapping = own(talk, 'mapping');
  if (!isObject(mapping)) return [];
  const named = textIn(talk, 'current_node');
  const leaf = Object.keys(mapping).findLast(
    (id) => !objectsIn(Object.values(mapping)).some((node) => own(node, 'parent') === id),
  );
  const branch: JsonObject[] = [];
  const seen = new Set<string>();
  for (let id = named || (leaf ?? ''); id !== '' && !seen.has(id);) {
    seen.add(id);
    const node = own(mapping, id);
    if (!isObject(node)) break;
    const message = own(node, 'message');
    if (isObject(message)) branch.unshift(message);
    id = textIn(node, 'parent');
  }
  return branch;
}

const ROLES = { user: 'user', assistant: 'assistant', tool: 'tool' } as const;

function chatgptMessages(message: JsonObject, read: ReadTalks): Message[] {
  const [author, content, metadata] = ['author', 'content', 'metadata'].map((name) => own(message, name));
  if (!isObject(author) || !isObject(content)) return [];
  const named = textIn(author, 'role');
  const role = Object.hasOwn(ROLES, named) ? ROLES[named as keyof typeof ROLES] : undefined;
  const hidden = isObject(metadata) && own(metadata, 'is_visually_hidden_from_conversation') === true;
  const kind = textIn(content, 'content_type');
  if (!role || hidden || kind === 'user_editable_context' || kind === 'reasoning_recap') {
    if (chatgptText(content, kind).trim() !== '') read.system++;
    return [];
  }
  if (kind === 'thoughts') return [{ role: 'assistant', content: '', reasoning: thoughtsIn(content) }];
  if (objectsIn(own(content, 'parts')).length) read.media++;
  const text = chatgptText(content, kind).replace(CITATION, '').trim();
  if (text === '') return [];
  const recipient = textIn(message, 'recipient');
  if (role === 'assistant' && recipient !== '' && recipient !== 'all')
    return [{ role, content: '', toolCalls: [{ name: recipient, arguments: text }] }];
  const name = role === 'tool' ? textIn(author, 'name') : '';
  return [{ role, content: text, ...(name !== '' && { name }) }];
}

/** Marks of sources, which only the program shows. */
const CITATION = /【[^】]*】|\uE200[^\uE201]*\uE201/g;

function chatgptText(content: JsonObject, kind: string): string {
  const parts = own(content, 'parts');
  if (Array.isArray(parts)) return parts.filter((part) => typeof part === 'string').join('\n');
  return kind === 'text' ? '' : textIn(content, 'text');
}

const thoughtsIn = (content: JsonObject): string =>
  objectsIn(own(content, 'thoughts'))
    .map((thought) => textIn(thought, 'content'))
    .filter((text) => text !== '')
    .join('\n\n');

/** What was thought belongs to the answer behind it; answers behind each other are one. */
function joinedAnswers(messages: readonly Message[]): Message[] {
  const joined: Message[] = [];
  for (const message of messages) {
    const last = joined.at(-1);
    const same = last?.role === message.role && message.role !== 'tool' && !last.toolCalls && !message.toolCalls;
    if (!last || !same) joined.push({ ...message });
    else {
      last.content = [last.content, message.content].filter((text) => text !== '').join('\n\n');
      const thought = [last.reasoning, message.reasoning]
        .filter((text) => text !== undefined && text !== '')
        .join('\n\n');
      if (thought !== '') last.reasoning = thought;
    }
  }
  return joined;
}

function addKnown(read: ReadTalks, talk: KnownTalk): void {
  const answered = talk.messages.some(
    ({ role, content, toolCalls }) => role === 'assistant' && (content !== '' || toolCalls),
  );
  if (answered) read.known.push(talk);
  else read.system += talk.messages.length;
}

export const claude: TalkReader = {
  app: 'claude',
  begins: (text) => /^\s*\[?\s*\{/.test(text) && /"chat_messages"\s*:\s*\[/.test(text),
  read(text, file) {
    const read = noTalks();
    const whole = parseJson(text, file);
    for (const talk of Array.isArray(whole) ? objectsIn(whole) : isObject(whole) ? [whole] : []) {
      const messages = objectsIn(own(talk, 'chat_messages')).flatMap((message) => claudeMessages(message, read));
      const at = timeOf(own(talk, 'created_at'));
      addKnown(read, {
        name: textIn(talk, 'name'),
        messages: joinedAnswers(messages),
        ...(at !== undefined && { at }),
      });
    }
    return read;
  },
};

/** Texts of attached files stand behind the question that they were attached to. */
function claudeMessages(message: JsonObject, read: ReadTalks): Message[] {
  const role = textIn(message, 'sender') === 'human' ? 'user' : 'assistant';
  const blocks = objectsIn(own(message, 'content'));
  const texts = blocks.filter((block) => own(block, 'type') === 'text').map((block) => textIn(block, 'text'));
  const reasoning = blocks
    .map((block) => textIn(block, 'thinking'))
    .filter((thought) => thought !== '')
    .join('\n\n');
  const attached = objectsIn(own(message, 'attachments')).map((file) => textIn(file, 'extracted_content'));
  read.media += objectsIn(own(message, 'files')).length;
  const said = texts.some((part) => part !== '') ? texts.join('\n') : textIn(message, 'text');
  const content = [said, ...attached].filter((part) => part.trim() !== '').join('\n\n');
  return content === '' && reasoning === '' ? [] : [{ role, content, ...(reasoning !== '' && { reasoning }) }];
}
