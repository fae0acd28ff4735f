// The Caddyfile that serves the built studio over https, written from the header table.
import { framedPages, HEADERS } from '../headers.ts';

/** In a Caddyfile, text in backquotes is taken as it stands. */
const headerBlock = (headers: Readonly<Record<string, string>>): string =>
  `\t\theader {\n${Object.entries(headers)
    .map(([name, value]) => `\t\t\t${name} \`${value}\``)
    .join('\n')}\n\t\t}`;

/**
 * `handle` blocks exclude each other. An error that arises in one keeps the headers that it has set, as long as none of
 * them is deleted there: that would put all of them off until an answer is written.
 * https://caddyserver.com/docs/caddyfile/directives/header
 */
const handle = (matcher: string, headers: Readonly<Record<string, string>>): string =>
  `\thandle${matcher} {\n${headerBlock(headers)}\n\t\ttry_files {path} {path}.html\n\t\tfile_server\n\t}`;

/**
 * @param address what Caddy serves: a name, for which it gets a certificate by itself, or `:8080`
 * @param root the folder of the build
 */
export function caddyfile(address: string, root: string): string {
  const framed = framedPages();
  const matchers = framed.map(({ page, folder }) => `\t@${page} path /${page}.html /${page} /${folder}/*`);
  return `# Serves the built studio. Written by \`npm run hosting\` from src/build/headers.ts: change it there.
${address} {
\troot * ${root}
\tencode zstd gzip
${matchers.join('\n')}
${framed.map(({ page, headers }) => handle(` @${page}`, headers)).join('\n')}
${handle('', HEADERS)}
}
`;
}
