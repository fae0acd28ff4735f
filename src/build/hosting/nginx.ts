// The configuration of nginx that serves the built studio: whole, unprivileged, and written from the header table.
import { framedPages, HEADERS } from '../headers.ts';

/** Where things lie on the machine that serves. */
export interface NginxPlace {
  /** The folder of the build. */
  root: string;
  port: number;
  /** The one folder that nginx writes to. */
  temporary: string;
  /** A second folder `models` beside the build's, and the list of both that is made when the server starts. */
  more?: { root: string; list: string };
}

/** nginx' own list of types differs between versions and has no .mjs before 1.25. */
const TYPES: Readonly<Record<string, readonly string[]>> = {
  'text/html': ['html'],
  'text/css': ['css'],
  'text/javascript': ['js', 'mjs'],
  'text/plain': ['txt', 'md'],
  'application/json': ['json', 'jsonl'],
  'application/wasm': ['wasm'],
  'image/svg+xml': ['svg'],
  'image/png': ['png'],
};
const PACKED = Object.keys(TYPES).filter((type) => type !== 'text/html' && type !== 'image/png'); // text/html always is

/** `always`: errors carry it too. A location that adds one header of its own inherits none. */
const headerLines = (headers: Readonly<Record<string, string>>, indent: string): string =>
  Object.entries(headers)
    .map(([name, value]) => `${indent}add_header ${name} ${quoted(value)} always;`)
    .join('\n');

/** nginx reads $ as a variable in quotes too; no header of ours has one. */
const quoted = (value: string): string => `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

/** What has a hash of its content in its name never changes; all else is asked for again. */
const FOREVER = 'public, max-age=31536000, immutable';
const ASK_AGAIN = 'no-cache';

function location(match: string, headers: Readonly<Record<string, string>>, cache: string, answer: string): string {
  const lines = headerLines({ ...headers, 'Cache-Control': cache }, '      ');
  return `    location ${match} {\n${lines}\n      ${answer}\n    }`;
}

/** What neither folder has is missing. */
const moreModels = ({ root, list }: { root: string; list: string }): string[] => [
  location('= /models/index.json', HEADERS, ASK_AGAIN, `alias ${list};`),
  location('^~ /models/', HEADERS, ASK_AGAIN, 'try_files $uri @more;'),
  location('@more', HEADERS, ASK_AGAIN, `root ${root};\n      try_files $uri =404;`),
];

/** The whole nginx.conf; it asks for nothing that needs root. */
export function nginxConf({ root, port, temporary, more }: NginxPlace): string {
  const framed = framedPages().flatMap(({ page, folder, headers }) => [
    location(`= /${page}.html`, headers, ASK_AGAIN, 'try_files $uri =404;'),
    location(`= /${page}`, headers, ASK_AGAIN, `try_files /${page}.html =404;`),
    location(`^~ /${folder}/`, headers, FOREVER, 'try_files $uri =404;'),
  ]);
  const locations = [
    location('= /', HEADERS, ASK_AGAIN, 'try_files /index.html =404;'),
    location('= /healthz', HEADERS, 'no-store', 'default_type text/plain;\n      return 200 "ok\\n";'),
    ...framed,
    location('^~ /assets/', HEADERS, FOREVER, 'try_files $uri =404;'),
    ...(more ? moreModels(more) : []),
    location('/', HEADERS, ASK_AGAIN, 'try_files $uri =404;'),
  ];
  return `# Serves the built studio. Written by \`npm run hosting\` from src/build/headers.ts: change it there.
worker_processes auto;
pid ${temporary}/nginx.pid;
error_log stderr warn;
events {
  worker_connections 1024;
}
http {
  types {
${Object.entries(TYPES)
  .map(([type, endings]) => `    ${type} ${endings.join(' ')};`)
  .join('\n')}
  }
  default_type application/octet-stream;
  charset utf-8;
  charset_types text/css text/javascript text/plain application/json;
  # Who opens which page is nobody's business.
  access_log off;
  server_tokens off;
  sendfile on;
  keepalive_timeout 65;
  gzip on;
  gzip_min_length 1024;
  gzip_types ${PACKED.join(' ')};
  # The names of these five are fixed; the folder alone is ours to choose.
  client_body_temp_path ${temporary}/client;
  proxy_temp_path ${temporary}/proxy;
  fastcgi_temp_path ${temporary}/fastcgi;
  uwsgi_temp_path ${temporary}/uwsgi;
  scgi_temp_path ${temporary}/scgi;
  server {
    listen ${port};
    root ${root};
    # A folder without a page is missing, and so is every address that is no file.
    autoindex off;
    absolute_redirect off;
${locations.join('\n')}
  }
}
`;
}
