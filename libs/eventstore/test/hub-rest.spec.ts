import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createFollower, type LogFollower } from '../src/index.js';
import { held } from './held-log.js';

/** Seconds on the simulated clock. */
const pass = async (s: number, each: () => void = () => undefined): Promise<void> => {
  for (let ms = 0; ms < s * 1000; ms += 100) {
    each();
    await jest.advanceTimersByTimeAsync(100);
  }
};

describe('a hub at rest', () => {
  let follower: LogFollower;
  let log: ReturnType<typeof held>;
  beforeEach(async () => {
    jest.useFakeTimers();
    log = held();
    follower = createFollower(log.store, { name: 'rest', prefixes: ['a-'], onEvent: () => undefined });
    await follower.start();
  });
  afterEach(async () => {
    jest.useRealTimers();
    await follower.stop();
  });

  it("reads the log's end every two seconds, and is proved current within five at any time", async () => {
    const before = log.looks();
    await pass(20, () => expect(follower.confirmedWithin(5000)).toBe(true));
    expect(log.looks() - before).toBe(10);
  });

  it('reads it every half second while somebody asks for proofs of the last two seconds', async () => {
    await pass(4, () => follower.confirmedWithin(2000));
    const before = log.looks();
    await pass(10, () => expect(follower.confirmedWithin(2000)).toBe(true));
    expect(log.looks() - before).toBe(20);
  });

  it('is not current two seconds after the log fell silent', async () => {
    await pass(4, () => follower.confirmedWithin(2000));
    log.hold(true);
    await pass(2.6);
    expect(follower.confirmedWithin(2000)).toBe(false);
    log.hold(false);
  });
});
