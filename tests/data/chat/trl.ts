// The templates of TRL with what is packed beside them, and the tokenizer of their goldens, for tests of templates.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { TemplateTokens } from '../../../src/base/chat';
import { ChatTemplate } from '../../../src/data/chat/chatTemplate';
import { PretrainedTokenizer } from '../../../src/data/tokens/pretrainedTokenizer';

const FIXTURES = new URL('../../fixtures/', import.meta.url);

/** A packed file of goldens, as it was written. */
export const packed = (file: string): unknown =>
  JSON.parse(gunzipSync(readFileSync(new URL(`trl/${file}`, FIXTURES))).toString('utf8'));

/** By name: those of TRL, and of models that it does not ship (tests/fixtures/published_templates.py). */
export const trlTemplates = packed('templates.json.gz') as Record<string, string>;
export const publishedTemplates = packed('published.json.gz') as Record<string, string>;
export const { tokens } = packed('goldens.json.gz') as { tokens: TemplateTokens };
export const qwen = new PretrainedTokenizer(
  readFileSync(new URL('tokenizers/qwen2.json', FIXTURES), 'utf8'),
  0,
  'qwen2',
);

/**
 * Of models that see: their templates take a list of texts and images, never a text alone. Such models are refused by
 * name.
 */
export const OF_PICTURES = /^(idefics3|llava_next|smolvlm)/;

/** The day on which the goldens were written: some templates name it. */
export const TODAY = new Date(2026, 6, 4, 9, 5);
export const templateFrom = (source: string): ChatTemplate => new ChatTemplate(source, tokens, TODAY);
