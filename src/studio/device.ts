// The device that computes, as the studio opens it, loses it and opens it again. Who uses it is occupancy.ts.
import { AtelierError, type ErrorCode } from '../base/errors/errors';
import type { MachineFacts } from '../base/wire/machine';
import { useVariants } from '../engine/device/variants';
import { openEngine, type AnyEngine } from '../engine/gpuEngine';
import { choicesOf } from '../engine/tuneKernels/autotune';
import type { AtelierDb } from '../storage/db';
import { readCompute } from '../storage/settings';
import { LoadedModels } from './chat/loadedModels';
import { Occupancy, type Lease, type Owner } from './occupancy';
import { memoryBudget } from './train/estimate';
import { storedChoices } from './train/kernelChoice';

/** What measurements and checkpoints of the CPU go by. */
export const CPU = 'CPU';

/** An open device, and the models that Chat keeps on it: they come and go together. */
export interface Opened {
  readonly engine: AnyEngine;
  readonly gpuName: string;
  readonly models: LoadedModels;
  gone: boolean;
}

function gpuNameOf(engine: AnyEngine): string {
  if (engine.kind === 'cpu') return CPU;
  const { vendor, architecture, description } = engine.facts;
  return [vendor, architecture, description].join(' ').trim();
}

/** Chromium tells the memory of the machine, rounded; others don't. */
export function deviceMemory(): Pick<MachineFacts, 'deviceMemory'> {
  const told = (navigator as Navigator & { deviceMemory?: number }).deviceMemory;
  return told === undefined ? {} : { deviceMemory: told };
}

type NotThere = Extract<MachineFacts['webgpu'], { available: false }>;
/** What the machine says of itself where opening the device failed so. */
export const UNAVAILABLE: Partial<Record<ErrorCode, NotThere['reason']>> = {
  'webgpu-missing': 'no-api',
  'webgpu-device': 'device-refused',
};

/** After a loss the browser may need a moment, or gives no adapter to this document any more. */
const ADAPTER_TRIES = 4;
const ADAPTER_PAUSE = 300;

const pause = (milliseconds: number): Promise<void> => new Promise((done) => setTimeout(done, milliseconds));

export class StudioDevice {
  readonly occupancy = new Occupancy();
  /** What was opened last. */
  kind: AnyEngine['kind'] | undefined;
  #open: Promise<Opened> | undefined;
  /** Settles when the device before is let go of. */
  #closing: Promise<void> = Promise.resolve();
  #wasLost = false;

  /** @param wasmUrl where this origin serves the CPU's kernels; absent in Node */
  constructor(
    private readonly db: AtelierDb,
    private readonly wasmUrl?: string,
  ) {}

  /**
   * The device, opened where it is not. Never awaited by who holds a lease: a lost device is let go of, and another
   * opened, when all leases have ended.
   * @throws what opening throws; gpu-gone where the browser gives no adapter after a loss
   */
  open(): Promise<Opened> {
    if (this.#open) return this.#open;
    const opening = this.#closing.then(() => this.#opened());
    opening.catch(() => {
      if (this.#open === opening) this.#open = undefined; // the next click may find an adapter
    });
    return (this.#open = opening);
  }

  /** A place on the device; what the device of the lease is. */
  async take(
    owner: Owner,
    bytes?: number,
    onLost?: (error: AtelierError) => void,
  ): Promise<{ opened: Opened; lease: Lease }> {
    let opened = await this.open();
    while (opened.gone) opened = await this.open();
    return { opened, lease: this.occupancy.take(owner, bytes, onLost) };
  }

  /** Work that holds something on the device until it has ended. */
  async hold<T>(owner: Owner, bytes: number, work: (opened: Opened, lease: Lease) => Promise<T>): Promise<T> {
    const { opened, lease } = await this.take(owner, bytes);
    try {
      return await work(opened, lease);
    } finally {
      lease.end();
    }
  }

  /** Lets go of the device once nobody uses it. */
  async close(): Promise<void> {
    await this.occupancy.left();
    const opened = await this.#open?.catch(() => undefined);
    this.#open = undefined;
    if (opened) await this.occupancy.turn(() => this.#letGo(opened));
  }

  /** Frees the models that Chat keeps, those in use when they are done. */
  async forgetModels(): Promise<void> {
    const opened = await this.#open?.catch(() => undefined);
    if (opened && !opened.gone) await this.occupancy.turn(() => this.freeModels(opened));
  }

  freeModels({ models, engine }: Opened): void {
    models.release();
    engine.trim();
  }

  async #opened(): Promise<Opened> {
    const engine = await this.#openChosen();
    this.#wasLost = false;
    this.kind = engine.kind;
    const opened: Opened = { engine, gpuName: gpuNameOf(engine), models: this.#noModels(), gone: false };
    void engine.lost.then(({ reason, message }) => this.#lost(opened, message || reason));
    const kernelChoices = engine.kind === 'gpu' ? await storedChoices(this.db, opened.gpuName) : undefined;
    if (kernelChoices) useVariants(choicesOf(kernelChoices)); // for talking to a model; a run fixes its own
    return opened;
  }

  /** Beside a run, a model stays for the next answer only where the plan has room for both. */
  #noModels(): LoadedModels {
    const budget = memoryBudget(deviceMemory());
    return new LoadedModels(
      this.db,
      (bytes) => this.occupancy.claimedBy === undefined || this.occupancy.planned + bytes <= budget,
    );
  }

  async #openChosen(): Promise<AnyEngine> {
    if ((await readCompute(this.db)) === 'gpu') return this.#openGpu();
    const { openCpuEngine } = await import('../engine/cpuEngine'); // nobody else needs to load it
    return openCpuEngine(this.wasmUrl);
  }

  async #openGpu(): Promise<AnyEngine> {
    for (let tries = this.#wasLost ? ADAPTER_TRIES : 1; ;) {
      try {
        return await openEngine();
      } catch (thrown) {
        if (!this.#wasLost || !(thrown instanceof AtelierError) || thrown.code !== 'webgpu-adapter') throw thrown;
        // Chromium refuses an adapter to a page whose GPU process ended twice; a reload gets one:
        // https://chromium.googlesource.com/chromium/src/+/main/content/browser/gpu/gpu_data_manager_impl_private.cc
        if (--tries === 0) throw new AtelierError('gpu-gone');
      }
      await pause(ADAPTER_PAUSE);
    }
  }

  #lost(opened: Opened, detail: string): void {
    if (opened.gone) return; // closed by us, which a device calls a loss too
    opened.gone = true;
    this.#wasLost = true;
    this.#open = undefined;
    const { engine } = opened;
    const fault = engine.kind === 'gpu' ? engine.fault() : undefined;
    // closed by its own error, which tells more, or by the system
    this.occupancy.lose(fault && fault.code !== 'gpu-lost' ? fault : new AtelierError('device-lost', { detail }));
    this.#closing = this.occupancy.left().then(() => this.#letGo(opened));
  }

  #letGo(opened: Opened): void {
    opened.gone = true;
    opened.models.release();
    opened.engine.dispose();
  }
}
