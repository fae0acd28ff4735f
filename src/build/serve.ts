// Gives Vite's development and preview servers the header table, and 404 as the answer for a file that is missing.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Plugin } from 'vite';
import { devHeadersOf, headersOf } from './headers.ts';

type HeadersOf = (path: string) => Readonly<Record<string, string>>;

const sendWith = (headers: HeadersOf) => {
  return (request: IncomingMessage, response: ServerResponse, next: () => void): void => {
    const { pathname } = new URL(request.url ?? '/', 'http://studio');
    for (const [name, value] of Object.entries(headers(pathname))) response.setHeader(name, value);
    next();
  };
};

/**
 * Puts the header table on every response of Vite's two servers, errors and missing files included.
 * @param hubs further origins that models.html may reach: a hub in one's own network
 */
export const headerTable = (hubs: readonly string[] = []): Plugin => ({
  name: 'atelier:header-table',
  // Vite's default, 'spa', answers index.html with 200 for any path: after a new build, the page of an old tab would
  // get HTML where it asks for a script. The studio's own addresses are hashes and need no such answer.
  // https://vite.dev/config/shared-options.html#apptype
  config: () => ({ appType: 'mpa' }),
  configureServer: (server) => {
    server.middlewares.use(sendWith(devHeadersOf));
  },
  configurePreviewServer: (server) => {
    server.middlewares.use(sendWith((path) => headersOf(path, hubs)));
  },
});
