import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { InMemoryEventStore, type Position } from '@interlock/kernel';
import { LogPulse, silentAfterMs } from '../src/live/log-pulse.js';

/** A log that can be frozen: it answers nothing until it thaws. */
class FreezingStore extends InMemoryEventStore {
  frozen: Promise<void> = Promise.resolve();
  refuses = false;
  thaw: () => void = () => undefined;

  freeze(): void {
    this.frozen = new Promise((resolve) => {
      this.thaw = resolve;
    });
  }

  override async head(): Promise<Position | null> {
    await this.frozen;
    if (this.refuses) throw new Error('the log is not there');
    return super.head();
  }
}

describe('the pulse of the log', () => {
  const store = new FreezingStore();
  let changes: number;
  let pulse: LogPulse;
  beforeEach(() => {
    jest.useFakeTimers();
    changes = 0;
    pulse = new LogPulse(store, null, () => {
      changes += 1;
    });
  });
  afterEach(() => {
    pulse.stop();
    jest.useRealTimers();
  });

  it('is young while the log answers, and shows where it ends', async () => {
    await jest.advanceTimersByTimeAsync(60_000);
    expect([pulse.silent, changes]).toEqual([false, 0]);
    expect(pulse.now().log_age_ms).toBeLessThanOrEqual(1000);
    expect(pulse.now().position).toBeNull();
  });

  it('falls silent once if the log freezes, ages, and recovers', async () => {
    store.freeze();
    await jest.advanceTimersByTimeAsync(32_000);
    expect([pulse.silent, changes]).toEqual([true, 1]);
    expect(pulse.now().log_age_ms).toBeGreaterThan(30_000);
    store.thaw();
    await jest.advanceTimersByTimeAsync(2000);
    expect([pulse.silent, changes]).toEqual([false, 2]);
    expect(pulse.now().log_age_ms).toBeLessThanOrEqual(silentAfterMs);
  });

  it('falls silent if the log refuses', async () => {
    store.refuses = true;
    await jest.advanceTimersByTimeAsync(10_000);
    expect([pulse.silent, changes]).toEqual([true, 1]);
    store.refuses = false;
  });
});
