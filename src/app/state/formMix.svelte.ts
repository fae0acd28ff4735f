// The texts that the form mixes in beside the main ones, with their shares. Which texts are main is the form's.
import { AtelierError } from '../../base/errors/errors';
import type { DatasetRecord } from '../../base/records/dataset';
import { areShares, mainShare, type MixedText } from '../../base/records/mix';
import type { Id } from '../../base/records/named';
import type { Task } from '../../base/records/prepared';
import type { TrainSettings } from '../../base/settings/trainSettings';
import { isPaired } from '../../base/settings/tuneSettings';
import type { EstimateRequest, PreflightReport, TrainedOn } from '../../base/wire/requests';
import { fieldsOf, numberIn, textIn } from './drafts';

/** A further text begins with this share. */
const FIRST_SHARE = 0.1;

interface MixOnForm {
  readonly datasets: readonly DatasetRecord[];
  /** The main texts. */
  readonly datasetIds: readonly Id[];
  readonly settings: Pick<TrainSettings, 'task'>;
}

/** Whether rows of a dataset can stand beside others in a run of the task. */
function suits({ content = 'text' }: DatasetRecord, task: Task): boolean {
  if (task === 'kto' || task === 'classify') return false;
  return task === 'text' || content === (isPaired(task) ? 'preference' : 'chat');
}

/** The further texts of a run as they are chosen. */
export class FormMix {
  readonly #form: MixOnForm;
  texts = $state.raw<readonly MixedText[]>([]);
  /** What was typed as a share while it is none, by text. */
  typed = $state.raw<Readonly<Record<Id, string>>>({});
  /** Those that are stored and no main text. */
  used = $derived.by<readonly MixedText[]>(() => {
    const { datasets, datasetIds: main } = this.#form;
    return this.texts.filter(({ datasetId: id }) => !main.includes(id) && datasets.some((d) => d.id === id));
  });
  ids = $derived(this.used.map(({ datasetId }) => datasetId));
  /** In the order of `used`. */
  datasets = $derived(this.ids.flatMap((id) => this.#form.datasets.find((d) => d.id === id) ?? []));
  mainShare = $derived(mainShare(this.used));
  /** What could be mixed in too. */
  further = $derived.by<readonly DatasetRecord[]>(() => {
    const { datasets, datasetIds: main, settings } = this.#form;
    return datasets.filter((d) => !main.includes(d.id) && !this.ids.includes(d.id) && suits(d, settings.task));
  });
  fault = $derived.by<AtelierError | undefined>(() => {
    if (this.used.length === 0) return undefined;
    const { task } = this.#form.settings;
    if (task === 'kto') return new AtelierError('mix-of-thumbs');
    const other = this.datasets.find((dataset) => !suits(dataset, task));
    if (other) return new AtelierError('mix-text-differs', { name: other.name });
    const isTyped = this.ids.some((id) => id in this.typed);
    return isTyped || !areShares(this.used) ? new AtelierError('mix-shares') : undefined;
  });
  /** Of a request; absent where nothing is mixed in. */
  asked = $derived<{ mix?: MixedText[] }>(this.used.length > 0 ? { mix: this.used.map((text) => ({ ...text })) } : {});

  constructor(form: MixOnForm) {
    this.#form = form;
  }

  /** The share that a further text begins with: the main ones keep at least half of theirs. */
  firstShare = $derived(Math.min(FIRST_SHARE, this.mainShare / 2));

  add(datasetId: Id, share = this.firstShare): void {
    this.texts = [...this.used, { datasetId, share: Math.min(share, this.mainShare / 2) }];
  }

  remove(datasetId: Id): void {
    this.texts = this.texts.filter((text) => text.datasetId !== datasetId);
    this.typedAt(datasetId, undefined);
  }

  setShare(datasetId: Id, share: number): void {
    this.typedAt(datasetId, undefined);
    this.texts = this.texts.map((text) => (text.datasetId === datasetId ? { ...text, share } : text));
  }

  typedAt(id: Id, text: string | undefined): void {
    const others = Object.entries(this.typed).filter(([key]) => key !== id);
    this.typed = Object.fromEntries(text === undefined ? others : [...others, [id, text]]);
  }

  /** What the estimate is asked with, once the rows were looked at. */
  amounts(preflight: PreflightReport | undefined): EstimateRequest['mix'] {
    const { parts } = preflight ?? {};
    if (!parts || this.used.length === 0) return undefined;
    const main = parts.length - this.used.length;
    const amount = ({ rows, tokens, packed }: TrainedOn) => ({
      ...{ trainRows: rows, trainTokens: tokens },
      ...(packed !== undefined && { packed }),
    });
    const mixed = this.used.map(({ share }, i) => ({ ...amount(parts[main + i]!), share }));
    return [{ ...amount(joined(parts.slice(0, main))), share: this.mainShare }, ...mixed];
  }
}

/** Several texts that are read as one. */
function joined(parts: readonly TrainedOn[]): TrainedOn {
  const sum = (of: (part: TrainedOn) => number): number => parts.reduce((all, part) => all + of(part), 0);
  const packed = parts.some((part) => part.packed !== undefined) && { packed: sum((part) => part.packed ?? 0) };
  return { rows: sum(({ rows }) => rows), tokens: sum(({ tokens }) => tokens), ...packed };
}

/** What a kept draft holds of it. */
export function readMix(kept: unknown): MixedText[] {
  const texts = Array.isArray(kept) ? kept : [];
  return texts.flatMap((text) => {
    const fields = fieldsOf(text);
    const [datasetId, share] = [textIn(fields['datasetId']), numberIn(fields['share'], 0, 1)];
    return datasetId === undefined || share === undefined ? [] : [{ datasetId, share }];
  });
}
