/** The chat templates of models that bring none of their own. */
import { CHATML, PLAIN } from '../../base/ownTemplates';
import type { TemplateKind, TemplateTokens } from '../../base/chat';
import { ChatTemplate } from './chatTemplate';
import type { Tokenizer } from '../tokens/tokenizer';

/** Gemma and Llama 3 have read no text without it. */
const BEGIN = '{{ bos_token }}';

/**
 * How a model reads conversations: its own template, else ChatML where the tokenizer has its tokens, else turns as
 * lines that end with the tokenizer's end token; these two after the token with which the tokenizer begins a text, if
 * it has one.
 * @throws template-broken
 * @param named what the model's own files call tokens, for its own template
 */
export function templateFor(
  chatTemplate: string | undefined,
  tokenizer: Tokenizer,
  named: TemplateTokens = {},
): ChatTemplate {
  const tokens = tokensOf(tokenizer);
  if (chatTemplate === undefined) return new ChatTemplate(defaultTemplate(tokenizer), tokens);
  return new ChatTemplate(chatTemplate, { ...tokens, ...named });
}

/** Which template `templateFor` gives. */
export function templateKind(chatTemplate: string | undefined, tokenizer: Tokenizer): TemplateKind {
  if (chatTemplate !== undefined) return 'own';
  return knowsChatml(tokenizer) ? 'chatml' : 'lines';
}

const defaultTemplate = (tokenizer: Tokenizer): string =>
  (tokenizer.beginId === undefined ? '' : BEGIN) + (knowsChatml(tokenizer) ? CHATML : PLAIN);

/**
 * The default template for the files of a model that was tuned with it: the same text in any Jinja, without the tags
 * that only training reads, and with the tokens that begin and end a text themselves, since files may name others as
 * theirs.
 */
export function pretrainedDefault(tokenizer: Tokenizer): string {
  const { bos_token: begin = '', eos_token: end = '' } = tokensOf(tokenizer);
  const literal = (token: string) => (): string => `'${token.replace(/['\\]/g, '\\$&')}'`;
  return defaultTemplate(tokenizer)
    .replaceAll('{% generation %}', '')
    .replace(/\{% endgeneration %\}\n/g, '') // with the line end, which trimming would have taken away behind the tag
    .replaceAll('bos_token', literal(begin))
    .replaceAll('eos_token', literal(end));
}

/** What begins another's turn where turns are lines: a model that learned no ends goes on with it. */
export const NEXT_LINE = '\nuser:';

const knowsChatml = (tokenizer: Tokenizer): boolean =>
  ['<|im_start|>', '<|im_end|>'].every((token) => {
    const id = tokenizer.idOf(token);
    return id !== undefined && tokenizer.isSpecial(id);
  });

function tokensOf(tokenizer: Tokenizer): TemplateTokens {
  const spelling = (id: number): string => tokenizer.decode([id]);
  const { beginId, endId } = tokenizer;
  return { eos_token: spelling(endId), ...(beginId !== undefined && { bos_token: spelling(beginId) }) };
}
