import { describe, expect, test, vi } from 'vitest';
import { AtelierError } from '../../../src/base/errors/errors';
import { RunControl } from '../../../src/studio/train/runControl';
import type { TrainParts } from '../../../src/studio/train/train';
import { defaultSettings } from '../../../src/base/settings/trainSettings';
import { train } from '../../../src/studio/train/train';
import { bench } from './loopBench';

describe('the loop', () => {
  test('keeps a save that was asked for before the first step, once there is something to keep', async () => {
    const b = bench({ validationEvery: 0, saveEverySteps: 0 });
    b.control.requestSave('manual');
    await b.run(4);
    expect(b.saves.map(({ step, reason }) => `${step} ${reason}`)).toEqual(['1 manual', '4 final']);
  });

  test('does every step once, reports each in order and keeps two in flight', async () => {
    const b = bench({ accumulate: 3, validationEvery: 0, saveEverySteps: 0 });
    expect(await b.run(5)).toBe('finished');
    expect(b.points).toEqual([1, 2, 3, 4, 5]);
    expect(b.state).toMatchObject({ step: 5, cursor: 5 * 3 * 2, tokens: 5 * 3 * 8, trainLoss: 4.95 });
    expect(b.log.filter((l) => l.startsWith('batch'))).toEqual([
      'batch 0',
      'batch 6',
      'batch 12',
      'batch 18',
      'batch 24',
    ]);
    expect(b.log.filter((l) => l.startsWith('step'))[4]).toBe('step 5 @4');
    expect(b.most()).toBe(2);
  });

  test('counts the tokens that were read, graded or not, and no padding', async () => {
    const b = bench({ accumulate: 1, validationEvery: 0, saveEverySteps: 0 });
    const [one, none] = [
      [0, 0, 0, 4],
      [1, 2, 3, 4],
    ];
    const packed = { starts: Int32Array.from([...one, ...none]), positions: new Int32Array(8) };
    const batchesAt = (cursor: number) => b.parts.batchesAt(cursor).map((batch) => ({ ...batch, ...packed }));
    await train(
      { ...defaultSettings(), sampleEvery: 0 },
      b.state,
      { ...b.parts, batchesAt, totalAt: () => 2 },
      b.control,
      b.listener,
      false,
    );
    expect(b.state.tokens).toBe(2 * 3);
  });

  test('trains where nothing is held out, and keeps no loss that is none', async () => {
    const b = bench({ validationEvery: 4, saveEverySteps: 0 });
    b.parts.validate = () => Promise.resolve({ loss: NaN, accuracy: NaN, labels: 0 });
    await b.run(10);
    expect(b.points).toHaveLength(10);
    expect(b.state).not.toHaveProperty('validationLoss');
    expect(b.saves).toEqual([{ step: 10, reason: 'final', best: false }]);
  });

  test('measures at the start, at its interval and at the end, and keeps the best', async () => {
    const b = bench({ validationEvery: 4, saveEverySteps: 0 });
    await b.run(10);
    expect(b.log.filter((l) => l === 'validate')).toHaveLength(4);
    expect(b.saves).toEqual([
      { step: 4, reason: 'best', best: true },
      { step: 8, reason: 'best', best: true },
      { step: 10, reason: 'final', best: true },
    ]);
  });

  test('samples at its interval and at the end, once every number of the steps before is read', async () => {
    const b = bench({ validationEvery: 0, saveEverySteps: 0, sampleEvery: 4 });
    await b.run(10);
    expect(b.samples).toEqual([0, 4, 8, 10]);
  });

  test('samples early and then rarely, since most is learned early', async () => {
    const b = bench({ validationEvery: 0, saveEverySteps: 0, sampleEvery: 50 });
    await b.run(120);
    expect(b.samples).toEqual([0, 10, 30, 50, 100, 120]);
  });

  test('one step at a time: each pauses again, also where it was asked while the run went on', async () => {
    const b = bench({ validationEvery: 0, saveEverySteps: 0 });
    b.control.step();
    const running = b.run(10);
    const paused = (times: number) => vi.waitFor(() => expect(b.pauses.filter((on) => on)).toHaveLength(times));
    await paused(1);
    expect(b.points).toEqual([1]);
    b.control.step();
    await paused(2);
    expect(b.points).toEqual([1, 2]);
    b.control.continue();
    expect(await running).toBe('finished');
    expect(b.points).toHaveLength(10);
  });

  test('a save by hand is kept as one, though it comes to the step of the best', async () => {
    const b = bench({ validationEvery: 2, saveEverySteps: 0 });
    const { onStep } = b.listener;
    b.listener.onStep = (p) => {
      onStep(p);
      if (p.step === 2) b.control.requestSave('manual');
    };
    await b.run(3);
    expect(b.saves[0]).toEqual({ step: 2, reason: 'manual', best: true });
  });

  test('a paused run saves by hand at once, and once', async () => {
    const b = bench({ validationEvery: 0, saveEverySteps: 0 });
    const { onStep } = b.listener;
    b.listener.onStep = (p) => {
      onStep(p);
      if (p.step === 1) b.control.pause();
    };
    const ended = b.run(4);
    const kept = () => b.saves.map(({ step, reason }) => `${step} ${reason}`);
    await vi.waitFor(() => expect(b.pauses).toEqual([true]));
    b.control.requestSave('hidden');
    b.control.requestSave('manual');
    await vi.waitFor(() => expect(kept()).toEqual(['3 pause', '3 manual']));
    b.control.requestSave('manual');
    b.control.continue();
    expect(await ended).toBe('finished');
    expect(kept()).toEqual(['3 pause', '3 manual', '4 final']);
  });

  test('saves by steps, but not twice at one step', async () => {
    const b = bench({ validationEvery: 6, saveEverySteps: 3 });
    await b.run(7);
    expect(b.saves.map((s) => s.step)).toEqual([3, 6, 7]);
  });

  test('a loss that is not finite ends the run before anything is saved over', async () => {
    const b = bench({ validationEvery: 0, saveEverySteps: 4 }, (step) => (step === 8 ? NaN : 1));
    await expect(b.run(20)).rejects.toMatchObject({ code: 'loss-not-finite', facts: { step: 8 } });
    expect(b.saves.map((s) => s.step)).toEqual([4]);
  });

  test('numbers of the first step are those of the weights that it began with: that is no divergence', async () => {
    const first = bench({ validationEvery: 0 }, () => NaN);
    await expect(first.run(5)).rejects.toMatchObject({ code: 'base-overflows', facts: { what: 'loss' } });
    const held = bench({ validationEvery: 4 });
    held.parts.validate = () => Promise.resolve({ loss: held.state.step < 4 ? 1 : NaN, accuracy: 0, labels: 3 });
    await expect(held.run(5)).rejects.toMatchObject({ code: 'loss-not-finite', facts: { step: 4 } });
    held.state.step = 0;
    held.parts.validate = () => Promise.resolve({ loss: Infinity, accuracy: 0, labels: 3 });
    await expect(held.run(5)).rejects.toMatchObject({ facts: { what: 'validation loss' } });
  });

  test('logits that are not finite end the run as a loss does, before anything is saved over', async () => {
    const b = bench({ validationEvery: 0, saveEverySteps: 4, sampleEvery: 4 });
    const { sample } = b.parts;
    const failed = new AtelierError('logits-not-finite');
    b.parts.sample = (step) => (step === 8 ? Promise.reject(failed) : sample(step));
    await expect(b.run(20)).rejects.toMatchObject({ code: 'loss-not-finite', facts: { step: 8, what: 'logits' } });
    expect(b.saves.map((s) => s.step)).toEqual([4]);
    b.state.step = 0;
    b.parts.sample = () => Promise.reject(failed);
    await expect(b.run(20)).rejects.toMatchObject({ code: 'base-overflows', facts: { what: 'logits' } });
  });

  test.each([
    [true, 'finished'],
    [false, 'loss-not-finite'],
  ])('a norm that is not finite ends the run unless its step was skipped: %s', async (overflowed, outcome) => {
    const b = bench({ validationEvery: 0, saveEverySteps: 0 });
    const norms: number[] = [];
    b.listener.onStep = ({ step, gradNorm }) => void (norms[step - 1] = gradNorm);
    const { step } = b.parts;
    let done = 0;
    b.parts.step = async (micro, rate) => {
      const second = ++done === 2;
      const result = await step(micro, rate);
      return second ? { ...result, gradNorm: Infinity, overflowed } : result;
    };
    expect(await b.run(3).catch((thrown: unknown) => (thrown as AtelierError).code)).toBe(outcome);
    expect(norms).toEqual(overflowed ? [1, NaN, 1] : [1]);
  });

  test('a step is charged with its own time, not with what came between it and the step before', async () => {
    const b = bench({ validationEvery: 4, sampleEvery: 6, saveEverySteps: 3, throttle: 'off' });
    let clock = 0;
    const after = (milliseconds: number) => void (clock += milliseconds);
    const tick = () => new Promise((done) => setTimeout(done));
    const { step, validate, sample, save, batchesAt } = b.parts;
    Object.assign(b.parts, {
      now: () => clock,
      batchesAt: (cursor) => (after(10), batchesAt(cursor)),
      step: (micro, rate) => step(micro, rate).finally(() => after(100)),
      validate: () => (after(5000), validate()),
      sample: (at) => (after(7000), sample(at)),
      save: (...of) => (after(3000), save(...of)),
      inTurn: async (work) => {
        await tick();
        await tick(); // an answer takes its turn; the step before it ends meanwhile
        after(900);
        return work();
      },
    } satisfies Partial<TrainParts>);
    const times: number[] = [];
    b.listener.onStep = ({ step: at, milliseconds }) => {
      times.push(milliseconds);
      if (at === 7) b.control.pause();
    };
    b.listener.onPause = (paused) => {
      if (paused) b.control.continue();
      after(60_000);
      return Promise.resolve();
    };
    await b.run(14);
    expect(times).toHaveLength(14);
    // its batch, itself, and the next one's batch meanwhile
    expect(times.filter((time) => time < 100 || time > 120)).toEqual([]);
  });

  test('the rest of a gentle run belongs to its steps, and is as long as they are', async () => {
    const b = bench({ validationEvery: 0, saveEverySteps: 0, throttle: 'gentle' });
    let clock = 0;
    const after = (milliseconds: number) => void (clock += milliseconds);
    const { step } = b.parts;
    Object.assign(b.parts, {
      now: () => clock,
      step: (micro, rate) => step(micro, rate).finally(() => after(100)),
      inTurn: async (work) => (after(900), await work()),
      rest: (milliseconds) => Promise.resolve(after(milliseconds)),
    } satisfies Partial<TrainParts>);
    const times: number[] = [];
    b.listener.onStep = ({ milliseconds }) => void times.push(milliseconds);
    await b.run(4);
    expect(times).toEqual([100, 200, 200, 200]);
  });

  test('a resumed run does not measure or save again at the step of its checkpoint', async () => {
    const b = bench({ validationEvery: 4, saveEverySteps: 4 });
    b.state.step = 4;
    b.state.cursor = 8;
    await b.run(6, true);
    expect(b.log[0]).toBe('batch 8');
    expect(b.saves.map((s) => s.step)).toEqual([6]);
  });

  describe('where the storage is full', () => {
    /** A bench whose saves fail until there is room; `rest` is a minute that the test lets pass. */
    function full() {
      const b = bench({ validationEvery: 0, saveEverySteps: 2 });
      const { save } = b.parts;
      const why: (string | undefined)[] = [];
      let tries = 0;
      let minute = (): void => undefined;
      const world = { room: false };
      b.parts.save = (...given) => {
        tries++;
        return world.room ? save(...given) : Promise.reject(new AtelierError('storage-full', { needed: 1, used: 2 }));
      };
      b.parts.rest = () => new Promise((done) => (minute = done));
      b.listener.onPause = (paused: boolean, error?: AtelierError) => {
        why.push(paused ? error?.code : 'on');
        return Promise.resolve();
      };
      const tried = (times: number) => vi.waitFor(() => expect(tries).toBe(times));
      return { ...b, why, world, tried, minute: () => minute() };
    }

    test('the run waits, says why each time it was asked to go on, and goes on when there is room', async () => {
      const b = full();
      const ended = b.run(3);
      await b.tried(1);
      expect([b.state.step, b.control.wants]).toEqual([2, 'pause']);
      b.control.continue();
      await b.tried(2);
      expect(b.state.step).toBe(2);
      b.world.room = true;
      b.control.continue();
      expect(await ended).toBe('finished');
      expect(b.why).toEqual(['storage-full', 'storage-full', 'on']);
      expect(b.saves.map(({ step, reason }) => `${step} ${reason}`)).toEqual(['2 autosave', '3 final']);
      expect(b.points).toEqual([1, 2, 3]);
    });

    test('it tries again by itself', async () => {
      const b = full();
      const ended = b.run(3);
      await b.tried(1);
      b.world.room = true;
      b.minute();
      expect(await ended).toBe('finished');
    });

    test('a stop while it waits ends it', async () => {
      const b = full();
      const ended = b.run(3);
      await b.tried(1);
      b.control.stop();
      await expect(ended).rejects.toMatchObject({ code: 'storage-full' });
      expect(b.saves).toEqual([]);
    });

    test('a run that was asked to pause or stop still does so once there is room', async () => {
      const b = full();
      const { onStep } = b.listener;
      b.listener.onStep = (p) => {
        onStep(p);
        if (p.step === 1) b.control.pause();
      };
      const ended = b.run(9);
      await b.tried(1);
      b.world.room = true;
      b.minute();
      await vi.waitFor(() => expect(b.why).toEqual(['storage-full', 'on', undefined]));
      expect(b.control.wants).toBe('pause');
      b.control.stop();
      expect(await ended).toBe('stopped');
    });

    test('what is asked of a run that waits holds: one step, a pause, to go on', () => {
      const after = (before: 'go' | 'pause', ask: (control: RunControl) => void, retries: number) => {
        const control = new RunControl();
        if (before === 'pause') control.pause();
        control.hold();
        ask(control);
        for (let i = 0; i < retries; i++) control.hold();
        const other = control.again().wants;
        control.release();
        return [control.wants, other];
      };
      for (const retries of [0, 1, 2]) {
        expect(after('go', (control) => control.step(), retries)).toEqual(['step', 'step']);
        expect(after('go', (control) => control.pause(), retries)).toEqual(['pause', 'pause']);
        expect(after('pause', (control) => control.continue(), retries)).toEqual(['go', 'go']);
        expect(after('pause', () => undefined, retries)).toEqual(['pause', 'pause']);
      }
      expect(after('go', (control) => control.stop(), 0)).toEqual(['stop', 'stop']);
    });

    test('a stop holds, though the run that waits is asked to try again', () => {
      const control = new RunControl();
      control.stop();
      control.hold();
      for (const ask of [() => control.continue(), () => control.step(), () => control.pause()]) {
        ask();
        control.hold();
      }
      control.continue();
      expect(control.again().wants).toBe('stop');
      control.release();
      expect(control.wants).toBe('stop');
    });

    test('on another device the run does not wait for room', () => {
      const control = new RunControl();
      control.hold();
      expect([control.wants, control.again().wants]).toEqual(['pause', 'go']);
    });
  });

  test('pause saves, waits and goes on without measuring twice; stop saves and ends', async () => {
    const b = bench({ validationEvery: 2, saveEverySteps: 0 });
    const onStep = b.listener.onStep;
    b.listener.onStep = (p) => {
      onStep(p);
      if (p.step === 3) b.control.pause();
      if (p.step === 6) b.control.stop();
    };
    const ended = b.run(50);
    while (b.pauses.length === 0) await new Promise((done) => setTimeout(done));
    expect(b.saves.at(-1)).toMatchObject({ reason: expect.stringMatching(/pause|best/) as string });
    const measured = b.log.filter((l) => l === 'validate').length;
    const steps = b.state.step;
    await new Promise((done) => setTimeout(done, 5));
    expect(b.state.step).toBe(steps);
    b.control.continue();
    expect(await ended).toBe('stopped');
    expect(b.pauses).toEqual([true, false]);
    expect(b.saves.at(-1)!.step).toBe(b.state.step);
    expect(b.log.filter((l) => l === 'validate').length).toBeLessThanOrEqual(measured + 2);
  });
});
