// The step that takes HTML out of a text and keeps its words. Only tags of HTML count: `<think>`, `a < b` and the code
// between fences stay.
import { rewriting } from './rowText';
import type { CleanStep } from './step';

const INLINE =
  'a abbr acronym b bdi bdo big button cite code data del dfn em embed font i img input ins kbd label link map mark meta nobr object q s samp select small source span strike strong sub sup svg path time tt u var wbr';
const BLOCK =
  'address article aside audio base blockquote body br canvas caption center col colgroup dd details div dl dt fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html iframe legend li main menu nav noscript ol optgroup option p picture pre section summary table tbody td template textarea tfoot th thead title tr ul video';

const tagsOf = (names: string): RegExp =>
  new RegExp(`</?(?:${names.replaceAll(' ', '|')})(?=[\\s/>])(?:[^<>"']|"[^"]*"|'[^']*')*>`, 'gi');
const [INLINE_TAGS, BLOCK_TAGS] = [tagsOf(INLINE), tagsOf(BLOCK)];
const UNREAD = /<!--[\s\S]*?-->|<!doctype[^>]*>|<(script|style)\b[^>]*>[\s\S]*?<\/\1\s*>/gi;
/** Fences keep their code, HTML among it. */
const FENCED = /(```[\s\S]*?(?:```|$))/;

const NAMED: Readonly<Record<string, string>> = {
  ...{ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00A0', copy: '©', reg: '®', trade: '™' },
  ...{ hellip: '…', mdash: '—', ndash: '–', lsquo: '‘', rsquo: '’', ldquo: '“', rdquo: '”', bull: '•', middot: '·' },
  ...{ laquo: '«', raquo: '»', euro: '€', pound: '£', yen: '¥', deg: '°', times: '×', shy: '', zwj: '\u200D' },
};
const ENTITY = /&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,8}));/gi;

function entity(whole: string, decimal?: string, hex?: string, name?: string): string {
  if (name !== undefined) return NAMED[name.toLowerCase()] ?? whole;
  const point = decimal === undefined ? parseInt(hex ?? '', 16) : Number(decimal);
  const scalar = point > 0 && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
  return scalar ? String.fromCodePoint(point) : whole;
}

/** Tags first, then entities: `&lt;b&gt;` is text that speaks of a tag. */
function withoutMarkup(text: string): string {
  const bare = text.replace(UNREAD, '').replace(BLOCK_TAGS, '\n').replace(INLINE_TAGS, '').replace(ENTITY, entity);
  if (bare === text) return text;
  return bare
    .split('\n')
    .map((line) => line.trim())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

export const markupStep: CleanStep<{ code: boolean }> = {
  kind: 'markup',
  defaults: { code: true },
  reasons: ['markup'],
  start: ({ code }) =>
    rewriting('markup', (text) =>
      code
        ? text
            .split(FENCED)
            .map((piece, i) => (i % 2 ? piece : withoutMarkup(piece)))
            .join('')
        : withoutMarkup(text),
    ),
};
