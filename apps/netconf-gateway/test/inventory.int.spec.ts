import { describe, expect, it } from '@jest/globals';
import { streamName, type JsonObject } from '@interlock/contracts';
import { collect, testMetadata } from '@interlock/kernel';
import { newId } from '@interlock/platform';
import { until } from '@interlock/testing';
import { startSimulator } from './simulator.js';
import { useService, type Body } from './service-world.js';

const service = useService();
const { call, deviceBody, settingsOf } = service;

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

  it('validates a device without registering it, and names every fault of it', async () => {
    const validate = (body: object, more: object = {}) =>
      call('POST', '/devices/validate', { body, ...more });
    const settings = { host: '127.0.0.1', port: 22, cells: [{ cell_id: 'v-1', neighbours: [] }] };
    const body = deviceBody('a', { device_id: 'gnb-v', ...settings });
    expect(await validate(body)).toMatchObject({
      http: 200,
      body: { device_id: 'gnb-v', change: 'new', revision: null, violations: [] },
    });
    const wrong = await validate(deviceBody('a', { device_id: 'gnb-v', profile: 'acme' }));
    expect(wrong.body.violations).toHaveLength(4);
    expect((await validate(deviceBody('a'))).body).toMatchObject({ change: 'same', revision: '0' });
    const moved = deviceBody('a', { site_id: 'site-z' });
    expect((await validate(moved)).body).toMatchObject({ change: 'changed', violations: [] });
    expect((await validate(body, { by: 'service' })).body['code']).toBe('person-required');
    expect((await validate(body, { scopes: ['DEVICE_READ'] })).http).toBe(403);
  });

  it("keeps the reason of a person's release sealed", async () => {
    const stream = streamName('device', 'demo', 'gnb-q');
    const { device_id: _id, ...device } = deviceBody('b', { cells: [] }) as { device_id: string };
    await service.parts.log.store.append(
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
    const response = await fetch(`${service.url}/api/v1/devices/gnb-q/release`, {
      method: 'POST',
      headers: {
        ...(await service.parts.issuer.person(['DEVICE_WRITE'], { sub: 'ines' })),
        'content-type': 'application/json',
      },
      body: JSON.stringify({ reason: 'Karl looked at it' }),
    });
    expect(await response.json()).toMatchObject({ quarantined: null });
    const { type, data } = (await collect(service.parts.log.store.read(stream))).at(-1)!;
    const { reason } = data as { reason: string };
    expect([type, reason]).toEqual([
      'DeviceReleased',
      expect.stringMatching(new RegExp(`^enc:1:${await service.parts.people.idOf('demo', 'ines')}:`)),
    ]);
    expect((await service.parts.people.open(['demo'], [reason])).get(reason)).toBe('Karl looked at it');
  });

  it('never keeps a secret: neither in the log nor in answers', async () => {
    const events = await collect(service.parts.log.store.read(streamName('device', 'demo', 'gnb-a')));
    const texts = [
      JSON.stringify(events, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)),
      JSON.stringify((await call('GET', '/devices/gnb-a')).body),
      service.parts.lines.join('\n'),
    ];
    const { password } = service.simulator.devices.find((device) => device.device_id === 'gnb-a')!;
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

  it('refuses an invalid device, naming every fault', async () => {
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

  it('takes no device from a service, and lets none change or remove one', async () => {
    const body = deviceBody('a');
    for (const [method, path] of [
      ['POST', '/devices'],
      ['PUT', '/devices/gnb-a'],
      ['DELETE', '/devices/gnb-a'],
    ] as const)
      expect(
        await call(method, path, {
          by: 'service',
          ...(method === 'DELETE' ? {} : { body: method === 'PUT' ? settingsOf('a', {}) : body }),
        }),
      ).toMatchObject({ http: 403, body: { code: 'person-required' } });
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

  it('sends a password to the device that it is bound to, and to no other address or host key', async () => {
    const stranger = await startSimulator(['stranger']);
    try {
      const { host, port, host_key_fingerprint: key } = stranger.devices[0]!;
      const theirs = deviceBody('a', {
        device_id: 'gnb-rogue',
        cells: [],
        host,
        port,
        host_key_fingerprint: key,
      });
      const refusal = { http: 403, body: { code: 'secret-not-for-host' } };
      const answer = await call('POST', '/devices', { body: theirs });
      expect(answer).toMatchObject(refusal);
      expect(answer.body).toMatchObject({
        detail: expect.stringContaining(`${host}:${port}`),
        remedy: expect.stringContaining('`DEVICE_DEMO__gnb_a__FOR`'),
      });
      for (const over of [
        { port },
        { host_key_fingerprint: key },
        { credentials_ref: 'env:DEVICE_DEMO__unbound' },
      ])
        expect(await call('PUT', '/devices/gnb-a', { body: settingsOf('a', over) })).toMatchObject(refusal);
      // Whatever the log says of a device, the secret is withheld again at the login.
      await service.parts.log.store.append(
        streamName('device', 'demo', 'gnb-rogue'),
        [
          {
            id: newId(),
            type: 'DeviceRegistered',
            data: theirs as JsonObject,
            metadata: testMetadata({ tenant_id: 'demo' }),
          },
        ],
        'no_stream',
      );
      expect(
        await call('POST', '/adapters/netconf/connect', { body: { device_id: 'gnb-rogue' } }),
      ).toMatchObject(refusal);
      expect((await stranger.running('gnb-stranger')).sessions).toEqual([]);
      expect(await call('POST', '/adapters/netconf/connect', { body: { device_id: 'gnb-a' } })).toMatchObject(
        {
          http: 200,
        },
      );
    } finally {
      await stranger.stop();
    }
  });

  it('does not log in with the secret of another tenant, whatever the log says of the device', async () => {
    const { device_id: _id, ...device } = deviceBody('a', { cells: [] }) as { device_id: string };
    await service.parts.log.store.append(
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
        body: settingsOf('b', { site_id: 'site-new' }),
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

  it('removes a device, and registers it again', async () => {
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
    await service.parts.log.store.append(
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
    const again = await call('POST', '/devices', { body: deviceBody('b') });
    expect(again).toMatchObject({ http: 201, body: { quarantined: 'not as it was left' } });
    const moved = settingsOf('b', { site_id: 'site-other' });
    expect(await call('PUT', '/devices/gnb-b', { body: moved })).toMatchObject({
      http: 200,
      body: { quarantined: 'not as it was left' },
    });

    const release = async (id: string, reason: string) => {
      const response = await fetch(`${service.url}/api/v1/devices/${id}/release`, {
        method: 'POST',
        headers: {
          ...(await service.parts.issuer.person(['DEVICE_WRITE'], { sub: 'ines' })),
          'content-type': 'application/json',
        },
        body: JSON.stringify({ reason }),
      });
      return { http: response.status, body: (await response.json()) as Body };
    };
    expect(
      await call('POST', '/devices/gnb-b/release', { by: 'service', body: { reason: 'all is well' } }),
    ).toMatchObject({
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
