// The `_headers` file of static hosts that read one (Cloudflare Pages, Netlify), written from the header table.
import { framedPages, HEADERS } from '../headers.ts';

/**
 * Such hosts join the values of all rules that match, and two policies joined are the stricter of both: no page of ours
 * would run. So no two rules match one address: each entry at the top of the build has its own.
 * @param entries names at the top of the build; a folder ends in a slash
 */
export function headersFile(entries: readonly string[]): string {
  const framed = framedPages();
  const headersFor = (entry: string) =>
    framed.find(({ page, folder }) => entry === `${page}.html` || entry === page || entry === `${folder}/`)?.headers ??
    HEADERS;
  const addresses = [...new Set(['', ...framed.map(({ page }) => page), ...entries])].sort();
  const rules = addresses.map((entry) => {
    const lines = Object.entries(headersFor(entry)).map(([name, value]) => `  ${name}: ${value}`);
    return [`/${entry}${entry.endsWith('/') ? '*' : ''}`, ...lines].join('\n');
  });
  return `# Written by \`npm run hosting\` from src/build/headers.ts: change it there.\n${rules.join('\n\n')}\n`;
}
