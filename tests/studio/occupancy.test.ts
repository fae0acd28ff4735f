import { describe, expect, test } from 'vitest';
import { AtelierError } from '../../src/base/errors/errors';
import { Occupancy, type Owner } from '../../src/studio/occupancy';

const RUN: Owner = { kind: 'run', name: 'r' };
const ANSWER: Owner = { kind: 'answer', name: 'a' };

describe('the occupancy of the device', () => {
  test('turns come one after the other, also after one that failed', async () => {
    const { turn } = new Occupancy();
    const order: string[] = [];
    const slow = turn(async () => {
      await new Promise((done) => setTimeout(done, 5));
      order.push('slow');
      throw new Error('failed');
    });
    const next = turn(() => order.push('next'));
    await expect(slow).rejects.toThrow('failed');
    await next;
    expect(order).toEqual(['slow', 'next']);
  });

  test('one run at a time, from its request to its end', () => {
    const occupancy = new Occupancy();
    const end = occupancy.claim(RUN, 'run-busy');
    expect(() => occupancy.claim(RUN, 'run-busy')).toThrow(expect.objectContaining({ facts: { name: 'r' } }));
    end();
    expect(occupancy.claimedBy).toBeUndefined();
    const second = occupancy.claim({ ...RUN, name: 's' }, 'run-busy');
    end(); // a late end is not that of another
    expect(occupancy.claimedBy).toBe('s');
    second();
  });

  test('what is planned is the sum of the leases; a kind is waited for', async () => {
    const occupancy = new Occupancy();
    const run = occupancy.take(RUN, 5);
    const answer = occupancy.take(ANSWER, 2);
    expect(occupancy.planned).toBe(7);
    let left = false;
    const waiting = occupancy.left('run').then(() => (left = true));
    answer.end();
    await Promise.resolve();
    expect([occupancy.planned, left]).toEqual([5, false]);
    run.end();
    await waiting;
    expect(occupancy.planned).toBe(0);
  });

  test('a lost device is told to all that hold something there', () => {
    const occupancy = new Occupancy();
    const told: string[] = [];
    const run = occupancy.take(RUN, 0, ({ code }) => told.push(code));
    const ended = occupancy.take(ANSWER, 0, () => told.push('ended'));
    ended.end();
    occupancy.lose(new AtelierError('device-lost', { detail: '' }));
    expect([run.lost?.code, ended.lost, told]).toEqual(['device-lost', undefined, ['device-lost']]);
  });
});
