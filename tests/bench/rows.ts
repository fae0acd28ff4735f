import { withCounter } from '../../src/engine/device/kernel';
import { SLOT } from '../../src/engine/device/plan';
import { createTrainer } from '../../src/engine/training/step';
import { newWeights } from '../../src/engine/models/weights';
import { flopsPerToken } from '../../src/studio/train/estimate';
import { batchAt, type BenchCase, type CaseName } from './cases';
import { median } from './side';
import { ofTurns, rateOf, type Compared, type Entry, type SideName } from './compare';

export type Backend = 'webgpu' | 'wasm';

export interface Row {
  metric:
    | 'train_tokens_per_s'
    | 'generate_tokens_per_s'
    | 'dispatches_per_step'
    | 'dispatches_per_layer'
    | 'submits_per_step'
    | 'script_ms_per_step'
    | 'cpu_ms_per_step'
    | 'peak_gpu_bytes'
    | 'matmul_gflops';
  case: CaseName;
  backend: Backend;
  ours: number;
  /**
   * Absent where nobody is compared with. `predicted`: by memory.ts; `matmul`: the best of our matmul alone on this
   * adapter.
   */
  peer?: SideName | 'predicted' | 'matmul';
  peerValue?: number;
  /** Ours divided by the peer's. */
  ratio?: number;
  adapter: string;
}

const medianOf = (values: (number | undefined)[]): number | undefined => {
  const known = values.filter((value) => value !== undefined);
  return known.length ? median(known) : undefined;
};

const rounded = (x: number): number => Number(x.toPrecision(4));

/** The rows of one case. */
export function rowsOf({ bench, entries, report }: Compared, backend: Backend, where: string): Row[] {
  const [ours, ...peers] = entries as [Entry, ...Entry[]];
  const adapter = [report?.adapter, where].filter(Boolean).join(', in ');
  const row = (metric: Row['metric'], value: number): Row => ({
    ...{ metric, case: bench.name, backend, ours: rounded(value), adapter },
  });
  const against = (metric: Row['metric'], value: number, peer: Row['peer'], peerValue: number): Row => ({
    ...row(metric, value),
    ...{ peer, peerValue: rounded(peerValue), ratio: Number((value / peerValue).toFixed(2)) },
  });
  /** Ours beside each peer that has such a number; alone where none has. */
  const all = (metric: Row['metric'], of: (entry: Entry) => number | undefined): Row[] => {
    const own = of(ours);
    if (own === undefined) return [];
    const rows = peers.flatMap((peer) => {
      const value = of(peer);
      return value === undefined ? [] : [against(metric, own, peer.name, value)];
    });
    return rows.length ? rows : [row(metric, own)];
  };
  const rate = rateOf(ours, bench);
  const speeds = [
    ...all('train_tokens_per_s', (entry) => rateOf(entry, bench)),
    ...all('generate_tokens_per_s', (entry) => entry.generated?.tokensPerSecond),
    ...all('cpu_ms_per_step', ({ turns, warmUp }) => medianOf(turns.slice(warmUp).map(({ cpu }) => cpu))),
  ];
  // all of the JavaScript of ours alone: a peer whose step waits in between would show a part of it
  const script = row(
    'script_ms_per_step',
    ofTurns(ours, (turn) => turn.script),
  );
  if (!report) return [...speeds, script];
  const trained = (rate * flopsPerToken(bench.model, bench.settings.contextLength)) / 1e9;
  return [
    ...speeds,
    ...all('dispatches_per_step', (entry) => ofTurns(entry, (turn) => turn.dispatches)),
    row('dispatches_per_layer', dispatchesPerLayer(bench)),
    ...all('submits_per_step', (entry) => ofTurns(entry, (turn) => turn.submits)),
    script,
    against('peak_gpu_bytes', report.bytes, 'predicted', report.predictedBytes),
    ...peers.map((peer) => against('peak_gpu_bytes', report.bytes, peer.name, peer.turns.at(-1)!.peakBytes)),
    against('matmul_gflops', trained, 'matmul', report.matmul / 1e9),
  ];
}

/** What one more layer adds to the dispatches of a step, counted on a device that only counts. */
function dispatchesPerLayer(bench: BenchCase): number {
  const { model, settings } = bench;
  const { batchSize: batch, contextLength: length } = settings;
  const tokens = { ...batchAt(0, bench), batch, length, labels: batch * length };
  const [one, two] = [1, 2].map((layers) =>
    withCounter((counter) => {
      const shape = { ...model, layers };
      createTrainer(shape, settings, newWeights(shape)).prepare([tokens]);
      return counter.params / SLOT;
    }),
  );
  return two! - one!;
}
