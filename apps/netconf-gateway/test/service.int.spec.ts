import { beforeAll, describe, expect, it } from '@jest/globals';
import { streamName, type HandlerEnvelope, type RaiseAlertRequest } from '@interlock/contracts';
import { RpcClient } from '@interlock/jetstream';
import { collect, positionText, testMetadata, uuidV5 } from '@interlock/kernel';
import { newId } from '@interlock/platform';
import { until } from '@interlock/testing';
import { encodeCursor } from '@interlock/postgres';
import { useService } from './service-world.js';

const service = useService();
const { call, deviceBody, settingsOf } = service;
let rpc: RpcClient;
const submitted: unknown[] = [];

beforeAll(async () => {
  rpc = new RpcClient(service.parts.connection, { caller: 'safety-rails', deadlineMs: 30_000 });
  // This test plays safety-rails: it knows its executors, and takes what is submitted.
  service.parts.connection.subscribe('interlock.rpc.safety-rails.executor.*', {
    callback: (_error, message) => message.respond(JSON.stringify({ ok: { registered_s: 1800 } })),
  });
  service.parts.connection.subscribe('interlock.rpc.safety-rails.submit.*', {
    callback: (_error, message) => {
      const request = message.json<{ readonly intent: { readonly intent_id: string } }>();
      submitted.push(request);
      message.respond(
        JSON.stringify({
          ok: { action_id: 'a1', intent_id: request.intent.intent_id, position: '7', state: 'PENDING' },
        }),
      );
    },
  });
  const made = await call('POST', '/devices', { body: deviceBody('a') });
  expect(made).toMatchObject({ http: 201 });
  expect(
    await call('GET', '/devices/gnb-a', {
      headers: { 'interlock-min-position': String(made.body['position']) },
    }),
  ).toMatchObject({ http: 200 });
});

describe('a device whose session cannot be had', () => {
  it('is told to alerting, once, and so is its end', async () => {
    const alerts: (readonly [string, RaiseAlertRequest])[] = [];
    for (const command of ['raise', 'resolve'])
      service.parts.connection.subscribe(`interlock.rpc.alerting.${command}.netconf-gateway`, {
        callback: (_error, message) => {
          alerts.push([command, message.json<RaiseAlertRequest>()]);
          message.respond(JSON.stringify({ ok: { alert_id: 'a', status: 'firing' } }));
        },
      });
    const of = (command: string) =>
      alerts.filter(([what, { subject }]) => what === command && subject === 'netconf-gateway/gnb-b');
    const connect = () => call('POST', '/adapters/netconf/connect', { body: { device_id: 'gnb-b' } });
    // Nobody listens on the first port.
    const made = await call('POST', '/devices', { body: deviceBody('b', { port: 1 }) });
    expect(made).toMatchObject({ http: 201 });
    await call('GET', '/devices/gnb-b', {
      headers: { 'interlock-min-position': String(made.body['position']) },
    });
    for (let tries = 0; tries < 2; tries += 1)
      expect(await connect()).toMatchObject({ http: 503, body: { code: 'device-unreachable' } });
    const [[, raised] = []] = await until(() => of('raise').length > 0 && of('raise'), 'it is told');
    expect(raised).toMatchObject({
      name: 'device_unreachable',
      tenant_id: 'demo',
      detail: expect.stringContaining('gnb-b'),
    });
    const changed = await call('PUT', '/devices/gnb-b', {
      headers: { 'if-match': '"0"' },
      body: settingsOf('b'),
    });
    await service.approve(changed);
    await until(
      async () => (await call('GET', '/devices/gnb-b')).body['port'] !== 1,
      'the device has its other port',
    );
    expect(await connect()).toMatchObject({ http: 200 });
    await until(() => of('resolve').length > 0, 'its end is told');
    expect([of('raise').length, of('resolve').length]).toEqual([1, 1]);
  });
});

describe('the adapter routes', () => {
  it('connect says what the device offers', async () => {
    const answer = await call('POST', '/adapters/netconf/connect', { body: { device_id: 'gnb-a' } });
    expect(answer).toMatchObject({
      http: 200,
      body: { device_id: 'gnb-a', base_version: '1.1', missing: [] },
    });
    expect(answer.body['capabilities']).toContain('urn:ietf:params:netconf:capability:confirmed-commit:1.1');
    expect(await call('POST', '/adapters/netconf/connect', { body: { device_id: 'none' } })).toMatchObject({
      http: 404,
      body: { code: 'device-unknown' },
    });
  });

  it("validate gives the exact RPCs and the device's own judgement, and changes nothing", async () => {
    const before = await service.simulator.running('gnb-a');
    const answer = await call('POST', '/adapters/netconf/validate', {
      body: { action_type: 'cell_failover', entity_id: 'a-1' },
    });
    expect(answer).toMatchObject({
      http: 200,
      body: { device_id: 'gnb-a', violations: [], device_validation: { verdict: 'valid', errors: [] } },
    });
    const rpcs = answer.body['rpcs'] as readonly { readonly operation: string; readonly xml: string }[];
    expect(rpcs.map((one) => one.operation)).toEqual([
      'lock',
      'lock',
      'edit-config',
      'get-config',
      'commit',
      'get-config',
      'unlock',
      'unlock',
      'commit',
    ]);
    expect(rpcs[2]!.xml).toContain('<administrativeState>LOCKED</administrativeState>');
    expect(await service.simulator.running('gnb-a')).toMatchObject({
      config: before.config,
      tentative: false,
    });
    expect(
      await call('POST', '/adapters/netconf/validate', {
        body: { action_type: 'cell_failover', entity_id: 'nowhere' },
      }),
    ).toMatchObject({ http: 404 });
  });

  it('validate refuses parameters that an intent may not have', async () => {
    const parameters = { power_raise_db: '3', neighbours: [], more: 1 };
    const answer = await call('POST', '/adapters/netconf/validate', {
      body: { action_type: 'cell_failover', entity_id: 'a-1', parameters },
    });
    const violations = answer.body['violations'] as unknown as readonly { readonly pointer: string }[];
    expect([answer.http, violations.map(({ pointer }) => pointer).toSorted()]).toEqual([
      422,
      ['/parameters/more', '/parameters/neighbours', '/parameters/power_raise_db'],
    ]);
  });

  it("validate passes on the device's objections", async () => {
    await service.simulator.fault('gnb-a', {
      kind: 'rpc_error',
      operation: 'edit-config',
      error_tag: 'invalid-value',
      error_message: 'not here',
      times: 1,
    });
    expect(
      (
        await call('POST', '/adapters/netconf/validate', {
          body: { action_type: 'cell_failover', entity_id: 'a-1' },
        })
      ).body['device_validation'],
    ).toEqual({ verdict: 'invalid', errors: [{ tag: 'invalid-value', path: null, message: 'not here' }] });
  });

  it('execute is not a side door: it submits an intent and changes nothing', async () => {
    const before = await service.simulator.running('gnb-a');
    const intent = {
      intent_id: 'i1',
      account_id: 'ran',
      agent: 'operator',
      action_type: 'cell_failover',
      entity_id: 'a-1',
      parameters: {},
      affected_entity_count: 3,
      confidence_score: 1,
    };
    expect(await call('POST', '/adapters/netconf/execute', { body: intent, by: 'service' })).toMatchObject({
      http: 202,
      body: { action_id: 'a1', intent_id: 'i1' },
    });
    expect(submitted).toEqual([
      { intent: { ...intent, tenant_id: 'demo' }, requester: 'service:optimizer', time: expect.any(String) },
    ]);
    expect(
      await call('POST', '/adapters/netconf/execute', { body: { ...intent, tenant_id: 'other' } }),
    ).toMatchObject({ http: 403, body: { code: 'wrong-tenant' } });
    expect(await call('POST', '/adapters/netconf/execute', { body: [] })).toMatchObject({ http: 422 });
    expect((await service.simulator.running('gnb-a')).config).toBe(before.config);
  });
});

describe('the handler commands over the bus', () => {
  const request = { tenant_id: 'demo', action_type: 'cell_failover', entity_id: 'a-1', parameters: {} };
  const write = async (actionId: string, type: string, data: object): Promise<void> => {
    await service.parts.log.store.append(
      streamName('action', 'demo', actionId),
      [
        {
          id: newId(),
          type,
          data,
          metadata: testMetadata({
            $correlationId: actionId,
            traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
          }),
        },
      ],
      'any',
    );
  };
  const envelope = (actionId: string, requestId: string): HandlerEnvelope => ({
    request_id: requestId,
    deadline: new Date(Date.now() + 600_000).toISOString(),
    epoch: '-1.-1.-1',
    tenant_id: 'demo',
    action_id: actionId,
  });

  it('carry an action from its estimate to its confirmation, in one trace', async () => {
    expect(await rpc.call('netconf-gateway.estimate_impact', request)).toMatchObject({
      affected_entity_count: 3,
      device_id: 'gnb-a',
      neighbours: ['a-2', 'a-3'],
    });
    const actionId = newId();
    const plan = await rpc.call('netconf-gateway.plan', { ...request, action_id: actionId });
    expect(plan).toMatchObject({ device_id: 'gnb-a', violations: [], reversible: true });
    await write(actionId, 'IntentAccepted', { intent: request });
    const [turn, apply] = [uuidV5(actionId, 'turn'), uuidV5(actionId, 'apply')];
    await write(actionId, 'TurnRequested', {
      turn: 1,
      request_id: turn,
      expires_at: new Date(Date.now() + 60_000).toISOString(),
    });
    expect(await rpc.call('netconf-gateway.take_turn', envelope(actionId, turn))).toMatchObject({
      tx_id: actionId,
      state: 'QUEUED',
      turn: 1,
    });
    await until(
      async () => (await rpc.call('netconf-gateway.status', envelope(actionId, turn))).state === 'READY',
      'the turn is taken',
    );
    const stream = streamName('lease', 'demo', 'all');
    await service.parts.log.store.append(
      stream,
      [
        {
          id: newId(),
          type: 'LeaseGranted',
          data: {
            action_id: actionId,
            keys: ['entity:a-1'],
            expires_at: new Date(Date.now() + 60_000).toISOString(),
          },
          metadata: testMetadata({ tenant_id: 'demo' }),
        },
      ],
      'any',
    );
    await write(actionId, 'ExecutionStarted', {
      fencing: '0',
      turn: 1,
      plan_hash: plan.plan_hash,
      epoch: '-1.-1.-1',
      request_id: apply,
      soak_s: 0.5,
      confirm_timeout_s: 30,
      handler: { service: 'netconf-gateway', name: 'cell_failover' },
    });
    expect(await rpc.call('netconf-gateway.apply', envelope(actionId, apply))).toEqual({
      status: 'accepted',
      tx_id: actionId,
    });
    const observed = await until(async () => {
      const status = await rpc.call('netconf-gateway.observe', envelope(actionId, apply));
      return status.state === 'OBSERVED' ? status : false;
    }, 'the change is observed');
    expect(observed.observation?.breaches).toEqual([]);
    expect(await call('DELETE', '/devices/gnb-a')).toMatchObject({
      http: 409,
      body: { code: 'wrong-state', tx_id: actionId },
    });
    const moved = await call('PUT', '/devices/gnb-a', { body: settingsOf('a', { port: 22 }) });
    expect(moved).toMatchObject({
      http: 409,
      body: { code: 'wrong-state', tx_id: actionId, remedy: expect.any(String) },
    });
    expect(await call('PUT', '/devices/gnb-a', { body: settingsOf('a') })).toMatchObject({ http: 200 });
    const confirm = uuidV5(actionId, 'confirm');
    await write(actionId, 'ConfirmRequested', { request_id: confirm });
    await rpc.call('netconf-gateway.confirm', envelope(actionId, confirm));
    await until(
      async () =>
        (await rpc.call('netconf-gateway.status', envelope(actionId, confirm))).state === 'CONFIRMED',
      'the change is confirmed',
    );
    const events = await collect(service.parts.log.store.read(streamName('device_tx', 'demo', actionId)));
    expect(new Set(events.map((event) => event.metadata.traceparent))).toEqual(
      new Set(['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01']),
    );
    expect(new Set(events.map((event) => event.metadata.$correlationId))).toEqual(new Set([actionId]));
  });

  it('can be followed step by step, with the edit and what takes it back, on their device alone', async () => {
    const [end] = await collect(service.parts.log.store.readAll({ backwards: true, limit: 1 }));
    const headers = { 'interlock-min-position': positionText(end!.position) };
    const { items } = (await call('GET', '/devices/gnb-a/transactions', { headers })).body;
    const tx = String(items?.[0]?.['tx_id']);
    const { http, body } = await call('GET', `/devices/gnb-a/transactions/${tx}`);
    expect(http).toBe(200);
    const { steps, changes } = body as unknown as {
      readonly steps: readonly { readonly type: string; readonly timer_ends_at: string | null }[];
      readonly changes: readonly { readonly before: string | null; readonly after: string | null }[];
    };
    expect(steps[0]?.type).toBe('TurnAccepted');
    expect(steps.at(-1)?.type).toBe('ChangeConfirmed');
    expect(steps.filter((step) => step.timer_ends_at !== null).map(({ type }) => type)).toEqual([
      'TentativeCommitApplied',
    ]);
    expect(changes.length).toBeGreaterThan(0);
    expect(changes.every(({ before, after }) => before !== after)).toBe(true);
    expect(body).toMatchObject({ tx_id: tx, device_id: 'gnb-a' });
    expect(body['edit_xml']).not.toBe(body['inverse_xml']);
    for (const path of [`/devices/gnb-b/transactions/${tx}`, '/devices/gnb-a/transactions/none'])
      expect(await call('GET', path)).toMatchObject({ http: 404, body: { code: 'not-found' } });
  });

  it('leave the KPIs of before and after in the read model, by tenant, in partitions by day', async () => {
    const [last] = await collect(service.parts.log.store.readAll({ backwards: true, limit: 1 }));
    const headers = { 'interlock-min-position': positionText(last!.position) };
    const { items } = (await call('GET', '/devices/gnb-a/transactions', { headers })).body;
    expect(items).toHaveLength(1);
    expect(items?.[0]).toMatchObject({
      device_id: 'gnb-a',
      entity_id: 'a-1',
      state: 'CONFIRMED',
      reasons: [],
      observation: { breaches: [] },
    });
    const drops =
      (await call('GET', '/devices/gnb-a/kpi-samples?kpi=drop_rate_pct&entity_id=a-1', { headers })).body
        .items ?? [];
    expect(new Set(drops.map((row) => row['moment']))).toEqual(new Set(['before', 'soak']));
    const events = await collect(
      service.parts.log.store.read(streamName('device_tx', 'demo', String(items?.[0]?.['tx_id']))),
    );
    const sampled = events.flatMap((event) =>
      event.type === 'KpisObserved'
        ? (event.data as { samples: readonly { entity_id: string; kpis: Record<string, number> }[] }).samples
        : [],
    );
    expect(drops.filter((row) => row['moment'] === 'soak').map((row) => row['value'])).toEqual(
      sampled.filter((one) => one.entity_id === 'a-1').map((one) => one.kpis['drop_rate_pct']),
    );
    const seen: string[] = [];
    for (let next: unknown = ''; next !== null;) {
      const cursor = next === '' ? '' : `&cursor=${String(next)}`;
      const page = (await call('GET', `/devices/gnb-a/kpi-samples?limit=7${cursor}`, { headers })).body;
      seen.push(...(page.items ?? []).map((row) => JSON.stringify(row)));
      next = page['next'];
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBe(sampled.length * 6 + 3 * 3 * 6);
    const { rows } = await service.parts.postgres.pool.query<{ count: string }>(
      "select count(*) from pg_inherits where inhparent = 'netconf_gateway_transactions_v3.kpi_samples'::regclass",
    );
    expect(Number(rows[0]!.count)).toBeGreaterThan(0);
    expect(
      (await call('GET', '/devices/gnb-a/kpi-samples', { tenant: 'other', headers })).body.items,
    ).toEqual([]);
    for (const cursor of ['AA', encodeCursor('samples', ['x', 'tx', 'a-1', 'load'])])
      expect(await call('GET', `/devices/gnb-a/kpi-samples?cursor=${cursor}`)).toMatchObject({ http: 422 });
  });

  it('refuse a request that is invalid or has no execution', async () => {
    await expect(
      rpc.call('netconf-gateway.plan', { ...request, tenant_id: 'B A D', action_id: 'a' }),
    ).rejects.toMatchObject({ code: 'validation-failed' });
    await expect(
      rpc.call('netconf-gateway.estimate_impact', { ...request, entity_id: 'nowhere' }),
    ).rejects.toMatchObject({ code: 'device-unknown' });
    expect(await rpc.call('netconf-gateway.apply', envelope(newId(), 'r'))).toMatchObject({
      status: 'refused',
      reasons: [{ code: 'side-door' }],
    });
    await expect(rpc.call('netconf-gateway.confirm', envelope(newId(), 'r'))).rejects.toMatchObject({
      code: 'side-door',
    });
  });

  it('are counted and healthy', async () => {
    const base = service.url;
    expect(await service.parts.issuer.metricsOf(base)).toContain(
      'netconf_transactions_total{outcome="confirmed"} 1',
    );
    expect(await (await fetch(`${base}/health/ready`)).json()).toMatchObject({
      status: 'ready',
      checks: expect.arrayContaining([{ name: 'inventory', ok: true }]),
    });
  });
});
