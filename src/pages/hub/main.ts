// The script of models.html: asks a model hub for public files. It runs in an opaque origin and reaches nothing of ours
// but a port.
import { downloadFile, listFiles, modelInfo } from '@huggingface/hub';
import type { HubApi } from '../../../workers/hub.api';
import { serve } from '../../../workers/wire';
import { AtelierError } from '../../base/errors/errors';
import type { HubFile, HubModel } from '../../base/wire/hub';

/** An answer of the hub that is no success; the client's error carries its status. */
const statusOf = (thrown: unknown): number | undefined =>
  thrown instanceof Error && 'statusCode' in thrown ? Number(thrown.statusCode) : undefined;

/**
 * What the hub, the network or the policy said, in our words. A refused request tells a script nothing but that it
 * failed.
 */
function refusal(thrown: unknown, hub: string, repo: string): AtelierError {
  const status = statusOf(thrown);
  const options = { cause: thrown };
  if (thrown instanceof AtelierError) return thrown;
  if (status === 401 || status === 404) return new AtelierError('hub-repository', { hub, repo }, options);
  if (status === 403) return new AtelierError('hub-gated', { hub, repo }, options);
  return new AtelierError(
    'hub-unreachable',
    { hub, detail: thrown instanceof Error ? thrown.message : String(thrown) },
    options,
  );
}

async function describe(hub: string, repo: string): Promise<HubModel> {
  try {
    const info = await modelInfo({ name: repo, hubUrl: hub, additionalFields: ['sha', 'tags'] });
    if (info.gated) throw new AtelierError('hub-gated', { hub, repo });
    const files: HubFile[] = [];
    for await (const { type, path, size } of listFiles({ repo, hubUrl: hub, revision: info.sha }))
      if (type === 'file') files.push({ path, byteLength: size });
    const licence = info.tags.find((tag) => tag.startsWith('license:'))?.slice('license:'.length);
    return { hub, repo, revision: info.sha, files, ...(licence && { licence }) };
  } catch (thrown) {
    throw refusal(thrown, hub, repo);
  }
}

/** One request per file tells where it is and how large; the parts of the file are then read from there. */
const opened = new Map<string, Promise<Blob | null>>();

function open({ hub, repo, revision }: HubModel, path: string): Promise<Blob | null> {
  const key = [hub, repo, revision, path].join(' ');
  const blob = opened.get(key) ?? downloadFile({ repo, path, revision, hubUrl: hub, xet: false });
  opened.set(key, blob);
  blob.catch(() => opened.delete(key));
  return blob;
}

const api: HubApi = {
  describe,
  read: async (model, path, start, end) => {
    const { hub, repo } = model;
    try {
      const blob = await open(model, path);
      const size = model.files.find((file) => file.path === path)?.byteLength;
      if (!blob || blob.size !== size) throw new AtelierError('hub-changed', { repo, file: path });
      return await blob.slice(start, end).arrayBuffer();
    } catch (thrown) {
      opened.delete([hub, repo, model.revision, path].join(' ')); // an address of a file may have expired
      throw refusal(thrown, hub, repo);
    }
  },
};

/** The studio's first message brings the port; there is no second. */
addEventListener(
  'message',
  ({ ports: [port], source }) => {
    if (port && source === parent) serve(api, port);
  },
  { once: true },
);

// The studio waits for this before it sends the port; it is the same for every page that frames this one.
parent.postMessage('ready', '*');
