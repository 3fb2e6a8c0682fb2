import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { streamName, systemTenant } from '@interlock/contracts';
import { collect, type RecordedEvent } from '@interlock/kernel';
import { newId, type RunningService } from '@interlock/platform';
import { responseStream, runsStream, type ResponseEvent } from '@interlock/posture';
import { startParts, testContext, until, type Parts } from '@interlock/testing';
import { start } from '../src/main.js';
import { OtherServices } from './other-services.ts';

const outputCases = JSON.parse(
  readFileSync(new URL('../../../fixtures/acceptance/posture_outputs.json', import.meta.url), 'utf8'),
) as { readonly cases: readonly { readonly id: string; readonly expect: { fix_branch_matches?: string } }[] };
const branchPattern = new RegExp(
  outputCases.cases.find(({ id }) => id === 'out.malformed_json')?.expect.fix_branch_matches ?? '^$',
);

const home = mkdtempSync(join(tmpdir(), 'interlock-posture-runs-'));
const [remote, inputs] = [join(home, 'remote.git'), join(home, 'in')];
let parts: Parts;
let others: OtherServices;
const running: RunningService[] = [];

/** Starts an instance of the service and returns its index. */
const begin = async (environment: Record<string, string>): Promise<number> => {
  running.push(await start({ ...testContext(parts, 'posture', environment), clock: () => clock }));
  return running.length - 1;
};
const git = (...args: readonly string[]): string =>
  execFileSync('git', args, { cwd: remote, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
const input = (path: string, text: string): void => {
  mkdirSync(join(inputs, path, '..'), { recursive: true });
  writeFileSync(join(inputs, path), text);
};

type Run = {
  readonly response_id: string;
  readonly status: string;
  readonly mode: string;
  readonly trigger: string;
  readonly gates: readonly string[];
  readonly detail: string | null;
  readonly results: readonly {
    readonly action: string;
    readonly state: string;
    readonly passed: boolean | null;
    readonly stdout: string;
  }[];
};
const call = async <T>(
  method: string,
  path: string,
  tenant: string,
  body?: object,
  instance = running.length - 1,
  as: 'service' | 'person' = 'service',
): Promise<T> => {
  const bearer = await parts.issuer[as](['POSTURE_READ', 'POSTURE_WRITE'], { tenant });
  const response = await fetch(`http://127.0.0.1:${running[instance]!.http.port}/api/v1${path}`, {
    method,
    headers: { ...bearer, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return (await response.json()) as T;
};
const report = (tenant: string, name: string, value: unknown): Promise<object> =>
  call('PUT', `/posture/signals/${name}`, tenant, { value });
const runsOf = async (tenant: string): Promise<readonly Run[]> =>
  (await call<{ readonly items: readonly Run[] }>('GET', '/responses', tenant)).items;
const ended = (tenant: string, is: (run: Run) => boolean): Promise<Run> =>
  until(
    async () => (await runsOf(tenant)).find((run) => is(run) && run.status !== 'running'),
    `a run of ${tenant} has ended`,
  );
const applied = async (tenant: string, policy: string): Promise<Run> => {
  const { response_id: id } = await call<Run>('POST', '/responses/run', tenant, { policy, apply: true });
  return ended(tenant, ({ response_id }) => response_id === id);
};
const events = (stream: string): Promise<readonly RecordedEvent[]> => collect(parts.log.store.read(stream));

/** Yesterday, so that the database's clock is ahead of the service's. */
const due = `${new Date(Date.now() - 86_400_000).toISOString().slice(0, 10)}T04:45:00.000Z`;
let clock = due.replace('04:45:00.000', '04:44:59.999');

beforeAll(async () => {
  parts = await startParts();
  others = new OtherServices(parts);
  mkdirSync(remote);
  git('init', '--quiet', '--bare', '--initial-branch', 'main');
  input('exports/integrity_metrics_registry.csv', 'timestamp,integrity_score\n1,97\n2,92\n');
  await begin({
    POLICY_AUTO_APPLY: 'true',
    POSTURE_INPUT_DIR: inputs,
    POSTURE_INPUT_TENANT: 'filed',
    POSTURE_OUTPUT_GIT: remote,
    POSTURE_STATE_DIR: join(home, 'state'),
  });
});
afterAll(async () => {
  others.onSubmit = 'answer';
  await Promise.all(running.map((service) => service.stop()));
  await parts.stop();
  rmSync(home, { recursive: true, force: true });
});

describe('an automatic run', () => {
  it('begins on a change of level and is applied if the environment says so, and again after the evaluation at 04:45 UTC', async () => {
    await report('daily', 'forecast_risk', 'medium');
    expect(await ended('daily', ({ trigger }) => trigger === 'level')).toMatchObject({
      status: 'completed',
      mode: 'apply',
      results: [
        { action: 'integrity_check', state: 'COMPLETED', passed: true },
        { action: 'schema_validation', state: 'COMPLETED', passed: true },
      ],
    });
    await until(async () => (await runsOf('filed')).length > 0, 'the files have changed a level');
    input('federation/weighted_consensus.json', '{');
    expect(await events(runsStream(systemTenant))).toEqual([]);

    clock = due;
    expect(await ended('daily', ({ trigger }) => trigger === 'schedule')).toMatchObject({
      status: 'completed',
      mode: 'apply',
    });
    await until(async () => (await events(runsStream(systemTenant))).length > 0, 'all are evaluated');
    const recorded = await Promise.all(
      ['daily', 'filed', systemTenant].map(async (tenant) =>
        (await events(runsStream(tenant))).map(({ type, data }) => [
          type,
          (data as { readonly due_at: string }).due_at,
        ]),
      ),
    );
    expect(recorded).toEqual([
      [['PostureEvaluated', due]],
      [['PostureRunFailed', due]],
      [['PostureEvaluated', due]],
    ]);
  });

  it('does not begin after a failed evaluation (resp.chain.failure), which leaves a fix branch with its logs', async () => {
    const [failed] = await events(runsStream('filed'));
    const { branch, detail } = failed!.data as { readonly branch: string; readonly detail: string };
    expect(branch).toMatch(branchPattern);
    expect(detail).toBe('federation/weighted_consensus.json is not JSON');
    expect(git('show', `${branch}:tenants/filed/audit_summary.md`)).toMatch(
      /^<!-- POLICY_ORCHESTRATION: FAILED [-0-9T:]{19}\+00:00 -->$/,
    );
    const log = git('ls-tree', '-r', '--name-only', branch)
      .split('\n')
      .find((name) => name.includes('/logs/'));
    expect(git('show', `${branch}:${log!}`)).toContain(detail);
    expect(git('show', 'main:tenants/filed/audit_summary.md')).toContain('UPDATED');
    expect((await runsOf('filed')).map(({ trigger }) => trigger)).not.toContain('schedule');
  });
});

describe('the trust guard', () => {
  it('is not unlocked without a reason, not even by force (resp.unlock_without_reason)', async () => {
    await call('POST', '/posture/trust/lock', 'guarded', { reason: 'a drill' });
    const unlock = call('POST', '/posture/trust/unlock', 'guarded', { force: true }, undefined, 'person');
    expect(await unlock).toMatchObject({
      code: 'validation-failed',
      violations: [{ pointer: '/reason' }],
    });
    expect(await call('GET', '/posture/trust', 'guarded')).toMatchObject({ locked: true });
  });

  it('is locked, and its count reset, without a reason, as the brake is engaged and released', async () => {
    const byPerson = (path: string, body?: object) =>
      call('POST', `/posture/${path}`, 'hasty', body, undefined, 'person');
    expect(await byPerson('trust/lock')).toMatchObject({ locked: true });
    expect(await byPerson('trust/unlock', { reason: 'a drill' })).toMatchObject({ unlocks_today: 1 });
    expect(await byPerson('trust/reset-unlocks', {})).toMatchObject({ unlocks_today: 0 });
    expect(await byPerson('brake/engage')).toMatchObject({ engaged: true });
    expect(await byPerson('brake/release', {})).toMatchObject({ engaged: false });
    expect(await byPerson('brake/engage', { reason: ' ' })).toMatchObject({
      violations: [{ pointer: '/reason' }],
    });
  });

  it('has runs that end with the last page', async () => {
    expect(await call('GET', `/responses?cursor=${newId()}`, 'guarded')).toMatchObject({
      code: 'validation-failed',
      violations: [{ pointer: '/query/cursor' }],
    });
  });
});

describe('a run of responses', () => {
  it('finds a row of the CSV input that violates its schema', async () => {
    input('exports/integrity_metrics_registry.csv', 'timestamp,integrity_score\n1,x\n2,97\n3\n');
    const { results } = await applied(systemTenant, 'YELLOW');
    expect(results[1]).toMatchObject({ action: 'schema_validation', state: 'COMPLETED', passed: false });
    expect(results[1]?.stdout).toContain(
      'exports/integrity_metrics_registry.csv/1/integrity_score must be a number from 0 to 100',
    );
    const checks = (await events(streamName('posture', systemTenant, 'checks'))).map(({ data }) => data);
    expect(checks).toContainEqual(
      expect.objectContaining({ kind: 'schema_validation', passed: false, checked: 203, failed: 2 }),
    );
  });

  it('that is refused, and one whose action cannot be done, fail with a fix branch each', async () => {
    others.onSubmit = { code: 'validation-failed', detail: 'no such action type' };
    const refused = await applied('refused', 'YELLOW');
    others.onSubmit = 'answer';
    // The directory for the mirror is missing.
    const undone = await applied('undone', 'RED');
    for (const [tenant, run, why] of [
      ['refused', refused, 'integrity_check was refused: validation-failed: no such action type'],
      ['undone', undone, 'integrity_anchor_mirror could not be done'],
    ] as const) {
      expect(run).toMatchObject({ status: 'failed', detail: expect.stringContaining(why) });
      const last = (await events(responseStream(tenant, run.response_id))).at(-1) as unknown as ResponseEvent;
      const branch = last.type === 'ResponseFailed' ? last.data.branch : null;
      expect(branch).toMatch(branchPattern);
      expect(git('show', `${branch!}:tenants/${tenant}/audit_summary.md`)).toContain('FAILED');
      expect(git('log', '-1', '--format=%B', branch!)).toContain(`Run: ${run.response_id}`);
    }
  });

  it('is one of ten a day that the log counts, whichever instance is asked', async () => {
    await begin({ POLICY_AUTO_APPLY: 'TRUE' });
    const earlier = Array.from({ length: 9 }, (_, i) => `earlier-${i}`);
    for (const response_id of earlier) {
      const data = { response_id, policy: 'YELLOW', mode: 'apply', trigger: 'person', actions: [] };
      await others.append(responseStream('limited', response_id), 'ResponsePlanned', data);
    }
    others.onSubmit = 'hold';
    const answers = await Promise.all(
      [0, 1, 0, 1].map((instance) =>
        call<Run>('POST', '/responses/run', 'limited', { policy: 'YELLOW', apply: true }, instance),
      ),
    );
    // Nine make the level RED, whose own run may be the tenth.
    const blocked = answers.filter(({ status }) => status === 'blocked');
    expect(blocked.length).toBeGreaterThanOrEqual(3);
    for (const { gates } of blocked) expect(gates).toEqual(['rate_limit']);
    const all = await collect(parts.log.store.readAll());
    // Dry runs change nothing, so they do not count. The dry instance may add its own.
    const planned = all.filter(
      ({ type, stream, data }) =>
        type === 'ResponsePlanned' &&
        stream.startsWith('response-limited:') &&
        (data as { readonly mode: string }).mode === 'apply',
    );
    expect(planned).toHaveLength(10);
  });

  it('is dry where the environment says anything but `true`', async () => {
    await running.shift()!.stop();
    await report('cautious', 'forecast_risk', 'high');
    expect(await ended('cautious', ({ trigger }) => trigger === 'level')).toMatchObject({
      status: 'completed',
      mode: 'dry-run',
      results: [{ state: 'DRY_RUN' }, { state: 'DRY_RUN' }, { state: 'DRY_RUN' }],
    });
  });
});
