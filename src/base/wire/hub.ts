// What is known of a repository on a hub, and of a model in one, before it is fetched. The fetching is pages/hub; data
// sets: `hubDatasets.ts`.
import type { HubOrigin } from '../records/model';

/**
 * Where pretrained models are: the first is asked unless another is chosen. The second is a mirror that is reachable
 * from China.
 */
export const HUBS = ['https://huggingface.co', 'https://hf-mirror.com'] as const;

/** A file of a repository. */
export interface HubFile {
  path: string;
  byteLength: number;
}

/** A repository at one commit, with the files that can be read from it. */
export interface HubRepo extends HubOrigin {
  /** Absent: a model. */
  kind?: 'dataset';
  /** As its card names it; absent where nothing says. */
  licence?: string;
  files: HubFile[];
}

/** What a hub says of a model before anything large is fetched. */
export interface HubModel extends HubRepo {
  /** Of a repository that holds GGUF files alone: which is fetched, as `ggufsIn` names it. */
  gguf?: string;
}

/** What of a repository an import can need: pictures, weights in other formats and folders are not fetched. */
const isNeeded = (path: string): boolean =>
  /^(model(-\d+-of-\d+)?\.safetensors|model\.safetensors\.index\.json|config\.json|generation_config\.json|tokenizer\.json|tokenizer_config\.json|special_tokens_map\.json|chat_template\.jinja|README\.md|LICENSE(\.\w+)?)$/.test(
    path,
  );

export const neededFiles = ({ files, gguf }: HubModel): HubFile[] =>
  files.filter(({ path }) => (gguf === undefined ? isNeeded(path) : ggufName(path) === gguf));

/** The name that all parts of one GGUF share; undefined of other files, and of those that hold no language model. */
const ggufName = (path: string): string | undefined =>
  /\.gguf$/i.test(path) && !/mmproj|imatrix/i.test(path) ? path.replace(/-\d+-of-\d+(?=\.gguf$)/i, '') : undefined;

/** The GGUFs to choose from, by name, with their bytes; none where the repository holds safetensors. */
export function ggufsIn({ files }: HubRepo): HubFile[] {
  if (files.some(({ path }) => /\.safetensors$/.test(path))) return [];
  const found = new Map<string, number>();
  for (const { path, byteLength } of files) {
    const name = ggufName(path);
    if (name !== undefined) found.set(name, (found.get(name) ?? 0) + byteLength);
  }
  return [...found].map(([path, byteLength]) => ({ path, byteLength }));
}

/** A model that lies on the studio's own origin: a folder in `public/models`. */
export interface OwnModel {
  name: string;
  files: HubFile[];
}

/**
 * Undefined where one of them is no plain address, repository or commit: they go into commands and scripts for other
 * machines, and a branch would be other files tomorrow.
 */
export function originOf({ hub, repo, revision }: HubRepo): HubOrigin | undefined {
  const plain = /^https?:\/\/[\w.:/-]+$/.test(hub) && repoOf(repo) === repo && /^[0-9a-f]{40,64}$/.test(revision);
  return plain ? { hub, repo, revision } : undefined;
}

/**
 * `owner/name` (or an old name without owner), from what a person typed or pasted: also the address of the page of a
 * model or a data set.
 */
export function repoOf(text: string): string | undefined {
  const path = text
    .trim()
    .replace(/^https?:\/\/[^/]+\/(?:datasets\/(?=.))?/, '')
    .replace(/\/(tree|blob|resolve|viewer)(\/.*)?$/, '')
    .replace(/[?#].*$/, '');
  return /^[\w.-]{1,96}(\/[\w.-]{1,96})?$/.test(path) && !path.includes('..') ? path : undefined;
}
