/**
 * The half of the GPU that captures a step's dispatches and replays them. How the command stream is reached, kernel.ts
 * knows.
 */
import { Arena, type Pool } from './arena';
import { DispatchPlan, SLOT, type Recorded } from './plan';

/** Base class of `Gpu`: the state of a capture, and the arenas that captured steps compute in. */
export abstract class Captures {
  /** Takes the dispatches while a step is captured. */
  protected recorded: Recorded[] | undefined;
  readonly #arenas = new Set<Arena>();

  constructor(readonly device: GPUDevice) {}

  /** Submits what is recorded. */
  abstract flush(): void;
  /** Runs `f` with this pool as the source of all buffers. */
  protected abstract from<T>(pool: Pool, f: () => T): T;
  /** A pass of its own in the command stream. */
  protected abstract inPass(encode: (pass: GPUComputePassEncoder) => void): void;

  protected get arenaBytes(): number {
    return [...this.#arenas].reduce((sum, arena) => sum + arena.byteLength, 0);
  }

  protected refuseWhileCapturing(what: string): void {
    if (this.recorded) throw new Error(`a ${what} in a captured step, which a replay would not repeat`);
  }

  /** Runs `f` outside of the capture that is under way, if any. */
  protected unrecorded<T>(f: () => T): T {
    const recorded = this.recorded;
    this.recorded = undefined;
    try {
      return f();
    } finally {
      this.recorded = recorded;
    }
  }

  /** Buffers for captured steps, so that nobody else is ever given them; `freeArena` gives all of them back. */
  newArena(): Arena {
    const arena = new Arena(this.device);
    this.#arenas.add(arena);
    return arena;
  }

  /** Destroys all buffers of an arena; its plans are dead then. */
  freeArena(arena: Arena): void {
    this.flush();
    this.#arenas.delete(arena);
    arena.dispose();
  }

  /** Runs `f` with the buffers of an arena. It disposes all that it allocates, and nothing else. */
  within<T>(arena: Arena, f: () => T): T {
    const before = arena.inUse;
    let value: T;
    try {
      value = this.from(arena, f);
    } catch (thrown) {
      arena.inUse = before; // what `f` took before it failed is not given back
      throw thrown;
    }
    if (arena.inUse) throw new Error(`${arena.inUse} buffers of an arena outlive their use`);
    return value;
  }

  /** Records the dispatches of `f` without running them. `f` allocates in the arena, as in `within`. */
  capture(arena: Arena, f: () => void): DispatchPlan {
    const recorded: Recorded[] = (this.recorded = []);
    arena.begin();
    try {
      this.within(arena, f);
      const params = arena.acquireParams(SLOT * recorded.length);
      return new DispatchPlan(this.device, params, recorded, arena.settle());
    } catch (thrown) {
      arena.abandon();
      throw thrown;
    } finally {
      this.recorded = undefined;
    }
  }

  /** Forgets a plan of this arena, whose buffers serve the arena's other plans. */
  release(plan: DispatchPlan, arena: Arena): void {
    this.flush(); // its last replay may wait to be submitted
    arena.releaseParams(plan.params);
  }

  /**
   * Runs a plan after all recorded so far, `perSubmit` dispatches in a submit; the last ones go with the next flush or
   * read.
   */
  replay(plan: DispatchPlan, perSubmit = plan.length): void {
    for (let from = 0; from < plan.length; from += perSubmit) {
      this.flush();
      if (!from) plan.refresh();
      this.inPass((pass) => plan.encode(pass, from, Math.min(plan.length, from + perSubmit)));
    }
  }
}
