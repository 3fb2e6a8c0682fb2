import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { testMetadata, type EventToAppend } from '@interlock/kernel';
import { lookAtProjection, ProjectionRunner, verifyProjection } from '@interlock/postgres';
import {
  buildApps,
  commandLine,
  startLog,
  startPostgres,
  until,
  type TestLog,
  type TestPostgres,
} from '@interlock/testing';
import { allProjections, type ServiceProjection } from '../src/projections.js';

type RunResult = { readonly code: number; readonly stdout: string; readonly stderr: string };

const root = fileURLToPath(new URL('../../../', import.meta.url));
const run = promisify(execFile);
const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
const names = [
  'alerting/alerting',
  'alerting/deliveries',
  'audit/people_records',
  'audit/tree',
  'netconf-gateway/expected_leaves',
  'netconf-gateway/topology',
  'netconf-gateway/transactions',
  'policy-registry/analytics',
  'policy-registry/bundles',
  'policy-registry/evaluations',
  'policy-registry/policies',
  'policy-registry/rollouts',
  'safety-rails/actions',
  'safety-rails/plans',
];
/** These follow streams but take only some of their events. */
const partial = new Set([
  'alerting/deliveries',
  'audit/people_records',
  'netconf-gateway/expected_leaves',
  'netconf-gateway/topology',
  'netconf-gateway/transactions',
  'policy-registry/analytics',
  'policy-registry/evaluations',
  'policy-registry/rollouts',
]);
/** The recorded stream has no channel, no route, and nobody who signed in. */
const without = new Set(['alerting/deliveries', 'audit/people_records']);
let all: readonly ServiceProjection[];

let log: TestLog;
let database: TestPostgres;
const runners: ProjectionRunner<unknown>[] = [];

const cli = async (...args: readonly string[]): Promise<RunResult> => {
  try {
    const { stdout, stderr } = await run(process.execPath, [commandLine, 'projections', ...args], {
      env: { ...process.env, DATABASE_URL: database.connectionString, EVENT_STORE_URL: log.url },
      maxBuffer: 1e8,
    });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as RunResult;
    return { code, stdout, stderr };
  }
};
const tamper = async (sql: string): Promise<void> => {
  await database.pool.query(`begin; select set_config('app.tenant_id', '_all', true); ${sql}; commit`);
};

beforeAll(async () => {
  await buildApps('apps/cli', 'apps/interlock');
  [log, database] = await Promise.all([startLog(), startPostgres()]);
  const lines = readFileSync(join(root, 'fixtures', 'streams', 'demo.ndjson'), 'utf8')
    .trim()
    .split('\n');
  for (const line of lines) {
    const { stream, ...event } = JSON.parse(line) as EventToAppend & { readonly stream: string };
    await log.store.append(stream, [event], 'any');
  }
  // The recorded stream is from a release without plans.
  const { PlanSubmitted: plan } = JSON.parse(
    readFileSync(join(root, 'fixtures', 'rails', 'events.json'), 'utf8'),
  ) as { readonly PlanSubmitted: { readonly plan_id: string } };
  const submitted = { id: randomUUID(), type: 'PlanSubmitted', data: plan, metadata: testMetadata() };
  await log.store.append(`plan-demo:${plan.plan_id}`, [submitted], 'any');
  all = await allProjections();
  for (const { service, projection } of all) {
    // One event a transaction; the result must equal that of a batch.
    const runner = new ProjectionRunner<unknown>({
      pool: database.pool,
      store: log.store,
      service,
      projection,
      logger,
      migrate: true,
      batchSize: 1,
    });
    runners.push(runner);
    await runner.start();
  }
  await until(() => runners.every((runner) => runner.state() === 'following'), 'all follow');
});
afterAll(async () => {
  await Promise.all(runners.map((runner) => runner.stop()));
  await Promise.all([log.stop(), database.stop()]);
});

describe('every projection of the product', () => {
  it('is among those tested here', () =>
    expect(all.map(({ service, projection }) => `${service}/${projection.name}`)).toEqual(names));

  it.each(names)(
    '%s gives the same rows event by event as in one batch, from a recorded stream',
    async (name) => {
      const { service, projection } = all[names.indexOf(name)]!;
      const verified = await verifyProjection({
        pool: database.pool,
        store: log.store,
        service,
        projection,
        logger,
      });
      expect(verified.tables.flatMap(({ first }) => first)).toEqual([]);
      expect(verified).toMatchObject({ same: true });
      if (!without.has(name))
        expect(verified.tables.reduce((sum, { rows }) => sum + rows, 0)).toBeGreaterThan(0);
    },
  );

  it.each(names)('%s skips only events of the recorded stream that do not change it', async (name) => {
    const { service, projection } = all[names.indexOf(name)]!;
    const { handled, skipped, state } = await lookAtProjection(database.pool, log.store, service, projection);
    expect(state).toBe('current');
    expect({ name, handled: handled > 0, skipped }).toEqual({
      name,
      handled: true,
      skipped: partial.has(name) ? expect.any(Number) : 0,
    });
  });
});

describe('interlock projections', () => {
  it('list shows the state of each', async () => {
    const { code, stdout } = await cli('list');
    expect(code).toBe(0);
    for (const name of names) expect(stdout).toContain(name);
    expect(stdout).toMatch(/safety-rails\/actions +(\d+) +\1 +current/);
    const listed = JSON.parse((await cli('list', '--json')).stdout) as readonly {
      readonly service: string;
      readonly behind_events: number;
      readonly failure: unknown;
    }[];
    expect(listed.map(({ behind_events, failure }) => [behind_events, failure])).toEqual(
      names.map(() => [0, null]),
    );
  });

  it('rebuild rebuilds each while its instances run, and they continue', async () => {
    const { code, stdout, stderr } = await cli('rebuild', '--all');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const name of names) expect(stdout).toContain(`${name}  rebuilt at `);
    const { position } = await log.store.append(
      'incident-demo:00000000-0000-4000-8000-0000000000aa',
      [
        {
          id: '00000000-0000-4000-8000-0000000000ab',
          type: 'IncidentOpened',
          metadata: {
            $correlationId: 'c',
            $causationId: 'c',
            tenant_id: 'demo',
            actor: { kind: 'service', service: 's' },
            schema_version: 1,
            occurred_at: '2026-11-20T10:00:00.000Z',
            command_id: 'c',
          },
          data: { severity: 'high', title: 't', detail: 'd', cause: {}, action_id: null, entity_id: null },
        },
      ],
      'any',
    );
    await runners[names.indexOf('alerting/alerting')]!.waitFor(position, 20_000);
    expect((await cli('verify', '--all')).code).toBe(0);
  });

  it('verify names the differences and exits 1, and rebuild repairs them', async () => {
    await tamper(
      `update policy_registry_policies_v1.policies set status = 'forged' where policy_id = 'cell-failover'`,
    );
    const { code, stdout } = await cli('verify', 'policy-registry/policies');
    expect(code).toBe(1);
    expect(stdout).toContain('policy-registry/policies  DIFFERS at ');
    expect(stdout).toContain(
      '{"tenant_id":"demo","policy_id":"cell-failover"} status\n      live     "forged"\n      replayed "active"',
    );
    const report = await cli('verify', 'policy-registry/policies', '--json');
    expect(report.code).toBe(1);
    expect(JSON.parse(report.stdout)).toMatchObject([
      {
        same: false,
        tables: [
          {
            table: 'policies',
            differing: 1,
            first: [{ column: 'status', live: 'forged', replayed: 'active' }],
          },
          { table: 'policy_versions', differing: 0 },
        ],
      },
    ]);
    expect((await cli('rebuild', 'policy-registry/policies')).code).toBe(0);
    expect((await cli('verify', 'policy-registry/policies')).code).toBe(0);
  });

  it('shows the event at which a projection stands still', async () => {
    const runner = runners[names.indexOf('alerting/alerting')]!;
    await log.store.append(
      'incident-demo:poison',
      [
        {
          id: '00000000-0000-4000-8000-0000000000ac',
          type: 'IncidentOpened',
          data: {},
          metadata: {} as never,
        },
      ],
      'any',
    );
    await until(() => runner.state() === 'failed', 'it stands still');
    const { stdout } = await until(
      async () => {
        const ran = await cli('list');
        return ran.stdout.includes('stands still') && ran;
      },
      'it is listed',
      60_000,
    );
    expect(stdout).toMatch(/alerting\/alerting +2 +2 +failed/);
    expect(stdout).toMatch(
      /alerting\/alerting stands still since \S+ at position \d+, event 00000000-0000-4000-8000-0000000000ac \(IncidentOpened\): /,
    );
    const rebuilt = await cli('rebuild', 'alerting/alerting');
    expect(rebuilt.code).toBe(1);
    expect(rebuilt.stderr).toContain('00000000-0000-4000-8000-0000000000ac');
    expect((await cli('verify', '--all')).code).toBe(0);
  });

  it.each([[['rebuild']], [['verify']], [['rebuild', 'safety-rails/actions', '--all']]])(
    '%j names neither one nor all: exit code 2',
    async (args) => {
      expect(await cli(...args)).toMatchObject({
        code: 2,
        stdout: '',
        stderr: expect.stringContaining('SERVICE/NAME'),
      });
    },
  );

  it('lists the existing projections if a name is unknown', async () => {
    expect(await cli('verify', 'nope/nothing')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('safety-rails/actions'),
    });
  });
});
