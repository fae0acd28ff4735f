// What the guides of several programs share: a step of a shell, the names of files and folders in it, a proxy in front.
import { shellWord, type GuideFacts, type GuideStep, type GuideStepName } from '../../base/wire/guides';

export type StepsOf = (facts: GuideFacts) => GuideStep[];

export const sh = (step: GuideStepName, ...commands: string[]): GuideStep => ({
  step,
  commands: commands.join('\n'),
  language: 'sh',
});

/** A step that is done by hand, in an app or a page. */
export const byHand = (step: GuideStepName): GuideStep => sh(step);

/** The folder that a zip is unpacked into. */
export const unpackedFolder = ({ file }: GuideFacts): string => file.replace(/\.zip$/i, '');

export const unpack = (facts: GuideFacts): GuideStep[] =>
  facts.file.toLowerCase().endsWith('.zip') ? [sh('unpack', `unzip ${facts.file} -d ${unpackedFolder(facts)}`)] : [];

/** Where an adapter's base is on no hub, its folder lies under the name that the adapter's files have for it. */
export const baseFolder = ({ base, baseIsHere }: GuideFacts): GuideStep[] =>
  baseIsHere && base !== undefined
    ? [sh('folder', 'BASE=base', `mkdir -p ${shellWord(base)}`, `unzip "$BASE.zip" -d ${shellWord(base)}`)]
    : [];

/** Where the GGUF lies once a zip is unpacked. */
export const ggufPath = (facts: GuideFacts): string =>
  facts.kind === 'ollama' ? `${unpackedFolder(facts)}/${facts.gguf!}` : facts.gguf!;

/** A question that suits the model: conversations are answered, texts are gone on with. */
const OPENING = { chat: 'Hello!', text: 'Once upon a time' } as const;
export const opening = ({ chat }: GuideFacts): string => (chat ? OPENING.chat : OPENING.text);

/** The next version's file or folder: the person puts its name here. */
export const NEXT_GGUF = 'NEXT=next.gguf';
export const NEXT_FOLDER = 'NEXT=next';
export const UNPACK_NEXT = 'unzip "$NEXT.zip" -d "$NEXT"';

/** Where other programs ask, whichever version answers. */
export const PROXY_PORT = 9000;

/**
 * A proxy in front of a server, the next version on a port of its own behind it, and the switch from one to the other.
 * Caddy answers requests under way before it drops the old way: https://caddyserver.com/docs/command-line#caddy-reload
 * @param start commands that start the next version; the last one runs in the background
 */
export function besides(port: number, nextPort: number, health: string, ...start: string[]): GuideStep[] {
  return [
    sh(
      'proxy',
      `printf ':${PROXY_PORT} {\\n\\treverse_proxy localhost:${port}\\n}\\n' > Caddyfile`,
      'caddy start --config Caddyfile',
    ),
    sh('update', ...start, `curl --fail --retry 60 --retry-connrefused http://localhost:${nextPort}${health}`),
    sh(
      'switch',
      `sed -i.old 's/localhost:${port}/localhost:${nextPort}/' Caddyfile`,
      'caddy reload --config Caddyfile',
    ),
  ];
}
