// A report as one HTML file that reaches for nothing: no script, no picture, no font, and a policy that forbids them.
import { m } from '../words/generated/messages.js';
import { language } from '../words/language.svelte';
import { statusWords } from '../words/runWords';
import { asHtml, Markup } from './html';
import { sectionsOf } from './sections';
import type { ReportSources } from './sources';
import { REPORT_STYLE } from './style';

const LANGUAGES = { en: 'en', zh: 'zh-Hans' } as const;

/** @param madeAt when, ms since 1970 */
export async function writeReport(sources: ReportSources, madeAt: number): Promise<string> {
  const { run } = sources;
  const { format } = language;
  const sections = sectionsOf(sources);
  const lead = [
    statusWords(run, 'nobody'),
    ...(run.totalSteps > 0
      ? [m.train_progress({ step: format.integer(run.step), total: format.integer(run.totalSteps) })]
      : []),
    ...(run.bestValidationLoss === undefined ? [] : [m.train_fact_best({ loss: format.loss(run.bestValidationLoss) })]),
  ].join(' · ');
  const title = m.report_title({ name: run.name });
  const page = asHtml`<!doctype html>
<html lang="${LANGUAGES[language.current]}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${await policyOf(REPORT_STYLE)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${new Markup(REPORT_STYLE)}</style>
</head>
<body>
<header>
<h1>${title}</h1>
<p class="muted">${lead}</p>
<p class="muted small">${m.report_made({ time: format.dateTime(madeAt), started: format.dateTime(run.createdAt) })}</p>
${run.note !== undefined && asHtml`<p>${run.note}</p>`}
${run.tags && asHtml`<p class="small">${format.list(run.tags)}</p>`}
</header>
<nav aria-label="${m.report_contents()}"><ul>${sections.map(
    ({ id, title: name }) => asHtml`<li><a href="#${id}">${name}</a></li>`,
  )}</ul></nav>
<main>
${sections.map(
  ({ id, title: name, body }) => asHtml`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${name}</h2>
${body}
</section>
`,
)}</main>
</body>
</html>
`;
  return page.text;
}

/** Nothing is loaded and nothing runs; the one style is told by its hash. */
async function policyOf(style: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(style));
  const hash = btoa(String.fromCharCode(...new Uint8Array(digest)));
  return `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
}

/** Letters of a name that stand in that of its file. */
const LONGEST = 60;

/** Letters of any script, digits and dashes, as the other exported files are named. */
export function reportFileName(name: string): string {
  const plain = name.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[-.]+/, '');
  return `${
    Array.from(plain)
      .slice(0, LONGEST)
      .join('')
      .replace(/[-.]+$/, '') || 'run'
  }-report.html`;
}
