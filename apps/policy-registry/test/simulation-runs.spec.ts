import { describe, expect, it } from '@jest/globals';
import { isProblem, ProblemError } from '@interlock/kernel';
import { runLimits, SimulationRuns, type RunControl, type RunResult } from '../src/simulate/runs.js';

const demo = { tenantId: 'demo', teams: null, by: 'ann' };
const result: RunResult = { summary: { total: 1 }, cases: [{ id: 'a' }] };
const codeOf = (work: () => unknown): string => {
  try {
    work();
    return 'none';
  } catch (error) {
    return isProblem(error) ? error.code : String(error);
  }
};
/** Work that continues on command. */
const held = () => {
  let control: RunControl | undefined;
  let go: (result: RunResult) => void = () => undefined;
  let fail: (error: unknown) => void = () => undefined;
  let began: () => void = () => undefined;
  const started = new Promise<void>((resolve) => {
    began = resolve;
  });
  const work = (given: RunControl): Promise<RunResult> => {
    control = given;
    began();
    return new Promise((resolve, reject) => {
      [go, fail] = [resolve, reject];
    });
  };
  return {
    work,
    started,
    step: (done: number) => control!.step(done, 10),
    end: () => go(result),
    fail: (error: unknown) => fail(error),
  };
};
const eventsOf = async (runs: SimulationRuns, id: string): Promise<unknown[]> => {
  const all: unknown[] = [];
  for await (const { event, data } of runs.watch(demo, id))
    all.push([event, (data as { done: number }).done]);
  return all;
};

describe('a run', () => {
  it('reports its progress and result to every watcher, early or late', async () => {
    const runs = new SimulationRuns(runLimits);
    const one = held();
    const { run_id: id } = runs.start(demo, one.work);
    const watched = runs.watch(demo, id);
    expect((await watched.next()).value).toMatchObject({
      event: 'progress',
      data: { status: 'running', done: 0, total: null },
    });
    await one.started;
    const next = watched.next();
    one.step(3);
    expect((await next).value).toMatchObject({ event: 'progress', data: { done: 3, total: 10 } });
    const last = watched.next();
    one.end();
    expect((await last).value).toMatchObject({
      event: 'done',
      data: { status: 'done', summary: { total: 1 }, expires_at: expect.any(String) },
    });
    expect(await watched.next()).toMatchObject({ done: true });
    expect(await eventsOf(runs, id)).toEqual([['done', 3]]);
    expect(runs.result(demo, id)).toEqual(result);
  });

  it('that fails says so, without internal details', async () => {
    const runs = new SimulationRuns(runLimits);
    for (const [error, code] of [
      [new ProblemError('log-unavailable', 'the log is away'), 'log-unavailable'],
      [new TypeError('x of undefined'), 'internal-error'],
    ] as const) {
      const one = held();
      const { run_id: id } = runs.start(demo, one.work);
      await one.started;
      const events = eventsOf(runs, id);
      one.fail(error);
      expect((await events).at(-1)).toEqual(['failed', 0]);
      expect(runs.view(demo, id)).toMatchObject({ status: 'failed', problem: { code } });
      expect(JSON.stringify(runs.view(demo, id))).not.toContain('undefined');
    }
  });

  it('that is cancelled ends at its next step, permanently', async () => {
    const runs = new SimulationRuns(runLimits);
    const one = held();
    const { run_id: id } = runs.start(demo, one.work);
    await one.started;
    expect(runs.cancel(demo, id)).toMatchObject({ status: 'cancelled' });
    expect(() => one.step(5)).toThrow();
    one.end();
    await new Promise<void>((resolve) => setImmediate(resolve));
    expect(runs.view(demo, id)).toMatchObject({ status: 'cancelled', done: 0 });
    expect(runs.result(demo, id)).toBeNull();
    expect(runs.cancel(demo, id)).toMatchObject({ status: 'cancelled' });
    const done = held();
    const { run_id: other } = runs.start(demo, done.work);
    await done.started;
    done.end();
    await eventsOf(runs, other);
    expect(runs.cancel(demo, other)).toMatchObject({ status: 'done' });
  });

  it('is visible only to its tenant', () => {
    const runs = new SimulationRuns(runLimits);
    const { run_id: id } = runs.start(demo, held().work);
    for (const work of [
      () => runs.view({ ...demo, tenantId: 'other' }, id),
      () => runs.result({ ...demo, tenantId: 'other' }, id),
      () => runs.cancel({ ...demo, tenantId: 'other' }, id),
      () => runs.watch({ ...demo, tenantId: 'other' }, id),
      () => runs.view(demo, 'none'),
    ])
      expect(codeOf(work)).toBe('not-found');
    runs.beforeApplicationShutdown();
    expect(runs.view(demo, id)).toMatchObject({ status: 'cancelled' });
  });

  it('of a person bound to teams is visible to people bound to the same teams or to none', () => {
    const runs = new SimulationRuns(runLimits);
    const { run_id: own } = runs.start({ ...demo, teams: ['ran'] }, held().work);
    const { run_id: everyones } = runs.start(demo, held().work);
    const seen = (teams: readonly string[] | null) =>
      [own, everyones].map((id) => codeOf(() => runs.view({ ...demo, teams }, id)) === 'none');
    expect([seen(['ran']), seen(['core', 'ran']), seen(['core']), seen(null)]).toEqual([
      [true, false],
      [true, false],
      [false, false],
      [true, true],
    ]);
    runs.beforeApplicationShutdown();
  });

  it('that takes too long is ended', async () => {
    const runs = new SimulationRuns({ ...runLimits, longestMs: 1 });
    const one = held();
    const { run_id: id } = runs.start(demo, one.work);
    await one.started;
    expect((await eventsOf(runs, id)).at(-1)).toEqual(['failed', 0]);
    expect(runs.view(demo, id)).toMatchObject({ problem: { code: 'deadline-exceeded' } });
    expect(() => one.step(1)).toThrow();
  });
});

describe('the limits of runs', () => {
  const ended = async (runs: SimulationRuns, cases = 1): Promise<string> => {
    const { run_id: id } = runs.start(demo, () =>
      Promise.resolve({ summary: {}, cases: Array.from({ length: cases }, () => ({})) }),
    );
    for await (const _ of runs.watch(demo, id));
    return id;
  };

  it('allow one principal fewer runs at a time than its tenant', () => {
    const runs = new SimulationRuns({ ...runLimits, runningOfTenant: 3, runningOfPrincipal: 2 });
    for (let i = 0; i < 2; i += 1) runs.start(demo, held().work);
    expect(codeOf(() => runs.start(demo, held().work))).toBe('rate-limited');
    runs.start({ ...demo, by: 'bert' }, held().work);
    expect(codeOf(() => runs.start({ ...demo, by: 'carl' }, held().work))).toBe('rate-limited');
    runs.beforeApplicationShutdown();
  });

  it('allow a tenant a few runs at a time, and a total for all tenants', () => {
    const runs = new SimulationRuns({
      ...runLimits,
      runningOfTenant: 2,
      runningOfPrincipal: 9,
      running: 3,
    });
    const first = runs.start({ ...demo, tenantId: 'a' }, held().work);
    runs.start({ ...demo, tenantId: 'a' }, held().work);
    expect(codeOf(() => runs.start({ ...demo, tenantId: 'a' }, held().work))).toBe('rate-limited');
    runs.start({ ...demo, tenantId: 'b' }, held().work);
    expect(codeOf(() => runs.start({ ...demo, tenantId: 'c' }, held().work))).toBe('rate-limited');
    runs.cancel({ ...demo, tenantId: 'a' }, first.run_id);
    expect(codeOf(() => runs.start({ ...demo, tenantId: 'c' }, held().work))).toBe('none');
    runs.beforeApplicationShutdown();
  });

  it('keep the latest runs, and drop the oldest first', async () => {
    const runs = new SimulationRuns({ ...runLimits, kept: 2 });
    const [one, two, three] = [await ended(runs), await ended(runs), await ended(runs)];
    expect(
      [one, two, three].map((id) => codeOf(() => runs.view(demo, id))).filter((code) => code === 'none'),
    ).toHaveLength(2);
  });

  it('keep a limited number of cases, but always the latest run', async () => {
    const runs = new SimulationRuns({ ...runLimits, keptCases: 5 });
    const one = await ended(runs, 9);
    expect(codeOf(() => runs.view(demo, one))).toBe('none');
    await ended(runs, 9);
    expect(codeOf(() => runs.view(demo, one))).toBe('not-found');
  });

  it('drop a run after its retention', async () => {
    const runs = new SimulationRuns({ ...runLimits, keptMs: -1 });
    const { run_id: own } = runs.start(demo, () => Promise.resolve(result));
    await new Promise<void>((resolve) => {
      setImmediate(() => setImmediate(resolve));
    });
    expect(codeOf(() => runs.view(demo, own))).toBe('not-found');
  });
});
