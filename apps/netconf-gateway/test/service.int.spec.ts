import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { streamName, type HandlerEnvelope, type Scope } from '@interlock/contracts';
import { RpcClient } from '@interlock/jetstream';
import { collect, positionText, testMetadata, uuidV5 } from '@interlock/kernel';
import { newId, type RunningService } from '@interlock/platform';
import { startParts, testContext, until, type Parts } from '@interlock/testing';
import { start } from '../src/main.js';
import { startSimulator, type TestSimulator } from './simulator.js';

let parts: Parts;
let simulator: TestSimulator;
let service: RunningService;
let rpc: RpcClient;
const submitted: unknown[] = [];

beforeAll(async () => {
  [parts, simulator] = await Promise.all([startParts(), startSimulator(['a', 'b'])]);
  const secrets = Object.fromEntries(
    simulator.devices.map((device) => [
      `DEVICE_DEMO__${device.device_id.replaceAll('-', '_')}`,
      device.password,
    ]),
  );
  service = await start(
    testContext(parts, 'netconf-gateway', {
      ...secrets,
      NETCONF_GATEWAY_KEY: randomBytes(32).toString('hex'),
      NETCONF_RPC_MS: '1000',
      NETCONF_OBSERVE_MS: '200',
    }),
  );
  rpc = new RpcClient(parts.connection, { caller: 'safety-rails', deadlineMs: 30_000 });
  // safety-rails, played: takes what is submitted.
  parts.connection.subscribe('interlock.rpc.safety-rails.submit.*', {
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
});
afterAll(async () => {
  await service.stop();
  await Promise.all([parts.stop(), simulator.stop()]);
});

type Body = Record<string, unknown> & {
  readonly violations?: readonly { readonly pointer: string }[];
  readonly items?: readonly Record<string, unknown>[];
};
type Call = {
  readonly body?: unknown;
  readonly scopes?: readonly Scope[];
  readonly tenant?: string;
  readonly headers?: Record<string, string>;
};
const call = async (
  method: string,
  path: string,
  {
    body,
    scopes = ['DEVICE_READ', 'DEVICE_WRITE', 'AUTONOMOUS_SUBMIT'],
    tenant = 'demo',
    headers = {},
  }: Call = {},
): Promise<{ readonly http: number; readonly etag: string | null; readonly body: Body }> => {
  const bearer = await parts.issuer.service(scopes, { tenant });
  const response = await fetch(`http://127.0.0.1:${service.http.port}/api/v1${path}`, {
    method,
    headers: { ...bearer, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { http: response.status, etag: response.headers.get('etag'), body: (await response.json()) as Body };
};
const deviceBody = (name: string, over: object = {}): object => {
  const { password: _secret, ...device } = simulator.devices.find((one) => one.device_id === `gnb-${name}`)!;
  const cells = simulator.cells
    .filter((cell) => cell.device_id === device.device_id)
    .map(({ cell_id, neighbours }) => ({
      cell_id,
      neighbours: neighbours.map((one) => ({ cell_id: one.cell_id, coverage: one.coverage })),
    }));
  return {
    device_id: device.device_id,
    site_id: device.site_id,
    host: device.host,
    port: device.port,
    username: device.username,
    host_key_fingerprint: device.host_key_fingerprint,
    credentials_ref: `env:DEVICE_DEMO__gnb_${name}`,
    profile: '3gpp',
    cells,
    ...over,
  };
};
const settingsOf = (name: string, over: object = {}): object => {
  const { device_id: _id, ...settings } = deviceBody(name, over) as { device_id: string };
  return settings;
};

describe('the device inventory over HTTP', () => {
  it('registers, reads, lists, and answers a read at the position of the write', async () => {
    const made = await call('POST', '/devices', { body: deviceBody('a') });
    expect(made).toMatchObject({
      http: 201,
      etag: '"0"',
      body: { device_id: 'gnb-a', quarantined: null, revision: '0' },
    });
    const read = await call('GET', '/devices/gnb-a', {
      headers: { 'interlock-min-position': String(made.body['position']) },
    });
    expect(read).toMatchObject({
      http: 200,
      etag: '"0"',
      body: { device_id: 'gnb-a', site_id: 'site-a', open_transactions: [] },
    });
    await call('POST', '/devices', { body: deviceBody('b') });
    const first = await call('GET', '/devices?limit=1', {
      headers: { 'interlock-min-position': String(made.body['position']) },
    });
    expect(first.body.items?.map((item) => item['device_id'])).toEqual(['gnb-a']);
    const second = await until(async () => {
      const page = await call('GET', `/devices?limit=1&cursor=${String(first.body['next'])}`);
      return page.body.items?.[0] === undefined ? false : page;
    }, 'the second device is listed');
    expect(second.body.items?.map((item) => item['device_id'])).toEqual(['gnb-b']);
    expect(second.body['next']).toBeNull();
  });

  it("keeps the reason of a person's release sealed", async () => {
    const stream = streamName('device', 'demo', 'gnb-q');
    const { device_id: _id, ...device } = deviceBody('b', { cells: [] }) as { device_id: string };
    await parts.log.store.append(
      stream,
      [
        {
          id: newId(),
          type: 'DeviceRegistered',
          data: { ...device, device_id: 'gnb-q' },
          metadata: testMetadata(),
        },
        {
          id: newId(),
          type: 'DeviceQuarantined',
          data: { device_id: 'gnb-q', tx_id: null, reason: 'not as it was left' },
          metadata: testMetadata(),
        },
      ],
      'no_stream',
    );
    const response = await fetch(`http://127.0.0.1:${service.http.port}/api/v1/devices/gnb-q/release`, {
      method: 'POST',
      headers: {
        ...(await parts.issuer.person(['DEVICE_WRITE'], { sub: 'ines' })),
        'content-type': 'application/json',
      },
      body: JSON.stringify({ reason: 'Karl looked at it' }),
    });
    expect(await response.json()).toMatchObject({ quarantined: null });
    const { type, data } = (await collect(parts.log.store.read(stream))).at(-1)!;
    const { reason } = data as { reason: string };
    expect([type, reason]).toEqual([
      'DeviceReleased',
      expect.stringMatching(new RegExp(`^enc:1:${await parts.people.idOf('demo', 'ines')}:`)),
    ]);
    expect((await parts.people.open(['demo'], [reason])).get(reason)).toBe('Karl looked at it');
  });

  it('never keeps a secret: neither in the log nor in answers', async () => {
    const events = await collect(parts.log.store.read(streamName('device', 'demo', 'gnb-a')));
    const texts = [
      JSON.stringify(events, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)),
      JSON.stringify((await call('GET', '/devices/gnb-a')).body),
      parts.lines.join('\n'),
    ];
    const { password } = simulator.devices.find((device) => device.device_id === 'gnb-a')!;
    for (const text of texts) expect(text).not.toContain(password);
  });

  it('keeps tenants apart', async () => {
    expect(await call('GET', '/devices/gnb-a', { tenant: 'other' })).toMatchObject({
      http: 404,
      body: { code: 'device-unknown' },
    });
    expect((await call('GET', '/devices', { tenant: 'other' })).body.items).toEqual([]);
    expect(await call('GET', '/devices', { headers: { 'x-tenant-id': 'other' } })).toMatchObject({
      http: 403,
      body: { code: 'wrong-tenant' },
    });
  });

  it('refuses what it cannot take, naming every fault', async () => {
    expect(await call('POST', '/devices', { body: deviceBody('a') })).toMatchObject({
      http: 409,
      body: { code: 'already-exists' },
    });
    const bad = await call('POST', '/devices', {
      body: {
        ...deviceBody('a'),
        device_id: 'B A D',
        port: 0,
        cells: [{ cell_id: 'x', neighbours: [{ cell_id: 'y', coverage: 'SOME' }] }],
        extra: 1,
      },
    });
    expect(bad).toMatchObject({ http: 422, body: { code: 'validation-failed' } });
    expect(bad.body.violations?.map((one) => one.pointer).sort()).toEqual([
      '/cells/0/neighbours/0/coverage',
      '/device_id',
      '/extra',
      '/port',
    ]);
    const secret = await call('POST', '/devices', {
      body: deviceBody('a', {
        device_id: 'gnb-c',
        cells: [],
        credentials_ref: 'hunter2',
        host_key_fingerprint: 'MD5:00',
      }),
    });
    expect(secret.body.violations?.map((one) => one.pointer)).toEqual([
      '/credentials_ref',
      '/host_key_fingerprint',
    ]);
    expect(await call('POST', '/devices', { body: deviceBody('a', { device_id: 'gnb-c' }) })).toMatchObject({
      http: 409,
      body: {
        code: 'already-exists',
        violations: expect.arrayContaining([expect.objectContaining({ pointer: '/cells/0/cell_id' })]),
      },
    });
  });

  it('takes no secret of another tenant, when a device is registered and when it is changed', async () => {
    const own = deviceBody('a', { device_id: 'gnb-thief', cells: [] });
    for (const reference of ['env:DEVICE_DEMO__gnb_a', 'file:../demo/gnb-a', 'env:NETCONF_GATEWAY_KEY']) {
      const answer = await call('POST', '/devices', {
        tenant: 'acme',
        body: { ...own, credentials_ref: reference },
      });
      expect(answer).toMatchObject({ http: 422, body: { code: 'validation-failed' } });
    }
    const theft = await call('POST', '/devices', {
      tenant: 'acme',
      body: { ...own, credentials_ref: 'env:DEVICE_DEMO__gnb_a', host_key_fingerprint: 'MD5:00' },
    });
    expect(theft.body.violations).toEqual([
      expect.objectContaining({ pointer: '/host_key_fingerprint' }),
      expect.objectContaining({
        pointer: '/credentials_ref',
        detail: expect.stringContaining('`DEVICE_ACME__`'),
      }),
    ]);
    expect(
      await call('POST', '/devices', {
        tenant: 'acme',
        body: { ...own, credentials_ref: 'env:DEVICE_ACME__x' },
      }),
    ).toMatchObject({ http: 201 });
    const { device_id: _id, ...settings } = own as { device_id: string };
    expect(await call('PUT', '/devices/gnb-thief', { tenant: 'acme', body: settings })).toMatchObject({
      http: 422,
      body: { violations: [{ pointer: '/credentials_ref' }] },
    });
  });

  it('does not log in with the secret of another tenant, whatever the log says of the device', async () => {
    const { device_id: _id, ...device } = deviceBody('a', { cells: [] }) as { device_id: string };
    await parts.log.store.append(
      streamName('device', 'acme', 'gnb-old'),
      [
        {
          id: newId(),
          type: 'DeviceRegistered',
          data: { ...device, device_id: 'gnb-old' },
          metadata: testMetadata({ tenant_id: 'acme' }),
        },
      ],
      'no_stream',
    );
    expect(
      await call('POST', '/adapters/netconf/connect', { tenant: 'acme', body: { device_id: 'gnb-old' } }),
    ).toMatchObject({
      http: 503,
      body: { code: 'device-unreachable', violations: [{ pointer: '/credentials_ref' }] },
    });
    expect(await call('POST', '/adapters/netconf/connect', { body: { device_id: 'gnb-a' } })).toMatchObject({
      http: 200,
    });
  });

  it('asks for the scope of each route', async () => {
    expect(await call('GET', '/devices', { scopes: ['POLICY_READ'] })).toMatchObject({
      http: 403,
      body: { code: 'missing-scope' },
    });
    expect(await call('POST', '/devices', { scopes: ['DEVICE_READ'], body: deviceBody('a') })).toMatchObject({
      http: 403,
    });
    expect(
      await call('POST', '/adapters/netconf/execute', { scopes: ['DEVICE_WRITE'], body: {} }),
    ).toMatchObject({ http: 403 });
  });

  it('updates at the revision that was read, and not at another', async () => {
    expect(
      await call('PUT', '/devices/gnb-b', {
        headers: { 'if-match': '"7"' },
        body: settingsOf('b', { username: 'interlock' }),
      }),
    ).toMatchObject({ http: 412, body: { code: 'stale-revision' } });
    const changed = await call('PUT', '/devices/gnb-b', {
      headers: { 'if-match': '"0"' },
      body: settingsOf('b', { site_id: 'site-new' }),
    });
    expect(changed).toMatchObject({ http: 200, etag: '"1"', body: { site_id: 'site-new' } });
    expect(await call('PUT', '/devices/nothing', { body: settingsOf('b', { cells: [] }) })).toMatchObject({
      http: 404,
      body: { code: 'device-unknown' },
    });
  });

  it('removes, and takes the device again', async () => {
    expect(await call('DELETE', '/devices/gnb-b')).toMatchObject({ http: 200, body: { removed: true } });
    expect(
      await call('GET', '/devices/gnb-b', { headers: { 'interlock-min-position': '0' } }).then(
        async (first) =>
          first.http === 404
            ? first
            : until(async () => {
                const next = await call('GET', '/devices/gnb-b');
                return next.http === 404 ? next : false;
              }, 'the device is gone'),
      ),
    ).toMatchObject({ body: { code: 'device-unknown' } });
    expect(await call('POST', '/devices', { body: deviceBody('b') })).toMatchObject({ http: 201 });
  });

  it('keeps a quarantine over removal, registration and another name, until a person releases it with a reason', async () => {
    const stream = streamName('device', 'demo', 'gnb-b');
    const { revision } = (await call('GET', '/devices/gnb-b')).body;
    await parts.log.store.append(
      stream,
      [
        {
          id: newId(),
          type: 'DeviceQuarantined',
          data: { device_id: 'gnb-b', tx_id: null, reason: 'not as it was left' },
          metadata: testMetadata(),
        },
      ],
      BigInt(String(revision)),
    );
    expect(await call('DELETE', '/devices/gnb-b')).toMatchObject({
      http: 200,
      body: { removed: true, quarantined: 'not as it was left' },
    });
    const other = await call('POST', '/devices', {
      body: deviceBody('b', { device_id: 'gnb-b2', cells: [] }),
    });
    expect(other).toMatchObject({ http: 201, body: { quarantined: expect.stringContaining('`gnb-b`') } });
    const again = await call('POST', '/devices', { body: deviceBody('b', { port: 1 }) });
    expect(again).toMatchObject({ http: 201, body: { quarantined: 'not as it was left' } });
    expect(await call('PUT', '/devices/gnb-b', { body: settingsOf('b') })).toMatchObject({
      http: 200,
      body: { quarantined: 'not as it was left' },
    });

    const release = async (id: string, reason: string) => {
      const response = await fetch(`http://127.0.0.1:${service.http.port}/api/v1/devices/${id}/release`, {
        method: 'POST',
        headers: {
          ...(await parts.issuer.person(['DEVICE_WRITE'], { sub: 'ines' })),
          'content-type': 'application/json',
        },
        body: JSON.stringify({ reason }),
      });
      return { http: response.status, body: (await response.json()) as Body };
    };
    expect(await call('POST', '/devices/gnb-b/release', { body: { reason: 'all is well' } })).toMatchObject({
      http: 403,
      body: { code: 'person-required' },
    });
    expect(await release('gnb-b', '  ')).toMatchObject({
      http: 422,
      body: { violations: [{ pointer: '/reason' }] },
    });
    expect(await release('gnb-b2', 'looked at')).toMatchObject({
      http: 409,
      body: { code: 'wrong-state', remedy: 'release `gnb-b`' },
    });
    const seen = await call('GET', '/devices/gnb-b', {
      headers: { 'interlock-min-position': String(again.body['position']) },
    });
    expect(seen.body['quarantined']).toBe('not as it was left');
    expect(await release('gnb-b', 'looked at')).toMatchObject({ http: 200, body: { quarantined: null } });
    await until(
      async () => (await call('GET', '/devices/gnb-b2')).body['quarantined'] === null,
      'the other name is released with it',
    );
    expect(await call('DELETE', '/devices/gnb-b2')).toMatchObject({ http: 200 });
  });
});

describe('the adapter routes of seed 000', () => {
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
    const before = await simulator.running('gnb-a');
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
    expect(await simulator.running('gnb-a')).toMatchObject({ config: before.config, tentative: false });
    expect(
      await call('POST', '/adapters/netconf/validate', {
        body: { action_type: 'cell_failover', entity_id: 'nowhere' },
      }),
    ).toMatchObject({ http: 404 });
  });

  it('validate passes on what the device says against it', async () => {
    await simulator.fault('gnb-a', {
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

  it('execute is no side door: it submits an intent and changes nothing', async () => {
    const before = await simulator.running('gnb-a');
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
    expect(await call('POST', '/adapters/netconf/execute', { body: intent })).toMatchObject({
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
    expect((await simulator.running('gnb-a')).config).toBe(before.config);
  });
});

describe('the handler commands over the bus', () => {
  const request = { tenant_id: 'demo', action_type: 'cell_failover', entity_id: 'a-1', parameters: {} };
  const write = async (actionId: string, type: string, data: object): Promise<void> => {
    await parts.log.store.append(
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
    deadline: new Date(Date.now() + 2000).toISOString(),
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
    await write(actionId, 'ExecutionStarted', {
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
    const events = await collect(parts.log.store.read(streamName('device_tx', 'demo', actionId)));
    expect(new Set(events.map((event) => event.metadata.traceparent))).toEqual(
      new Set(['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01']),
    );
    expect(new Set(events.map((event) => event.metadata.$correlationId))).toEqual(new Set([actionId]));
  });

  it('leave their KPIs before and after in the read model, by tenant, in partitions by day', async () => {
    const [last] = await collect(parts.log.store.readAll({ backwards: true, limit: 1 }));
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
      parts.log.store.read(streamName('device_tx', 'demo', String(items?.[0]?.['tx_id']))),
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
      const page = (
        await call(
          'GET',
          `/devices/gnb-a/kpi-samples?limit=7${next === '' ? '' : `&cursor=${String(next)}`}`,
          { headers },
        )
      ).body;
      seen.push(...(page.items ?? []).map((row) => JSON.stringify(row)));
      next = page['next'];
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBe(sampled.length * 6 + 3 * 3 * 6);
    const { rows } = await parts.postgres.pool.query<{ count: string }>(
      "select count(*) from pg_inherits where inhparent = 'netconf_gateway_transactions_v3.kpi_samples'::regclass",
    );
    expect(Number(rows[0]!.count)).toBeGreaterThan(0);
    expect(
      (await call('GET', '/devices/gnb-a/kpi-samples', { tenant: 'other', headers })).body.items,
    ).toEqual([]);
    expect(await call('GET', '/devices/gnb-a/kpi-samples?cursor=AA')).toMatchObject({ http: 422 });
  });

  it('refuse what they cannot read, and what has no execution', async () => {
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
    const base = `http://127.0.0.1:${service.http.port}`;
    expect(await (await fetch(`${base}/metrics`)).text()).toContain(
      'netconf_transactions_total{outcome="confirmed"} 1',
    );
    expect(await (await fetch(`${base}/health/ready`)).json()).toMatchObject({
      status: 'ready',
      checks: expect.arrayContaining([{ name: 'inventory', ok: true }]),
    });
  });
});
