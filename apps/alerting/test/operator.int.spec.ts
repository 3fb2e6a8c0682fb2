import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from '@jest/globals';
import { collect, type RecordedEvent } from '@interlock/kernel';
import { bareEnvironment, commandLine, until } from '@interlock/testing';
import { rolledBack, worldOf, type Notice } from './world.js';

/** The parser that the repository's tools use; it has no types. */
const yaml: string = 'js-yaml';
const { load } = (await import(yaml)) as { readonly load: (text: string) => unknown };

const root = fileURLToPath(new URL('../../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'interlock-alerts-'));
const token = 'a-token-for-alertmanager-only';
const world = worldOf({
  ALERT_OUTPUT_DIR: join(folder, 'daily'),
  ALERT_OUTPUT_TENANT: 'daily',
  ALERTMANAGER_TOKEN: token,
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ago = (hours: number): string => new Date(Date.now() - hours * 3_600_000).toISOString();
const alertsOf = (tenant: string, name: string): Promise<Notice> =>
  world.listed(`/alerts?name=${name}`, ({ status }) => status === 'firing', tenant);
const events = async (prefix: string): Promise<readonly RecordedEvent[]> =>
  (await collect(world.parts.log.store.readAll())).filter(({ stream }) => stream.startsWith(prefix));

const run = promisify(execFile);
const environment = async (tenant: string): Promise<NodeJS.ProcessEnv> => {
  const { authorization } = await world.parts.issuer.person(['ALERT_READ', 'ALERT_WRITE'], { tenant });
  return {
    ...bareEnvironment,
    HOME: folder,
    INTERLOCK_URL: world.url,
    INTERLOCK_TOKEN: authorization.replace('Bearer ', ''),
    INTERLOCK_TENANT: tenant,
  };
};
const cli = async (
  tenant: string,
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> => {
  try {
    const { stdout, stderr } = await run(process.execPath, [commandLine, '--tenant', tenant, ...args], {
      env: await environment(tenant),
      cwd: folder,
    });
    return { code: 0, stdout, stderr };
  } catch (error) {
    return error as { readonly code: number; readonly stdout: string; readonly stderr: string };
  }
};

describe('alerts by time alone', () => {
  it('fire at the last read position, page again after a day, and are not repeated by a restart', async () => {
    await world.append('brake-clock:brake', 'BrakeEngaged', { reason: 'r' }, ago(5));
    await world.append('brake-again:brake', 'BrakeEngaged', { reason: 'r' }, ago(25));
    const first = await alertsOf('clock', 'brake_engaged');
    expect(first).toMatchObject({ severity: 'critical', episode: 1, manual_intervention_required: false });
    expect(await alertsOf('again', 'brake_engaged')).toMatchObject({ manual_intervention_required: true });
    await world.listed('/incidents', ({ links = [] }) => links.some(({ id }) => id === first.id), 'clock');
    const before = [...(await events('alert-')), ...(await events('incident-'))].length;
    await world.service.stop();
    // An alert in between is not lost, though it ends before anybody reads it.
    await world.append('kill_switch-meanwhile:tenant', 'KillSwitchEngaged', { scope: 'tenant' });
    await world.append('kill_switch-meanwhile:tenant', 'KillSwitchReleased', { scope: 'tenant' });
    await world.startService();
    await alertsOf('meanwhile', 'kill_switch');
    expect((await events('alert-meanwhile')).map(({ type }) => type)).toEqual([
      'AlertFired',
      'AlertResolved',
      'AlertFired',
    ]);
    const after = [...(await events('alert-')), ...(await events('incident-'))].filter(
      ({ stream }) => !stream.includes('-meanwhile:'),
    );
    expect(after).toHaveLength(before);
    await world.append('brake-clock:brake', 'BrakeReleased', { reason: 'r' });
    await world.listed('/alerts?status=resolved', ({ id }) => id === first.id, 'clock');
    await world.listed(
      '/incidents?status=resolved',
      ({ links = [] }) => links.some(({ id }) => id === first.id),
      'clock',
    );
  });
});

describe('an alert that people handle', () => {
  it('is acknowledged in the episode that was seen, silenced with an end, noted, and shown in its timeline', async () => {
    await world.append('rollout-hands:all', 'BundleRolledBack', {
      bundle_id: 'b',
      bundle_version: '1.1.0',
      was: 'active',
      canary_pct: 100,
      restored_version: '1.0.0',
      trigger: 'person',
      reason: 'r',
    });
    const { id } = await alertsOf('hands', 'bundle_rolled_back');
    const post = (what: string, body: object): Promise<{ status: number; body: object }> =>
      world.call('POST', `/alerts/${id}/${what}`, body, 'hands');
    expect(await post('acknowledge', { episode: 2 })).toMatchObject({
      status: 409,
      body: { code: 'wrong-state' },
    });
    expect(await post('acknowledge', { episode: 1, note: 'on it' })).toMatchObject({
      status: 200,
      body: { status: 'acknowledged', episode: 1 },
    });
    expect(await post('silence', { until: ago(1) })).toMatchObject({ status: 422 });
    expect(await post('silence', {})).toMatchObject({ status: 422, body: { code: 'validation-failed' } });
    expect(await post('silence', { until: ago(-1) })).toMatchObject({ status: 200 });
    expect(await post('note', { note: '' })).toMatchObject({ status: 422 });
    expect(await post('note', { note: 'the canary denied too much' })).toMatchObject({ status: 200 });
    expect(await post('resolve', { note: 'n' })).toMatchObject({
      status: 409,
      body: { code: 'wrong-state' },
    });
    const shown = await world.listed(
      '/alerts?silenced=true',
      (n) => n.id === id && 'note' in n && n.note === 'the canary denied too much',
      'hands',
    );
    expect(shown).toMatchObject({
      status: 'acknowledged',
      needs_attention: false,
      evidence: { from: expect.any(String) },
    });
    const { body } = await world.call('GET', `/alerts/${id}/timeline`, undefined, 'hands');
    expect(body.items!.map((one) => (one as unknown as { type: string }).type)).toEqual([
      'AlertFired',
      'AlertAcknowledged',
      'AlertSilenced',
      'AlertNoted',
    ]);
    const incident = await world.listed('/incidents', ({ links = [] }) => links.length === 2, 'hands');
    expect(incident.links!.map(({ kind }) => kind)).toEqual(['bundle', 'alert']);
    const exported = await cli('hands', 'incidents', 'export', incident.id, '--without-events');
    expect(exported.stdout).toContain('| AlertNoted |');
    expect(exported.stdout).toContain('the canary denied too much');
    expect((await cli('hands', 'incidents', 'note', incident.id, 'written up')).stdout).toContain('open');
    expect((await cli('hands', 'incidents', 'resolve', incident.id)).stdout).toContain('resolved');
  });
});

describe('the figures of safe operation', () => {
  it('are computed from the log, tenant by tenant', async () => {
    for (const at of [3, 2])
      await world.append(
        'posture-ops:level',
        'PostureChanged',
        {
          policy: at === 3 ? 'RED' : 'GREEN',
          effective: 'RED',
          previous: { policy: at === 3 ? 'GREEN' : 'RED', effective: 'GREEN' },
        },
        ago(at),
      );
    await world.append('response-ops:r', 'ResponseBlocked', { response_id: 'r', gates: ['rate_limit'] });
    const figures = await until(async () => {
      const { body } = await world.call('GET', '/alerts/operational', undefined, 'ops');
      return (body as { blocked_share_pct?: { value: number } }).blocked_share_pct?.value === 100 && body;
    }, 'the run is counted');
    expect(figures).toMatchObject({ safe: false, policy_flips_24h: { value: 2, below: 3, safe: true } });
    expect((await world.call('GET', '/alerts/operational')).body).toMatchObject({ safe: true });
    await until(
      async () =>
        (await world.parts.issuer.metricsOf(world.url)).includes(
          'interlock_operational_safe{tenant="ops",figure="blocked_share_pct"} 0',
        ),
      'the metric says so',
    );
  });
});

describe('the daily run', () => {
  it('is written if there was none, under the names of the seed', async () => {
    const state = join(folder, 'daily/reports/policy_orchestration_alerts.json');
    await until(() => Promise.resolve(existsSync(state)), 'the report is written');
    expect(JSON.parse(readFileSync(state, 'utf8'))).toMatchObject({
      tenant_id: 'daily',
      alerts: [],
      exit_code: 0,
    });
    expect(
      readFileSync(join(folder, 'daily/logs/policy_orchestration_alerts.jsonl'), 'utf8').split('\n'),
    ).toHaveLength(2);
  });
});

describe('Alertmanager', () => {
  const webhook = (alerts: readonly object[], shown = token): Promise<Response> =>
    fetch(`${world.url}/api/v1/alerts/alertmanager`, {
      method: 'POST',
      headers: { authorization: `Bearer ${shown}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        version: '4',
        groupKey: '{}',
        truncatedAlerts: 0,
        status: 'firing',
        receiver: 'alerting',
        groupLabels: {},
        commonLabels: {},
        commonAnnotations: {},
        externalURL: 'http://a',
        alerts,
      }),
    });
  const alert = (alertname: string, status: string, at: string): object => ({
    status,
    labels: { alertname, service: 'posture', severity: 'critical', tenant: 'prom' },
    annotations: { summary: 'posture does not answer' },
    startsAt: at,
    endsAt: status === 'firing' ? '0001-01-01T00:00:00Z' : ago(0),
    generatorURL: 'http://p',
    fingerprint: 'f',
  });

  it('is accepted only with its token', async () => {
    expect((await webhook([], 'another')).status).toBe(401);
    expect((await webhook([])).status).toBe(200);
  });

  it('is refused where a label is no text, or a time does not exist', async () => {
    const sound = alert('service_down', 'firing', ago(1));
    const faulty = [
      { labels: { alertname: 5 } },
      { annotations: { summary: null } },
      { startsAt: '2026-W48' },
    ];
    for (const members of faulty) expect((await webhook([{ ...sound, ...members }])).status).toBe(422);
  });

  it('adds alerts that alerting does not judge itself to the list, once, and removes them', async () => {
    const since = ago(1);
    const answer = await webhook([
      alert('service_down', 'firing', since),
      alert('kill_switch', 'firing', since),
      alert('', 'firing', since),
    ]);
    expect(await answer.json()).toEqual({ taken: 1, known: 1, unnamed: 1 });
    await webhook([alert('service_down', 'firing', since)]);
    const { id } = await alertsOf('prom', 'service_down');
    expect(await world.listed('/alerts', (n) => n.id === id, 'prom')).toMatchObject({
      fired: 1,
      severity: 'critical',
    });
    await webhook([alert('service_down', 'resolved', since)]);
    await world.listed('/alerts?status=resolved', (n) => n.id === id, 'prom');
    await webhook([alert('service_down', 'firing', since)]);
    expect((await events(`alert-prom:${id}`)).map(({ type }) => type)).toEqual([
      'AlertFired',
      'AlertResolved',
    ]);
  });
});

describe("the alerts' workflow, with each step run in a shell", () => {
  type Step = { readonly name?: string; readonly id?: string; readonly run?: string; readonly if?: string };
  const workflow = load(
    readFileSync(join(root, 'deploy/github/policy_orchestration_alerts.yml'), 'utf8'),
  ) as {
    readonly jobs: { readonly run: { readonly steps: readonly Step[] } };
  };
  const bin = join(folder, 'bin');
  const repository = join(folder, 'repository');
  const remote = join(folder, 'remote.git');
  const git = (...args: readonly string[]): string =>
    spawnSync('git', args, { cwd: repository, encoding: 'utf8' }).stdout;

  it('checks, opens issues, commits, and fails if something needs attention', async () => {
    mkdirSync(bin);
    mkdirSync(repository);
    spawnSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', remote]);
    git('init', '--quiet', '--initial-branch=main');
    git('remote', 'add', 'origin', remote);
    writeFileSync(join(bin, 'interlock'), `#!/bin/sh\nexec "${process.execPath}" "${commandLine}" "$@"\n`, {
      mode: 0o755,
    });
    writeFileSync(join(bin, 'npm'), '#!/bin/sh\n', { mode: 0o755 });
    const tarball = join(folder, 'interlock-cli-1.0.0.tgz');
    writeFileSync(tarball, 'a package');
    writeFileSync(
      join(bin, 'gh'),
      `#!/bin/sh\nif [ "$2" = list ]; then echo 0; else printf '%s\\n' "$4" >> "${folder}/issues"; fi\n`,
      { mode: 0o755 },
    );
    await world.append('action-flow:a-1', 'ActionRollbackFailed', rolledBack);
    await alertsOf('flow', 'rollback_failed');
    const env = await environment('flow');
    const statuses: { [name: string]: number | null } = {};
    for (const { name = '', run: script, if: condition } of workflow.jobs.run.steps) {
      if (script === undefined) continue;
      // As on GitHub, a step runs after a failure if its condition says so.
      if (condition === "steps.run.outcome == 'success'" && statuses['Check the alerts'] !== 0) continue;
      // The service runs in this process, so nothing here may block it.
      const status = await run('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], {
        cwd: repository,
        env: {
          ...env,
          PATH: `${bin}:${env['PATH'] ?? ''}`,
          GH_TOKEN: 'stub',
          RUNNER_TEMP: bin,
          INTERLOCK_CLI: tarball,
          INTERLOCK_CLI_SHA512: createHash('sha512').update('a package').digest('hex'),
        },
      }).then(
        () => 0,
        (error: { readonly code: number }) => error.code,
      );
      statuses[name] = status;
    }
    expect(statuses).toEqual({
      Install: 0,
      'Check the alerts': 1,
      'Open issues for critical and high': 0,
      'Commit the state': 0,
      'Fail where something needs attention': 1,
    });
    expect(readFileSync(join(folder, 'issues'), 'utf8')).toMatch(
      /^rollback_failed \([-0-9a-f]{36}, episode 1\)\n$/,
    );
    expect(git('log', '-1', '--format=%s', 'main')).toBe('Update the alerts [skip ci]\n');
    expect(git('show', '--stat', '--format=', 'HEAD')).toContain('reports/policy_orchestration_alerts.json');
    expect(readFileSync(join(repository, 'audit_summary.md'), 'utf8')).toMatch(
      /^<!-- POLICY_ALERT: CREATED \S+ -->\n$/,
    );
    const { id } = await alertsOf('flow', 'rollback_failed');
    expect((await cli('flow', 'alerts', 'ack', id, '--note', 'on it')).stdout).toContain(
      'acknowledged, episode 1',
    );
    await world.listed('/alerts?status=acknowledged', (n) => n.id === id, 'flow');
    expect((await cli('flow', 'alerts', 'check')).code).toBe(0);
    expect((await cli('flow', 'alerts', 'list', '--name', 'rollback_failed')).stdout).toContain(id);
    expect((await cli('flow', 'alerts', 'silence', id)).code).toBe(2);
    expect((await cli('flow', 'alerts', 'silence', id, '--until', '2h')).stdout).toContain('acknowledged');
  });
});

describe('a channel that uses a secret', () => {
  it('is set, changed and removed only by a person, never by a service', async () => {
    const slack = { kind: 'slack', url_ref: 'env:CHANNEL_KEEPERS__SLACK' };
    const ask = async (by: 'person' | 'service', method: string, id: string): Promise<unknown> => {
      const response = await fetch(`${world.url}/api/v1/alerts/channels/${id}`, {
        method,
        headers: {
          ...(await world.parts.issuer[by](['ALERT_WRITE'], { tenant: 'keepers' })),
          ...(method === 'PUT' ? { 'content-type': 'application/json' } : {}),
        },
        ...(method === 'PUT' ? { body: JSON.stringify(slack) } : {}),
      });
      if (response.status === 202) return 'asked';
      return response.ok ? 'taken' : ((await response.json()) as { readonly code: string }).code;
    };
    expect(await ask('service', 'PUT', 'ours')).toBe('person-required');
    expect(await ask('person', 'PUT', 'ours')).toBe('taken');
    for (const method of ['PUT', 'DELETE'])
      expect(await ask('service', method, 'ours')).toBe('person-required');
    expect(await ask('person', 'DELETE', 'ours')).toBe('asked');
  });
});
