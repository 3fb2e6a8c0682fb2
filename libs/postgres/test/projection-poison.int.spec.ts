import { beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@interlock/testing';
import {
  lookAtProjection,
  projectionsOf,
  ProjectionRunner,
  rebuildProjection,
  type Projection,
  type ProjectionAlerts,
} from '../src/index.js';
import { things, ThingLog, type ThingTables } from './things.js';
import { logger, useThings } from './thing-world.js';

type ServiceAlert = {
  readonly what: 'raise' | 'resolve';
  readonly subject: string;
  readonly detail: string;
  readonly cause?: { readonly event_id: string } | null;
};

let told: ServiceAlert[];
let refusals: number;

beforeEach(() => {
  told = [];
  refusals = 0;
});

const take =
  (what: ServiceAlert['what']) =>
  (request: Omit<ServiceAlert, 'what'>): Promise<void> => {
    if (refusals > 0) {
      refusals -= 1;
      return Promise.reject(new Error('nobody serves it'));
    }
    told.push({ ...request, what });
    return Promise.resolve();
  };
const alerts: ProjectionAlerts = { raise: take('raise'), resolve: take('resolve') };
const world = useThings('poison');
const { fill, rows } = world;
const started = (
  projection?: Projection<ThingTables>,
  over: Parameters<typeof world.make>[1] = {},
): Promise<ProjectionRunner<ThingTables>> => world.started(projection, { alerts, lookMs: 20, ...over });
const [plain] = projectionsOf(things());
const rebuild = (projection = plain!) =>
  rebuildProjection({
    pool: world.database.pool,
    store: world.log,
    service: world.service,
    projection,
    logger,
  });
const listed = () => lookAtProjection(world.database.pool, world.log, world.service, plain!);
const raised = (): readonly ServiceAlert[] => told.filter(({ what }) => what === 'raise');

describe('a poisoned event', () => {
  it('is stored with what went wrong, raised at once and once, and told by every instance', async () => {
    await fill(1, 5);
    const [one, two] = [await started(things(1, 'name3')), await started(things(1, 'name3'))];
    await until(() => one.state() === 'failed' && two.state() === 'failed', 'both stand still');
    await until(async () => (await listed()).failure !== null, 'it is stored');
    expect(await listed()).toMatchObject({
      state: 'failed',
      position: '2',
      behind_events: 3,
      handled: 2,
      rows: { thing: 2 },
      failure: {
        event_id: '00000000-0000-4000-8000-000000000003',
        event_type: 'ThingNamed',
        position: '3',
        error: 'this name cannot be projected',
      },
    });
    await until(() => raised().length === 2, 'each instance has told');
    expect(raised().map(({ subject, cause }) => [subject, cause?.event_id])).toEqual(
      [1, 2].map(() => [`${world.service}/things`, '00000000-0000-4000-8000-000000000003']),
    );
    await expect(two.check()).rejects.toMatchObject({
      members: {
        projection: 'things',
        event_id: '00000000-0000-4000-8000-000000000003',
        event_type: 'ThingNamed',
        position: '2',
      },
    });
  });

  it('is told of until someone takes it', async () => {
    refusals = 3;
    await fill(1, 2);
    await started(things(1, 'name2'));
    await until(() => raised().length === 1, 'it was taken in the end');
    expect(refusals).toBe(0);
  });

  it('keeps what the error says of secrets and control characters to itself', async () => {
    const base = things();
    await fill(1, 1);
    const runner = await started({
      ...base,
      handlers: {
        ThingNamed: () => {
          throw new Error('no way to postgres://user:pass@host/db\n\0here');
        },
      },
    });
    await until(async () => (await listed()).failure !== null, 'it is stored');
    expect((await listed()).failure?.error).toBe('no way to postgres://host/db here');
    expect(runner.state()).toBe('failed');
  });

  it('of a batch that is written as a whole is found in few transactions', async () => {
    const inner = things(1, 'name700');
    const held = new WeakMap<object, (() => Promise<unknown>)[]>();
    let flushes = 0;
    const last = await fill(1, 900);
    const runner = await started({
      ...inner,
      handlers: {
        ThingNamed: (event, db) => {
          held.set(db, [
            ...(held.get(db) ?? []),
            async () => {
              await inner.handlers['ThingNamed']!(event, db);
            },
          ]);
        },
      },
      flush: async (db) => {
        flushes += 1;
        for (const write of held.get(db) ?? []) await write();
      },
    });
    await expect(runner.waitFor(last, 60_000)).rejects.toMatchObject({ code: 'read-model-behind' });
    expect(await rows(runner)).toHaveLength(699);
    expect(flushes).toBeLessThan(30);
  });

  it('is not found where events can be applied one after the other but not together', async () => {
    const inner = things();
    const last = await fill(1, 9);
    const runner = await started({
      ...inner,
      load: (events) =>
        events.length > 2 ? Promise.reject(new Error('too many at once')) : Promise.resolve(),
    });
    await runner.waitFor(last, 20_000);
    expect((await rows(runner)).map(({ changes }) => changes)).toEqual(Array(9).fill(1));
  });

  it('is left behind by a rebuild with the handler put right: every instance that stood still follows again, and says so', async () => {
    await fill(1, 4);
    const bad = things(1, 'name2');
    let isMended = false;
    const projection: Projection<ThingTables> = {
      ...bad,
      handlers: { ThingNamed: (event, db) => (isMended ? things() : bad).handlers['ThingNamed']!(event, db) },
    };
    const [one, two] = [await started(projection), await started(projection)];
    await until(() => one.state() === 'failed' && two.state() === 'failed', 'both stand still');
    isMended = true;
    expect(await rebuild()).toMatchObject({ handled: 4, position: '4' });
    await until(() => one.state() === 'following' && two.state() === 'following', 'both follow again');
    const position = await fill(5, 5);
    await Promise.all([one.waitFor(position, 10_000), two.waitFor(position, 10_000)]);
    expect((await rows(one)).map(({ changes }) => changes)).toEqual([1, 1, 1, 1, 1]);
    expect(await listed()).toMatchObject({ state: 'current', failure: null });
    await until(() => told.filter(({ what }) => what === 'resolve').length >= 2, 'both have told');
    await one.check();
  });

  it('is passed by all instances when one of a mended release has passed it', async () => {
    await fill(1, 3);
    const old = await started(things(1, 'name2'));
    await until(() => old.state() === 'failed', 'the old one stands still');
    await started();
    await until(() => old.state() === 'following', 'the old one follows again');
    expect(await listed()).toMatchObject({ state: 'current', failure: null });
  });
});

describe('how far a projection is behind', () => {
  it('is zero where another instance has projected what waits here', async () => {
    let open = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      open = resolve;
    });
    const base = things();
    const slow = await started(
      {
        ...base,
        handlers: {
          ThingNamed: async (event, db) => {
            await held;
            await base.handlers['ThingNamed']!(event, db);
          },
        },
      },
      { idleMs: 600_000, batchSize: 50 },
    );
    const fast = await started();
    const position = await fill(1, 5);
    await fast.waitFor(position);
    await until(() => slow.position()?.commit === position.commit, 'the other has looked');
    expect(slow.lagSeconds()).toBe(0);
    open();
  });

  it('makes it unready and raises the alert beyond the limit, until it follows again', async () => {
    let open = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      open = resolve;
    });
    const base = things();
    const runner = await started(
      {
        ...base,
        handlers: {
          ThingNamed: async (event, db) => {
            await held;
            await base.handlers['ThingNamed']!(event, db);
          },
        },
      },
      { lagLimitS: 0.05 },
    );
    await until(() => runner.state() === 'following', 'it has caught up');
    expect(await runner.check()).toEqual({ lag_seconds: 0 });
    const position = await fill(1, 1);
    await until(() => raised().length === 1, 'the alert is raised');
    expect(raised()[0]).toMatchObject({
      detail: 'the read model is behind for more than its limit of 0.05 s',
      cause: { event_id: '00000000-0000-4000-8000-000000000001' },
    });
    await expect(runner.check()).rejects.toMatchObject({
      code: 'read-model-behind',
      members: { lag_seconds: expect.any(Number) },
    });
    open();
    await runner.waitFor(position, 10_000);
    await until(() => told.at(-1)?.what === 'resolve', 'it is resolved');
    expect(await runner.check()).toEqual({ lag_seconds: 0 });
  });

  it('is seen where the log goes on and its subscription brings nothing', async () => {
    const silent = Object.assign(Object.create(world.log) as ThingLog, {
      subscribe: () => ({ stop: () => Promise.resolve() }),
      append: world.log.append.bind(world.log),
      readAll: world.log.readAll.bind(world.log),
      head: world.log.head.bind(world.log),
    });
    const runner = await started(things(), { store: silent, lagLimitS: 0.05 });
    await fill(1, 1);
    await until(() => runner.lagSeconds() > 0.05, 'it knows');
    await until(() => raised().length === 1, 'the alert is raised');
  });

  it('is zero where only other streams go on', async () => {
    const runner = await started(things(), { lagLimitS: 0.05 });
    await world.log.append(
      'other-demo:1',
      [{ id: '00000000-0000-4000-9000-000000000002', type: 'Other', data: {}, metadata: {} as never }],
      'any',
    );
    const head = await world.log.head();
    await runner.waitFor(head!);
    let looks = 0;
    await until(() => (looks += 1) > 20, 'some looks');
    expect(runner.lagSeconds()).toBe(0);
    expect(raised()).toEqual([]);
  });
});

describe('a projection that meets a poisoned event', () => {
  it('stops the projection after what came before it, and shows in health and metrics', async () => {
    const runner = await world.started(things(1, 'name3'));
    const last = await fill(1, 5);
    await expect(runner.waitFor(last, 10_000)).rejects.toMatchObject({ code: 'read-model-behind' });
    expect((await rows(runner)).map(({ name }) => name)).toEqual(['name1', 'name2']);
    expect(runner.state()).toBe('failed');
    await expect(runner.check()).rejects.toMatchObject({
      code: 'read-model-behind',
      detail: expect.stringContaining('ThingNamed'),
    });
    expect(runner.lagSeconds()).toBeGreaterThan(0);
  });

  it('does not hold what another projection does', async () => {
    const bad = await world.started(things(1, 'name1'));
    const good = await world.started({ ...things(), name: 'good' });
    const position = await fill(1, 3);
    await good.waitFor(position);
    await until(() => bad.state() === 'failed', 'the bad one stands still');
    expect(await rows(good)).toHaveLength(3);
  });

  it('is projected when its handler has been put right', async () => {
    const bad = await world.started(things(1, 'name2'));
    const position = await fill(1, 3);
    await until(() => bad.state() === 'failed', 'it stands still');
    await bad.stop();
    const mended = await world.started();
    await mended.waitFor(position);
    expect((await rows(mended)).map(({ name, changes }) => [name, changes])).toEqual([
      ['name1', 1],
      ['name2', 1],
      ['name3', 1],
    ]);
  });
});
