import { createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { until } from '@interlock/testing';
import { Registry } from 'prom-client';
import { createLogger, watchLoop } from '../src/index.js';
import { LoopHolds } from '../src/observe/loop-holds.js';
import { LoopClock } from '../src/observe/loop-watch.js';

describe('looks at the counter of beats', () => {
  it('tells once that the loop is held, and once that it is free', () => {
    const holds = new LoopHolds(250, 1000);
    const beats = [1, 2, 2, 2, 2, 2, 2, 2, 3, 4];
    expect(beats.map((beat, at) => holds.look(beat, at * 250))).toEqual([
      ...Array.from({ length: 5 }, () => undefined),
      { kind: 'held', heldMs: 1000 },
      undefined,
      undefined,
      { kind: 'free', heldMs: 1750 },
      undefined,
    ]);
  });

  it('do not take a process that stood still for a held loop', () => {
    const holds = new LoopHolds(250, 1000);
    expect([0, 250, 3_600_000, 3_600_250].map((now) => holds.look(1, now))).toEqual([
      undefined,
      undefined,
      undefined,
      { kind: 'held', heldMs: 1000 },
    ]);
  });
});

describe('the earliest arrival', () => {
  it('is now while the loop is free', () => {
    const clock = new LoopClock(0);
    expect([clock.beat(100), clock.beat(205), clock.arrivedAt(210)]).toEqual([0, 0, 210]);
  });

  it('is the beginning of a hold for what is read right after it, before the next beat and after', () => {
    const clock = new LoopClock(0);
    clock.beat(100);
    expect(clock.arrivedAt(7400)).toBe(100);
    expect(clock.beat(7400)).toBe(7300);
    expect([clock.arrivedAt(7450), clock.arrivedAt(7599), clock.arrivedAt(7600)]).toEqual([100, 100, 7600]);
  });

  it('goes back over holds that follow one another', () => {
    const clock = new LoopClock(0);
    clock.beat(100);
    clock.beat(3000);
    expect(clock.arrivedAt(3500)).toBe(100);
    clock.beat(3500);
    expect(clock.arrivedAt(3550)).toBe(100);
  });
});

describe('a loop that is really held', () => {
  it('is told of while it is held, and counted once it is free', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'loop-watch-'));
    const file = join(folder, 'log');
    const destination = createWriteStream(file, { flags: 'a' });
    const lines = (): Record<string, unknown>[] =>
      readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    await new Promise((resolve) => destination.once('open', resolve));
    const [metrics, other] = [new Registry(), new Registry()];
    const logger = createLogger({ name: 'held', destination });
    const ends = [watchLoop(logger, metrics), watchLoop(logger, other)];
    try {
      // Nothing but another thread can write while this goes on.
      while (lines().length === 0);
      expect(lines()).toMatchObject([
        { level: 'error', name: 'held', message: 'the event loop is held: this process answers nothing' },
      ]);
      expect(Number(lines()[0]!['held_ms'])).toBeGreaterThanOrEqual(1000);
      for (const registry of [metrics, other])
        await until(
          async () => /^event_loop_holds_total 1$/m.test(await registry.metrics()),
          'the hold is counted',
        );
      expect(
        Number(/^event_loop_held_seconds_total (\S+)$/m.exec(await metrics.metrics())![1]),
      ).toBeGreaterThan(1);
      await until(() => lines().length > 1, 'it is told that the loop is free');
      expect(lines()[1]).toMatchObject({ level: 'warn', message: 'the event loop is free again' });
    } finally {
      for (const end of ends) await end();
      destination.end();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
