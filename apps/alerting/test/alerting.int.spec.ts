import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { collect } from '@interlock/kernel';
import { RpcClient } from '@interlock/jetstream';
import { until } from '@interlock/testing';
import { encodeCursor } from '@interlock/postgres';
import { rolledBack, worldOf, type Notice, type World } from './world.js';

const world = worldOf();
const append: World['append'] = (...of) => world.append(...of);
const call: World['call'] = (...of) => world.call(...of);
const listed: World['listed'] = (...of) => world.listed(...of);

describe('alerting on the real log, bus and database', () => {
  it('a rolled-back action opens an incident that a person acknowledges and resolves', async () => {
    await append('action-demo:a-1', 'ActionRolledBack', rolledBack);
    const incident = await listed('/incidents', (n) => n.action_id === 'a-1');
    expect(incident).toMatchObject({ status: 'open', severity: 'high' });
    expect(await call('POST', `/incidents/${incident.id}/acknowledge`, { note: 'on it' })).toMatchObject({
      status: 200,
      body: { status: 'acknowledged' },
    });
    expect(await call('POST', `/incidents/${incident.id}/resolve`, {})).toMatchObject({
      body: { status: 'resolved' },
    });
    const resolved = await listed('/incidents?status=resolved', (n) => n.id === incident.id);
    expect(resolved.acknowledged_by).toMatch(/^person:/);
  });

  it('an engaged kill switch fires an alert, its release resolves it', async () => {
    await append('kill_switch-demo:tenant', 'KillSwitchEngaged', { scope: 'tenant' });
    const alert = await listed('/alerts?status=firing', (n) => n.severity === 'critical');
    await append('kill_switch-demo:tenant', 'KillSwitchReleased', { scope: 'tenant' });
    await listed('/alerts?status=resolved', (n) => n.id === alert.id);
    expect(await call('POST', `/alerts/${alert.id}/acknowledge`, {})).toMatchObject({
      status: 409,
      body: { code: 'wrong-state' },
    });
  });

  it('a twin that loses its vote fires an alert, which ends once its misses are old enough', async () => {
    const outcomes = async (from: number, count: number, impact_delta: number): Promise<void> => {
      for (let i = from; i < from + count; i += 1)
        await append('trace-voteless:2026-11-20', 'TraceRecorded', {
          trace_id: `t${i}`,
          action_type: 'cell_failover',
          impact_delta,
          predicted: { confidence_interval: [-2, 0] },
        });
    };
    const alert = (status: string): Promise<Notice> =>
      until(
        async () =>
          (await call('GET', `/alerts?status=${status}&name=twin_without_vote`, undefined, 'voteless')).body
            .items?.[0] ?? false,
        `it is ${status}`,
      );
    await outcomes(0, 31, -9);
    const fired = await alert('firing');
    expect(fired).toMatchObject({ severity: 'medium', runbook: expect.stringMatching(/twin_without_vote/) });
    await outcomes(31, 170, -1);
    expect(await alert('resolved')).toMatchObject({ id: fired.id });
  });

  it('a log that contradicts its signatures fires an alert that no event ends, and that a person closes', async () => {
    const found = { origin: 'log/signed', tree_size: 7, found_by: 'git', detail: 'another root' };
    await append('checkpoint-signed:log', 'TreeInconsistencyFound', found);
    const alerts = async (status: string): Promise<readonly Notice[]> =>
      (await call('GET', `/alerts?status=${status}&name=log_tampered`, undefined, 'signed')).body.items ?? [];
    const [alert] = await until(
      async () => (await alerts('firing')).length > 0 && alerts('firing'),
      'it fires',
    );
    expect(alert).toMatchObject({
      severity: 'critical',
      episode: 1,
      runbook: expect.stringMatching(/log_tampered/),
    });
    await append('checkpoint-signed:log', 'TreeInconsistencyResolved', {
      origin: 'log/signed',
      found_by: 'git',
      detail: 'it agrees with the tree',
    });
    // Later events of the log were read after it, and the alert still holds.
    await append('action-signed:a-9', 'ActionRolledBack', rolledBack);
    await until(
      async () =>
        (await call('GET', '/incidents', undefined, 'signed')).body.items?.find((n) => n.action_id === 'a-9'),
      'what came after it was read',
    );
    expect(await alerts('firing')).toHaveLength(1);
    expect(
      await call('POST', `/alerts/${alert!.id}/resolve`, { note: 'the disk was replaced' }, 'signed'),
    ).toMatchObject({ status: 200, body: { status: 'resolved' } });
    await append('checkpoint-signed:log', 'TreeInconsistencyFound', found);
    const again = await until(
      async () => (await alerts('firing')).find(({ id, episode }) => id === alert!.id && episode === 2),
      'it fires again',
    );
    expect(again).toMatchObject({ acknowledged_by: null });
  });

  it('a rolled-back bundle opens a high incident with reason, person and time, and appears on the live stream', async () => {
    const headers = await world.parts.issuer.person(['ALERT_READ'], { tenant: 'rolled' });
    const watching = await fetch(`http://127.0.0.1:${world.service.http.port}/api/v1/incidents/stream`, {
      headers,
    });
    const reader = watching.body!.pipeThrough(new TextDecoderStream()).getReader();
    const named = { bundle_id: 'b-1', bundle_version: '1.1.0', bundle_hash: 'h' };
    await append('rollout-rolled:all', 'BundleActivated', {
      ...named,
      canary_pct: 10,
      approval_id: 'a',
      previous_bundle_id: 'b-0',
    });
    await append('rollout-rolled:all', 'CanaryPromoted', {
      ...named,
      from_pct: 10,
      to_pct: 50,
      previous_bundle_id: null,
      trigger: 'person',
      early: false,
      reason: null,
      verdicts: null,
    });
    await append('rollout-rolled:all', 'BundleRolledBack', {
      ...named,
      was: 'canary',
      canary_pct: 50,
      restored_bundle_id: 'b-0',
      restored_version: '1.0.0',
      withdrawn_canary_id: null,
      trigger: 'automatic',
      reason: 'error spike',
      verdicts: null,
      incident_id: null,
    });
    const incident = await until(
      async () => (await call('GET', '/incidents', undefined, 'rolled')).body.items?.[0],
      'the incident is open',
    );
    expect(incident).toMatchObject({
      status: 'open',
      severity: 'high',
      detail: 'error spike',
      title: expect.stringContaining('1.0.0 decides again'),
    });
    const [opened] = await collect(world.parts.log.store.read(`incident-rolled:${incident.id}`));
    expect(opened!.data).toMatchObject({ caused_by: 'service:test', caused_at: expect.any(String) });
    let streamed = '';
    while (!streamed.includes('event: BundleRolledBack')) streamed += (await reader.read()).value ?? '';
    await reader.cancel();
    expect(streamed.match(/event: (\w+)/g)!.slice(0, 4)).toEqual([
      'event: opened',
      'event: BundleActivated',
      'event: CanaryPromoted',
      'event: BundleRolledBack',
    ]);
  });

  it('a bypass is one critical incident that nobody can resolve before it ends', async () => {
    const since = '2026-01-01T00:00:00.000Z';
    await append('rollout-glass:all', 'PolicyBypassed', {
      reason: 'no trust',
      until: '2026-01-01T01:00:00.000Z',
      since,
    });
    await append('rollout-glass:all', 'PolicyBypassed', {
      reason: 'still none',
      until: '2026-01-01T02:00:00.000Z',
      since,
    });
    const incident = await until(
      async () => (await call('GET', '/incidents', undefined, 'glass')).body.items?.[0],
      'the incident is open',
    );
    expect(incident).toMatchObject({ status: 'open', severity: 'critical', detail: 'no trust' });
    expect(await call('POST', `/incidents/${incident.id}/acknowledge`, {}, 'glass')).toMatchObject({
      status: 200,
    });
    expect(await call('POST', `/incidents/${incident.id}/resolve`, {}, 'glass')).toMatchObject({
      status: 409,
      body: { code: 'wrong-state' },
    });
    await append('rollout-glass:all', 'PolicyBypassEnded', { reason: 'elapsed', since });
    await until(
      async () =>
        (await call('GET', '/incidents?status=resolved', undefined, 'glass')).body.items?.[0]?.id ===
        incident.id,
      'the incident is resolved',
    );
    expect((await call('GET', '/incidents', undefined, 'glass')).body.items).toHaveLength(1);
  });

  it('an incident that requires a review of a bundle fires an alert', async () => {
    await append('rollout-paged:all', 'RolloutPaged', {
      bundle_id: 'b-1',
      bundle_version: '1.1.0',
      incident_id: 'i-1',
      reason: 'incident `i-1` is open',
    });
    const alert = await until(
      async () => (await call('GET', '/alerts', undefined, 'paged')).body.items?.[0],
      'the alert fires',
    );
    expect(alert).toMatchObject({ status: 'firing', severity: 'high', name: 'policy_rollout' });
  });

  it("a tenant's own figure fires an alert that other tenants do not get", async () => {
    await append('autonomy-strict:config', 'LimitsSet', {
      limits: { alert_responses_blocked: 0 },
      reason: 'r',
    });
    const blocked = { response_id: 'r-1', gates: ['rate_limit'] };
    for (const tenant of ['calm', 'strict'])
      await append(`response-${tenant}:r-1`, 'ResponseBlocked', blocked);
    const named = (n: Notice): boolean => n.name === 'responses_blocked';
    await listed('/alerts?status=firing', named, 'strict');
    // Read later in the log, so the other tenant's run has been judged too.
    expect((await call('GET', '/alerts', undefined, 'calm')).body.items?.some(named)).toBe(false);
  });

  it('shows none of it to another tenant', async () => {
    await append('action-demo:a-2', 'ActionRolledBack', rolledBack);
    const incident = await listed('/incidents', (n) => n.action_id === 'a-2');
    expect((await call('GET', '/incidents', undefined, 'other')).body.items).toEqual([]);
    expect((await call('GET', `/incidents/${incident.id}`, undefined, 'other')).status).toBe(404);
    expect((await call('POST', `/incidents/${incident.id}/acknowledge`, {}, 'other')).status).toBe(404);
  });

  it('the stream announces an incident as it opens', async () => {
    const headers = await world.parts.issuer.person(['ALERT_READ']);
    const response = await fetch(`http://127.0.0.1:${world.service.http.port}/api/v1/incidents/stream`, {
      headers,
    });
    expect(response.headers.get('content-type')).toMatch('text/event-stream');
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    await append('action-demo:a-3', 'ActionRollbackFailed', rolledBack);
    let text = '';
    while (!text.includes('IncidentOpened')) text += (await reader.read()).value ?? '';
    expect(text).toContain('"action_id":"a-3"');
    await reader.cancel();
  });

  it('unknown query parameters are refused by name', async () => {
    expect(await call('GET', '/alerts?status=loud')).toMatchObject({
      status: 422,
      body: { code: 'validation-failed' },
    });
    expect(await call('GET', '/alerts/nope')).toMatchObject({ status: 404 });
    for (const [list, ...values] of [
      ['alerts', 'x', '00000000-0000-4000-8000-000000000001'],
      ['incidents', '2026-01-01T00:00:00.000Z', '00000000-0000-4000-8000-000000000001'],
    ])
      expect(await call('GET', `/alerts?cursor=${encodeCursor(list!, values)}`)).toMatchObject({
        status: 422,
      });
  });

  it("takes alerts that services raise and resolve themselves, once, and shows them to the system's own tenant", async () => {
    const rpc = new RpcClient(world.parts.connection, { caller: 'safety-rails', deadlineMs: 30_000 });
    const request = {
      name: 'projection_lag',
      subject: 'safety-rails/actions',
      detail: 'the read model stands still',
      at: new Date().toISOString(),
    } as const;
    const cause = { event_id: 'e-1', type: 'ActionCompleted', stream: 'action-demo:a-1' };
    const first = await rpc.call('alerting.raise', { ...request, request_id: randomUUID(), cause });
    expect(first.status).toBe('firing');
    expect(await rpc.call('alerting.raise', { ...request, request_id: randomUUID(), cause })).toEqual(first);
    const shown = await until(
      async () =>
        (await call('GET', '/alerts?status=firing', undefined, '_system')).body.items?.find(
          ({ id }) => id === first.alert_id,
        ),
      'it is shown',
    );
    expect(shown).toMatchObject({
      name: 'projection_lag',
      severity: 'medium',
      fired: 1,
      detail: 'safety-rails/actions: the read model stands still',
      cause,
    });
    expect((await call('GET', `/alerts/${first.alert_id}`)).status).toBe(404);
    expect(await rpc.call('alerting.resolve', { ...request, request_id: randomUUID() })).toEqual({
      ...first,
      status: 'resolved',
    });
    expect(await rpc.call('alerting.resolve', { ...request, request_id: randomUUID() })).toEqual({
      ...first,
      status: 'resolved',
    });
  });

  it('lets no service report about another', async () => {
    const other = new RpcClient(world.parts.connection, { caller: 'posture' });
    const request = {
      name: 'projection_lag',
      subject: 'safety-rails/actions',
      detail: 'd',
      at: new Date().toISOString(),
    } as const;
    await expect(
      other.call('alerting.raise', { ...request, request_id: randomUUID(), cause: null }),
    ).rejects.toMatchObject({ code: 'wrong-caller' });
    await expect(
      other.call('alerting.resolve', { ...request, request_id: randomUUID() }),
    ).rejects.toMatchObject({ code: 'wrong-caller' });
  });

  it.each([
    [{ name: 'log_tampered' }],
    [{ subject: '' }],
    [{ request_id: 'x' }],
    [{ at: 'now' }],
    [{ cause: { event_id: 'e' } }],
  ])('refuses to raise %j', async (wrong) => {
    const request = {
      request_id: randomUUID(),
      name: 'projection_lag',
      subject: 's/p',
      detail: 'd',
      cause: null,
      at: new Date().toISOString(),
      ...wrong,
    };
    await expect(
      new RpcClient(world.parts.connection, { caller: 'safety-rails' }).call(
        'alerting.raise',
        request as never,
      ),
    ).rejects.toMatchObject({ code: 'validation-failed' });
  });

  // This case is last, because nothing is projected after it.
  it('is not ready once its read model stands still, and says so', async () => {
    const ready = async (): Promise<{ readonly status: number; readonly text: string }> => {
      const response = await fetch(`http://127.0.0.1:${world.service.http.port}/health/ready`);
      return { status: response.status, text: await response.text() };
    };
    expect(await ready()).toMatchObject({
      status: 200,
      text: expect.stringContaining('"name":"read model alerting","ok":true,"facts":{"lag_seconds":0'),
    });
    await append('incident-demo:poison', 'IncidentOpened', {
      severity: 'high',
      title: 'a\0b',
      detail: 'no column takes NUL',
      cause: {},
      action_id: null,
      entity_id: null,
    });
    const { text } = await until(async () => {
      const answer = await ready();
      return answer.status === 503 && answer;
    }, 'the service is not ready');
    const { checks } = JSON.parse(text) as { checks: readonly { name: string }[] };
    expect(checks.find(({ name }) => name === 'read model alerting')).toMatchObject({
      ok: false,
      code: 'read-model-behind',
      facts: {
        projection: 'alerting',
        event_type: 'IncidentOpened',
        event_id: expect.any(String),
        lag_seconds: expect.any(Number),
      },
    });
    // Its own read model cannot show the alert, but the log has it at once.
    const { alert_id: id } = await until(
      async () =>
        (await collect(world.parts.log.store.readAll()))
          .map(({ type, data }) => ({ type, ...(data as { alert_id: string; detail: string }) }))
          .find(
            ({ type, detail }) =>
              type === 'AlertFired' &&
              detail.startsWith('alerting/alerting: the read model stands still at the event'),
          ),
      'the alert is in the log',
    );
    expect(
      await new RpcClient(world.parts.connection, { caller: 'alerting' }).call('alerting.resolve', {
        request_id: randomUUID(),
        name: 'projection_lag',
        subject: 'alerting/alerting',
        detail: 'd',
        at: new Date().toISOString(),
      }),
    ).toEqual({ alert_id: id, status: 'resolved' });
  });
});
