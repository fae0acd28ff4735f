// The script of models.html: asks a hub of models and data sets for public files. It runs in an opaque origin and
// reaches nothing of ours but a port.
import { datasetInfo, downloadFile, listFiles, modelInfo } from '@huggingface/hub';
import type { HubApi } from '../../../workers/hub.api';
import { serve } from '../../../workers/wire';
import { AtelierError } from '../../base/errors/errors';
import type { HubFile, HubModel, HubRepo } from '../../base/wire/hub';
import type { HubDataset } from '../../base/wire/hubDatasets';
import { dataFiles } from './dataFiles';

/** An answer of the hub that is no success; the client's error carries its status. */
const statusOf = (thrown: unknown): number | undefined =>
  thrown instanceof Error && 'statusCode' in thrown ? Number(thrown.statusCode) : undefined;

/**
 * What the hub, the network or the policy said, in our words. A refused request tells a script nothing but that it
 * failed.
 */
function refusal(thrown: unknown, hub: string, repo: string, kind?: HubRepo['kind']): AtelierError {
  const status = statusOf(thrown);
  const options = { cause: thrown };
  if (thrown instanceof AtelierError) return thrown;
  const missing = kind === 'dataset' ? 'hub-dataset' : 'hub-repository';
  if (status === 401 || status === 404) return new AtelierError(missing, { hub, repo }, options);
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
    return { hub, repo, revision: info.sha, files, ...licenceOf(info.tags) };
  } catch (thrown) {
    throw refusal(thrown, hub, repo);
  }
}

function licenceOf(tags: readonly string[]): Pick<HubRepo, 'licence'> {
  const licence = tags.find((tag) => tag.startsWith('license:'))?.slice('license:'.length);
  return licence ? { licence } : {};
}

/** The branch in which a hub keeps each data set as Parquet. */
const CONVERTED = 'refs/convert/parquet';

async function describeDataset(hub: string, repo: string): Promise<HubDataset> {
  try {
    const info = await datasetInfo({ name: repo, hubUrl: hub, additionalFields: ['sha', 'tags'] });
    if (info.gated) throw new AtelierError('hub-gated', { hub, repo });
    const converted = await datasetFiles(hub, repo, CONVERTED).catch((thrown: unknown) => {
      if (statusOf(thrown) === undefined) throw thrown;
      return undefined; // a mirror, or a data set that is not converted
    });
    const own = converted?.files.length ? converted : await datasetFiles(hub, repo, info.sha);
    return { kind: 'dataset', hub, repo, ...own, ...licenceOf(info.tags) };
  } catch (thrown) {
    throw refusal(thrown, hub, repo, 'dataset');
  }
}

async function datasetFiles(
  hub: string,
  name: string,
  branch: string,
): Promise<{ revision: string; files: HubFile[]; listed?: number }> {
  const { sha } = await datasetInfo({ name, hubUrl: hub, revision: branch, additionalFields: ['sha'] });
  const repo = { type: 'dataset', name } as const;
  return { revision: sha, ...(await dataFiles(listFiles({ repo, hubUrl: hub, revision: sha, recursive: true }))) };
}

/** One request per file tells where it is and how large; the parts of the file are then read from there. */
const opened = new Map<string, Promise<Blob | null>>();

const typeOf = ({ kind }: HubRepo): 'model' | 'dataset' => kind ?? 'model';
const keyOf = (from: HubRepo, path: string): string =>
  [from.hub, typeOf(from), from.repo, from.revision, path].join(' ');

function open(from: HubRepo, path: string): Promise<Blob | null> {
  const { hub, repo: name, revision } = from;
  const key = keyOf(from, path);
  const repo = { type: typeOf(from), name };
  const blob = opened.get(key) ?? downloadFile({ repo, path, revision, hubUrl: hub, xet: false });
  opened.set(key, blob);
  blob.catch(() => opened.delete(key));
  return blob;
}

const api: HubApi = {
  describe,
  describeDataset,
  read: async (from, path, start, end) => {
    const { hub, repo, kind } = from;
    try {
      const blob = await open(from, path);
      const size = from.files.find((file) => file.path === path)?.byteLength;
      if (!blob || blob.size !== size) throw new AtelierError('hub-changed', { repo, file: path });
      return await blob.slice(start, end).arrayBuffer();
    } catch (thrown) {
      opened.delete(keyOf(from, path)); // an address of a file may have expired
      throw refusal(thrown, hub, repo, kind);
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
