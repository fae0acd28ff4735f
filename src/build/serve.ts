// Gives the header table to Vite's development and preview servers.
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
  configureServer: (server) => {
    server.middlewares.use(sendWith(devHeadersOf));
  },
  configurePreviewServer: (server) => {
    server.middlewares.use(sendWith((path) => headersOf(path, hubs)));
  },
});
