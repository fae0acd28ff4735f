import { isObject, own, parseJson } from '../formats/json';
import { textIfThere, type Folder } from './modelFolder';

/** The licence in the YAML head of a model card; undefined where it names none. */
export function licenceOf(card: string | undefined): string | undefined {
  const head = card && /^---\r?\n([\s\S]*?)\r?\n---/.exec(card)?.[1];
  const line = head && /^license:\s*["']?([^"'\r\n]+?)["']?\s*$/m.exec(head)?.[1];
  return line || undefined;
}

/**
 * The Jinja template of conversations. A file of its own wins over the field of tokenizer_config.json, as in transformers; of
 * several in a list, the one called `default`.
 */
export async function chatTemplateOf(folder: Folder): Promise<string | undefined> {
  const file = await textIfThere(folder, 'chat_template.jinja');
  if (file !== undefined) return file;
  const text = await textIfThere(folder, 'tokenizer_config.json');
  const config = text === undefined ? undefined : parseJson(text, 'tokenizer_config.json');
  const template = isObject(config) ? own(config, 'chat_template') : undefined;
  if (typeof template === 'string') return template;
  if (!Array.isArray(template)) return undefined;
  const named: unknown = template.find((t) => isObject(t) && own(t, 'name') === 'default');
  const chosen = isObject(named) ? own(named, 'template') : undefined;
  return typeof chosen === 'string' ? chosen : undefined;
}
