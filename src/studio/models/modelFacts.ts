// What the small files of a published model say of it: name, licence, chat template, named tokens. Its weights are
// read in openModel.ts.
import type { TemplateTokens } from '../../base/chat';
import { isObject, own, parseJson } from '../../formats/json';
import { namedTokens } from '../../formats/huggingFace/tokenizerJson';
import { textIfThere, type Folder } from './modelFolder';

/** The licence in the YAML head of a model card; undefined where it names none. */
export function licenceOf(card: string | undefined): string | undefined {
  const head = card && /^---\r?\n([\s\S]*?)\r?\n---/.exec(card)?.[1];
  const line = head && /^license:[ \t]*["']?([^"'\r\n]+?)["']?[ \t]*\r?$/m.exec(head)?.[1];
  return line || undefined;
}

/** Where a title would stand, and what fits a list. */
const LINES_OF_CARD = 200;
const LONGEST_NAME = 200;

/**
 * What a model calls itself where its files lie alone: the last part of `_name_or_path` in its configuration, the title
 * of its card, else the kind of model that it is.
 */
export function nameIn(configText: string, card: string | undefined): string | undefined {
  const config = parseJson(configText, 'config.json');
  const field = (name: string): string | undefined => {
    const value = isObject(config) ? own(config, name) : undefined;
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
  };
  const path = field('_name_or_path')
    ?.split(/[/\\]/)
    .findLast((part) => part !== '');
  return (path ?? titleOf(card) ?? field('model_type'))?.slice(0, LONGEST_NAME);
}

/** The title of a card, without what PEFT's and TRL's templates write before the name. */
export function titleOf(card: string | undefined): string | undefined {
  const body = card?.replace(/^---\r?\n[\s\S]*?\r?\n---/, '');
  const line = body?.split('\n', LINES_OF_CARD).find((text) => text.startsWith('# '));
  const title = line
    ?.slice(2)
    .trim()
    .replace(/^Model Card for /, '')
    .slice(0, LONGEST_NAME);
  return title && title !== 'Model ID' ? title : undefined;
}

/**
 * The Jinja template of conversations. A file of its own wins over the field of tokenizer_config.json, as in
 * transformers; of several in a list, the one called `default`.
 */
export async function chatTemplateOf(folder: Folder, signal?: AbortSignal): Promise<string | undefined> {
  const file = await textIfThere(folder, 'chat_template.jinja', signal);
  if (file !== undefined) return file;
  const text = await textIfThere(folder, 'tokenizer_config.json', signal);
  const config = text === undefined ? undefined : parseJson(text, 'tokenizer_config.json');
  const template = isObject(config) ? own(config, 'chat_template') : undefined;
  if (typeof template === 'string') return template;
  if (!Array.isArray(template)) return undefined;
  const named: unknown = template.find((t) => isObject(t) && own(t, 'name') === 'default');
  const chosen = isObject(named) ? own(named, 'template') : undefined;
  return typeof chosen === 'string' ? chosen : undefined;
}

/** What tokenizer_config.json calls tokens. */
export async function templateTokensOf(folder: Folder, signal?: AbortSignal): Promise<TemplateTokens> {
  const text = await textIfThere(folder, 'tokenizer_config.json', signal);
  return text === undefined ? {} : namedTokens(text, 'tokenizer_config.json');
}
