import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { stream } from '../../src/base/numbers/rng';
import type { StoredRun } from '../e2e/studio';
import { stories } from '../e2e/texts';
import { uninterrupted, Visit } from '../e2e/visit';

/** The long form of the resume test: many kills at random moments of one run. KILLS says how many (20). */
const KILLS = Number(process.env['KILLS'] ?? 20);
const CONFIG = {
  preset: '0.03M',
  contextLength: 32,
  batchSize: 4,
  steps: 20 * KILLS,
  validationEvery: 10,
  validationBatches: 2,
  sampleEvery: 15,
  saveEverySteps: 3,
};
const TEXT = stories(200);

/** A kill may find the browser anywhere: starting, loading a checkpoint, training, saving, or done. */
async function killed(): Promise<{ run: StoredRun; kills: number }> {
  const random = stream(1, 'kills');
  const visit = new Visit();
  await visit.open();
  await visit.studio.trainOn(TEXT, CONFIG);
  await visit.studio.until('run', (r) => r.checkpoints.length > 0);
  let lastStep = 0;
  for (let kills = 0; ; kills++) {
    if (kills < KILLS) await sleep(300 + random.below(2200));
    else await visit.studio.until('run', (r) => r.status === 'finished', 1200);
    const run = (await visit.studio.run('run'))!;
    const kept = Math.max(...run.checkpoints.map((c) => c.step));
    expect(kept, 'a committed checkpoint was lost').toBeGreaterThanOrEqual(lastStep);
    lastStep = kept;
    if (run.status === 'finished') {
      await visit.end();
      return { run, kills };
    }
    await visit.running.kill();
    await visit.start();
    await visit.studio.button(/^(Resume|Start again)/);
  }
}

test(
  'a run killed again and again ends with the losses and the weights of one that was left alone',
  async () => {
    const alone = { ...CONFIG, validationEvery: 0, sampleEvery: 0, saveEverySteps: 500 };
    const whole = await uninterrupted(TEXT, alone, 1200);
    const { run, kills } = await killed();
    console.log(`${kills} kills over ${CONFIG.steps} steps`);
    expect(kills).toBeGreaterThan(KILLS / 4);
    expect(run.losses).toEqual(whole.losses);
    expect(run.checkpoints.at(-1)!.weightsSha256).toBe(whole.checkpoints.at(-1)!.weightsSha256);
  },
  60 * 60_000,
);
