import type { ServerResponse } from 'node:http';
import type { Plugin } from 'vite';
import { DEV_HEADERS, HEADERS } from './headers.ts';

const sendWith = (headers: Readonly<Record<string, string>>) => {
  return (_request: unknown, response: ServerResponse, next: () => void): void => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    next();
  };
};

/** Puts the header table on every response of Vite's two servers, errors and missing files included. */
export const headerTable = (): Plugin => ({
  name: 'atelier:header-table',
  configureServer: (server) => {
    server.middlewares.use(sendWith(DEV_HEADERS));
  },
  configurePreviewServer: (server) => {
    server.middlewares.use(sendWith(HEADERS));
  },
});
