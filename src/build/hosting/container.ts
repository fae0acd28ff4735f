// The container of the studio: an image that holds nginx and the build, and a Compose file that runs it.
import { stringify } from 'yaml';

/** Where the container has things. */
export const CONTAINER = {
  image: 'atelier',
  port: 8080,
  /** The user `nginx` of the image. */
  user: 101,
  root: '/usr/share/nginx/html',
  /** Holds a folder `models` that a volume brings. */
  more: '/srv/atelier',
  modelList: '/tmp/models.json',
} as const;

export const MADE = '# Written by `npm run hosting`: change src/build/hosting.\n';

const NODE_IMAGE = 'node:22-bookworm-slim';
const NGINX_IMAGE = 'nginx:1.28-alpine';

/**
 * Built from the top of the repository. Packages come from the lockfile and their scripts do not run. The official
 * image starts every script of /docker-entrypoint.d before nginx.
 */
export const dockerfile = (
  folder: string,
): string => `${MADE}# docker build -f ${folder}/Dockerfile -t ${CONTAINER.image} .
FROM ${NODE_IMAGE} AS build
WORKDIR /studio
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run build

FROM ${NGINX_IMAGE}
COPY --from=build /studio/dist ${CONTAINER.root}
COPY ${folder}/nginx.conf /etc/nginx/nginx.conf
COPY src/build/hosting/listModels.sh /usr/local/bin/list-models
RUN printf '#!/bin/sh\\nexec sh /usr/local/bin/list-models ${CONTAINER.modelList} ${CONTAINER.root}/models ${CONTAINER.more}/models\\n' \\
      >/docker-entrypoint.d/50-list-models.sh && chmod +x /docker-entrypoint.d/50-list-models.sh
USER ${CONTAINER.user}
EXPOSE ${CONTAINER.port}
HEALTHCHECK --interval=30s --timeout=3s CMD wget -q -O /dev/null http://127.0.0.1:${CONTAINER.port}/healthz
`;

/** What does not go into the build; BuildKit reads it beside the Dockerfile. */
export const dockerignore = `${MADE}**\n!package.json\n!package-lock.json\n!LICENSE\n!*.html\n!*.ts\n!tsconfig*.json\n!src\n!public\n!workers\n!docs\n!tests/chromium.mjs\n`;

/** Compose: read-only but for /tmp, no capability, reachable from this machine alone, where browsers give WebGPU. */
export const composeFile = (folder: string): string =>
  `${MADE}# docker compose -f ${folder}/compose.yaml up --build, then http://localhost:4173/\n` +
  stringify({
    services: {
      studio: {
        build: { context: '../..', dockerfile: `${folder}/Dockerfile` },
        image: CONTAINER.image,
        // Other machines need https (Caddyfile, kubernetes): browsers give WebGPU to no plain address but localhost.
        ports: [`127.0.0.1:4173:${CONTAINER.port}`],
        user: `${CONTAINER.user}:${CONTAINER.user}`,
        read_only: true,
        tmpfs: ['/tmp'],
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
        volumes: [`./models:${CONTAINER.more}/models:ro`],
        restart: 'unless-stopped',
      },
    },
  });
