import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ReportWindows } from '../src/report-window.js';

type Report = { readonly atMs: number; readonly bad: number };

/** A window that the test ends, and the reports that passed it. */
const world = () => {
  const written: Report[] = [];
  const between: Report[] = [];
  let end: (() => void) | undefined;
  const windows = new ReportWindows<Report, Report>({
    write: (report) => {
      written.push(report);
      return Promise.resolve(report);
    },
    isWorse: (a, b) => a.bad > b.bad,
    isOlder: (a, b) => a.atMs < b.atMs,
    between: (report) => {
      between.push(report);
      return Promise.resolve();
    },
    superseded: () => new Error('superseded'),
    after: (_ms, run) => {
      end = run;
      return setTimeout(() => undefined, 0);
    },
  });
  const taken = (report: Report) =>
    windows.take('k', report).then(
      () => 'kept',
      (error: unknown) => (error as Error).message,
    );
  return {
    written,
    between,
    windows,
    taken,
    end: async () => {
      end?.();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
};

describe('the reports of a second', () => {
  it('pass immediately while there is one', async () => {
    const { taken, written, end } = world();
    expect(await taken({ atMs: 1, bad: 0 })).toBe('kept');
    await end();
    expect(await taken({ atMs: 2, bad: 0 })).toBe('kept');
    expect(written).toHaveLength(2);
  });

  it('pass immediately if they are worse', async () => {
    const { taken, written } = world();
    await taken({ atMs: 1, bad: 0 });
    expect(await taken({ atMs: 2, bad: 5 })).toBe('kept');
    expect(written.map(({ bad }) => bad)).toEqual([0, 5]);
  });

  it('pass as the newest and the worst at its end, the worst first and recorded before the newest', async () => {
    const { taken, written, between, end } = world();
    const first = [taken({ atMs: 1, bad: 3 })];
    const answers = [2, 1, 3, 0, 1].map((bad, i) => taken({ atMs: i + 2, bad }));
    await Promise.all(first);
    await end();
    expect(await Promise.all(answers)).toEqual(['superseded', 'superseded', 'kept', 'superseded', 'kept']);
    expect(written.map(({ bad }) => bad)).toEqual([3, 3, 1]);
    expect(between.map(({ bad }) => bad)).toEqual([3]);
  });

  it('keep the newest by its date, where an older one comes after it', async () => {
    const { taken, written, end } = world();
    const answers = [1, 9, 5].map((atMs) => taken({ atMs, bad: 0 }));
    await end();
    expect(await Promise.all(answers)).toEqual(['kept', 'kept', 'superseded']);
    expect(written.map(({ atMs }) => atMs)).toEqual([1, 9]);
  });

  it('keep windows of other signals apart', async () => {
    const { windows, written } = world();
    await Promise.all([windows.take('a', { atMs: 1, bad: 0 }), windows.take('b', { atMs: 1, bad: 0 })]);
    expect(written).toHaveLength(2);
  });

  it('are written at the end of the process', async () => {
    const { taken, windows, written } = world();
    await taken({ atMs: 1, bad: 1 });
    const waiting = taken({ atMs: 2, bad: 0 });
    await windows.drain();
    expect(await waiting).toBe('kept');
    expect(written).toHaveLength(2);
  });

  it('are reduced from ten thousand to four', async () => {
    const { taken, written, end } = world();
    const answers = Array.from({ length: 10_000 }, (_, i) =>
      taken({ atMs: i, bad: i === 1 ? 40 : i === 7_000 ? 71 : 30 + (i % 10) }),
    );
    await end();
    const answered = await Promise.all(answers);
    expect(answered.filter((answer) => answer === 'superseded')).toHaveLength(9_996);
    expect(written).toEqual([
      { atMs: 0, bad: 30 },
      { atMs: 1, bad: 40 },
      { atMs: 7_000, bad: 71 },
      { atMs: 9_999, bad: 39 },
    ]);
  });

  it('are at most four in any number, with the newest and the worst of all, each answered', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(100), { minLength: 1, maxLength: 300 }), async (values) => {
        const { taken, written, end } = world();
        const answers = values.map((bad, i) => taken({ atMs: i, bad }));
        await end();
        const kept = (await Promise.all(answers)).filter((answer) => answer === 'kept').length;
        expect(kept).toBe(written.length);
        expect(written.length).toBeLessThanOrEqual(4);
        expect(Math.max(...written.map(({ bad }) => bad))).toBe(Math.max(...values));
        expect(Math.max(...written.map(({ atMs }) => atMs))).toBe(values.length - 1);
      }),
      { numRuns: 50 },
    );
  });
});
