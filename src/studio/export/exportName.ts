// The names of exported files: the one place that makes them, for the save dialog, for downloads and inside zips.
import { parameterCount } from '../../base/modelShape';
import { UNTRAINED } from '../../base/records/checkpoint';
import { sizeLabel } from '../../formats/gguf/ggufKeys';
import type { ModelRecord } from '../../base/records/model';
import type { GgufEncoding } from '../../formats/gguf/ggufMixture';
import type { ExportOrigin } from './exportSource';

/** Devices of Windows, which are no names of files there, whatever ending follows. */
const DEVICE = /^(?:con|prn|aux|nul|conin|conout|clock|com[\d¹²³]|lpt[\d¹²³])(?=\.|$)/i;
/**
 * Bytes in UTF-8, of which file systems take 255 for a name (NAME_MAX). That of a GGUF holds two such names beside its
 * step, its encoding and the number of a part.
 */
const LONGEST = 90;
const utf8 = new TextEncoder();

/** No letter is cut in half. */
function shortened(name: string): string {
  const room = new Uint8Array(LONGEST);
  return name.slice(0, utf8.encodeInto(name, room).read);
}

/** Letters and digits of any script stay; what file systems or shells act on becomes a dash. */
export function plainFileName(name: string): string {
  const plain = name
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}._-]+/gu, '-')
    .replace(/^[-.]+/, '');
  return (
    shortened(plain)
      .replace(/[-.]+$/, '')
      .replace(DEVICE, '$&-model') || 'model'
  );
}

/** Two checkpoints of one run get two names; an adapter that was opened or joined is the only one of its run. */
function stepOf({ weights }: ExportOrigin): string {
  const { checkpoint } = weights;
  return checkpoint && !UNTRAINED.includes(checkpoint.manifest.reason) ? `step${checkpoint.manifest.step}` : '';
}

const joined = (parts: readonly string[]): string => parts.filter(Boolean).join('-');

export const zipFileName = (origin: ExportOrigin, kind = ''): string =>
  `${joined([plainFileName(origin.name), stepOf(origin), kind])}.zip`;

/** What a run's name says beside that of its base, with which the suggested names begin. */
function tuneName(run: string, base: string): string {
  const begun = [base, base.split('/').at(-1)!].find((name) => run.toLowerCase().startsWith(name.toLowerCase()));
  const rest = run.slice(begun?.length ?? 0);
  if (rest === '') return '';
  return plainFileName(/^[\p{L}\p{N}]/u.test(rest) ? run : rest.replace(/^[^\p{L}\p{N}]+/u, ''));
}

/** Without the owner where it is that of a repository; a name that a person gave is whole. */
const ownName = ({ name, source, hub }: ModelRecord): string =>
  name === hub?.repo || name === source ? name.split('/').at(-1)! : name;

/**
 * Base, size, fine-tune, version, encoding, type, as
 * https://github.com/ggml-org/ggml/blob/master/docs/gguf.md#gguf-naming-convention asks; the step ends the fine-tune:
 * SmolLM2-135M-Instruct-fables-step300-v1.0-Q8_0.gguf.
 */
export function ggufFileName(origin: ExportOrigin, encoding: GgufEncoding, type?: 'LoRA'): string {
  const { name, run, root, weights } = origin;
  const size = sizeLabel(parameterCount(weights.model));
  const published = root && plainFileName(ownName(root));
  // the published name holds a size of its own ("-135M"): what precedes it is the base, the rest a fine-tune
  const [base, ...publishedTune] = published?.split(/-\d+(?:\.\d+)?[KMB](?=-|$)/i) ?? [plainFileName(name)];
  const tune = run && root ? tuneName(run.name, root.name) : '';
  const fineTune = [...publishedTune.map((part) => part.replace(/^-/, '')), tune];
  return `${joined([base!, size, ...fineTune, stepOf(origin), 'v1.0', encoding, type ?? ''])}.gguf`;
}
