// HTML as text whose every value is escaped; it knows no report.

/** Markup that is written as it stands. */
export class Markup {
  constructor(readonly text: string) {}
}

export type HtmlPart = Markup | string | number | false | undefined | readonly HtmlPart[];

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function written(part: HtmlPart): string {
  if (part instanceof Markup) return part.text;
  if (typeof part === 'object') return part.map(written).join('');
  if (part === false || part === undefined) return '';
  return String(part).replace(/[&<>"']/g, (character) => ESCAPES[character]!);
}

/** A template whose values are text, unless they are markup themselves; lists are joined, `false` is nothing. */
export const asHtml = (texts: TemplateStringsArray, ...values: readonly HtmlPart[]): Markup =>
  new Markup(texts.reduce((all, text, i) => all + written(values[i - 1]) + text));

/**
 * A table with a header; its first column names the rows.
 * @param numbers the columns that stand at the right
 * @param even columns of one width, so that tables below each other match
 */
export function table(
  caption: string,
  header: readonly string[],
  rows: readonly (readonly HtmlPart[])[],
  numbers: (column: number) => boolean = (column) => column > 0,
  even = false,
): Markup {
  const side = (column: number): HtmlPart => numbers(column) && new Markup(' class="right"');
  return asHtml`<div class="scroll${even && ` even`}" role="region" aria-label="${caption}" tabindex="0">
    <table>
      <caption class="hidden">${caption}</caption>
      <thead>
        <tr>${header.map((cell, i) => asHtml`<th scope="col"${side(i)}>${cell}</th>`)}</tr>
      </thead>
      <tbody>
        ${rows.map(
          (cells) =>
            asHtml`<tr>${cells.map((cell, i) =>
              i === 0 ? asHtml`<th scope="row">${cell}</th>` : asHtml`<td${side(i)}>${cell}</td>`,
            )}</tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** Pairs of a name and a value; what has no value is left out. */
export const facts = (pairs: readonly (readonly [name: string, value: HtmlPart, ...rest: unknown[]])[]): Markup =>
  asHtml`<dl>
    ${pairs
      .filter(([, value]) => value !== undefined && value !== '')
      .map(([name, value]) => asHtml`<div><dt>${name}</dt><dd>${value}</dd></div>`)}
  </dl>`;
