import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { actionEndTypes, endStates, subject, type ActionOutcomeV1 } from '@interlock/contracts';
import { collect, type RecordedEvent } from '@interlock/kernel';
import { until } from '@interlock/testing';
import { Installed } from './installed.js';
import { tenant } from './names.js';
import { site } from './network.js';
import { repository } from './stack.js';
import { World } from './world.js';

/**
 * The golden homes, oldest first. tools/golden-home.mjs freezes one with each release, and none is
 * ever changed.
 */
const homes = join(repository, 'fixtures', 'homes');
const releases = readdirSync(homes).sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
/**
 * A built checkout of the earlier release. Without one, another build of this release stands for
 * it, so the procedure is shown and not the difference of two releases.
 */
const earlier = process.env['INTERLOCK_UPGRADE_FROM'] || repository;
/** The long form has a process for each service, the short one three processes for all. */
const long = process.env['INTERLOCK_LONG_TESTS'] === 'true';
const notServices = ['event-store', 'nats', 'postgres', 'device-simulator'];
const lanes = 3;
const outcomes = subject({ kind: 'outcomes', tenant, actionType: 'cell_failover' });

describe.each(releases)('the golden home of %s', (release) => {
  const installed = new Installed();
  const names = Array.from({ length: long ? 150 : 60 }, (_, i) => `u${String(i).padStart(3, '0')}`);
  const world = new World({
    program: installed.program,
    args: ['--no-demo', ...(long ? ['--processes'] : ['--workers', '3'])],
    devices: names.map((name) => site(name)),
  });
  const { network } = world;
  const published: string[] = [];
  const ended = new Set<string>();
  /** The end of the load under way; it publishes nothing more from then on. */
  let endLoad: () => Promise<void> = () => Promise.resolve();

  const isEnd = ({ type }: RecordedEvent): boolean => (actionEndTypes as readonly string[]).includes(type);
  /** True once an action has ended or waits for a person. Reads the log, which is not replaced. */
  const rests = async (id: string): Promise<boolean> => {
    const events = await world.events(id);
    if (events.some(isEnd)) ended.add(id);
    return events.some((event) => isEnd(event) || event.type === 'ApprovalRequested');
  };
  /**
   * Publishes intents, a few at a time, until it is ended. Each cell is changed once; later intents
   * are only decided.
   */
  const startLoad = (cells: readonly string[]): void => {
    let going = true;
    const lane = async (): Promise<void> => {
      while (going) {
        const { length: n } = published;
        const id = await world.publish(
          world.intent(cells[n % cells.length]!, { dry_run: n >= cells.length }),
        );
        published.push(id);
        await until(() => !going || rests(id), `action ${id} rests`);
      }
    };
    const running = Promise.all(Array.from({ length: lanes }, lane));
    running.catch(() => undefined);
    endLoad = async () => {
      going = false;
      await running;
    };
  };
  /** Waits for the end of an action, and cancels it if it waits for a person. */
  const finish = (id: string): Promise<unknown> =>
    until(async () => {
      const { state } = await world.view(id);
      if (state.startsWith('AWAITING_'))
        await world.call('POST', `/api/v1/autonomous/actions/${id}/cancel`, {});
      return (endStates as readonly string[]).includes(state);
    }, `action ${id} has ended`);
  const ready = (): Promise<unknown> =>
    until(async () => (await fetch(`${world.stack.runtime.http}/health/ready`)).ok, 'every service is ready');
  /** The builds that the services of these events ran from. */
  const buildsOf = async (events: readonly RecordedEvent[]): Promise<readonly string[]> => {
    const known = new Map(
      (await collect(world.log.readAll()))
        .filter(({ type }) => type === 'ReleaseStarted')
        .map(({ id, data }) => [id, (data as { readonly build: string }).build]),
    );
    const named = events.flatMap(({ metadata }) => metadata.release ?? []);
    return [...new Set(named.map((id) => known.get(id) ?? `unknown release ${id}`))];
  };

  beforeAll(() => installed.install(earlier, 'the earlier release'));
  afterAll(async () => {
    await endLoad();
    await world.end();
    installed.remove();
  });

  it('is restored and started, its log verifies, and its read models follow from it', async () => {
    const { code, stderr } = await world.stack.cli('restore', join(homes, release));
    expect([code, stderr]).toEqual([0, expect.stringContaining('the people')]);
    await world.start();
    const verified = await world.stack.cli('--tenant', '_system', 'audit', 'verify', '--whole');
    expect([verified.code, verified.stderr]).toEqual([0, expect.any(String)]);
    expect((await world.stack.cli('projections', 'verify', '--all')).code).toBe(0);
  });

  it('takes another release process by process under load, and every intent ends once', async () => {
    await world.provision();
    const cells = names.map((name) => `cell-${name}-1`);
    await Promise.all(cells.map((cell) => network.degrade(cell)));
    await world.teach(...cells);
    const processes = readdirSync(join(world.stack.home, 'pids')).filter(
      (name) => !notServices.includes(name),
    );
    expect(processes.length).toBeGreaterThan(2);
    startLoad(cells);
    await until(() => ended.size > 0, 'an action of the load has ended');
    const [first = ''] = ended;
    const builds = await buildsOf(await world.events(first));

    installed.install(repository, 'the next release');
    for (const name of processes) {
      const old = world.stack.pidOf(name);
      const { length } = published;
      process.kill(old, 'SIGTERM');
      await until(() => world.stack.pidOf(name) !== old, `${name} runs again`);
      await ready();
      await until(() => published.length > length, 'the load goes on');
    }
    // An action that a replaced gateway gave up has counted against what runs by itself.
    await world.forgiveFailures();
    const before = new Set(published);
    await until(
      () => [...ended].some((id) => !before.has(id)),
      'an action that was asked for afterwards has ended',
    );
    const last = [...ended].find((id) => !before.has(id))!;
    const next = await buildsOf(await world.events(last));
    expect([builds.length, next.length]).toEqual([1, 1]);
    expect(next).not.toEqual(builds);

    // The launcher, the edge and the parts that every service needs come last, together.
    await endLoad();
    await world.restart(() => undefined);
    await ready();
    for (const id of published) await finish(id);
    const counts = await Promise.all(
      published.map(async (id) => {
        const events = await world.events(id);
        const of = (is: (event: RecordedEvent) => boolean): number => events.filter(is).length;
        return { id, accepted: of(({ type }) => type === 'IntentAccepted'), ended: of(isEnd) };
      }),
    );
    expect(counts).toEqual(published.map((id) => ({ id, accepted: 1, ended: 1 })));
    expect(new Set(published).size).toBe(published.length);
    // The bus tells an outcome at least once, and always the same.
    const told = await until(async () => {
      const all = (await world.messages<ActionOutcomeV1>('OUTCOMES', outcomes)).map(({ data }) => data);
      return published.every((id) => all.some((one) => one.action_id === id)) && all;
    }, 'every outcome is told');
    const said = new Set(told.map(({ action_id: id, state }) => `${id} ${state}`));
    expect(said.size).toBe(new Set(told.map(({ action_id: id }) => id)).size);
    for (const name of names) expect([name, await network.tentative(`gnb-${name}`)]).toEqual([name, false]);
    const verified = await world.stack.cli('--tenant', '_system', 'audit', 'verify', '--whole');
    expect([verified.code, verified.stderr]).toEqual([0, expect.any(String)]);
    expect((await world.stack.cli('projections', 'verify', '--all')).code).toBe(0);
  });
});
