import { beforeAll, describe, expect, it } from '@jest/globals';
import { streamName } from '@interlock/contracts';
import { collect } from '@interlock/kernel';
import { until } from '@interlock/testing';
import { newHostKey } from './host-key.js';
import { useService } from './service-world.js';

const [first, second] = [newHostKey(), newHostKey()];
const service = useService({ hostKeys: [first.fingerprint, second.fingerprint] });
const { call, settingsOf, deviceBody } = service;
const path = '/devices/gnb-a';

const connect = async () => {
  const { http, body } = await call('POST', '/adapters/netconf/connect', { body: { device_id: 'gnb-a' } });
  return [http, body['code']];
};
const keys = async () => {
  const { host_key_fingerprint: now, next_host_key_fingerprint: next } = (await call('GET', path)).body;
  return { now, next };
};
const change = (over: object) =>
  call('PUT', path, { body: settingsOf('a', { host_key_fingerprint: first.fingerprint, ...over }) });

beforeAll(async () => {
  await service.simulator.replaceHostKey('gnb-a', first.key);
  const body = deviceBody('a', { host_key_fingerprint: first.fingerprint });
  expect(await call('POST', '/devices', { body })).toMatchObject({
    http: 201,
    body: { next_host_key_fingerprint: null },
  });
});

describe('the endpoint of a registered device', () => {
  it.each([
    ['host_key_fingerprint', second.fingerprint, first.fingerprint, {}],
    ['port', 1, null, {}],
    // The secret of the other device may be sent to this port.
    ['credentials_ref', 'env:DEVICE_DEMO__gnb_b', 'env:DEVICE_DEMO__gnb_a', { port: 1 }],
    ['username', 'root', 'interlock', {}],
    ['profile', 'nokia', '3gpp', {}],
  ])('changes by a change request alone: %s', async (member, value, before, more) => {
    const known = (await call('GET', path)).body;
    const asked = await change({ ...more, [member]: value });
    expect(asked).toMatchObject({ http: 202, body: { setting: 'device-demo:gnb-a' } });
    const loosened = asked.body['loosened'] as readonly {
      readonly pointer: string;
      readonly detail: string;
    }[];
    expect(loosened).toHaveLength(Object.keys({ ...more, [member]: value }).length);
    const { detail } = loosened.find(({ pointer }) => pointer === `/${member}`)!;
    for (const one of [value, before ?? known['port']]) expect(detail).toContain(`\`${String(one)}\``);
    expect((await call('GET', path)).body).toEqual(known);
  });

  it('begins to call home by a change request', async () => {
    expect(await change({ call_home: true })).toMatchObject({
      http: 202,
      body: { loosened: [{ pointer: '/call_home' }] },
    });
    expect((await call('GET', path)).body).toMatchObject({ call_home: false });
    const body = deviceBody('b', { call_home: true });
    expect(await call('POST', '/devices', { body })).toMatchObject({ http: 201, body: { call_home: true } });
    expect(await call('GET', '/devices/gnb-b')).toMatchObject({ body: { call_home: true } });
  });

  it('changes to TLS by a change request, and names a protocol that is not known', async () => {
    expect(await change({ transport: 'tls' })).toMatchObject({
      http: 202,
      body: { loosened: [{ pointer: '/transport' }] },
    });
    expect((await call('GET', path)).body).toMatchObject({ transport: 'ssh' });
    expect(await change({ transport: 'telnet' })).toMatchObject({
      http: 422,
      body: { violations: [{ pointer: '/transport' }] },
    });
    const named = (device_id: string, over: object): object => ({
      ...deviceBody('b', over),
      device_id,
      cells: [],
    });
    const body = named('gnb-tls', { transport: 'tls' });
    expect(await call('POST', '/devices', { body })).toMatchObject({ http: 201, body: { transport: 'tls' } });
    const home = named('gnb-home', { transport: 'tls', call_home: true });
    expect(await call('POST', '/devices', { body: home })).toMatchObject({
      http: 201,
      body: { transport: 'tls', call_home: true },
    });
  });

  it('changes at once where nothing loosens', async () => {
    expect(await change({ site_id: 'site-new' })).toMatchObject({ http: 200, body: { site_id: 'site-new' } });
    expect(await change({})).toMatchObject({ http: 200 });
  });

  it('names the fault of a next key that is none, or the present one', async () => {
    for (const key of ['MD5:00', first.fingerprint])
      expect(await change({ next_host_key_fingerprint: key })).toMatchObject({
        http: 422,
        body: { violations: [{ pointer: '/next_host_key_fingerprint' }] },
      });
  });

  it('has two keys during a rotation, until the device first shows the new one', async () => {
    expect(await connect()).toEqual([200, undefined]);
    const asked = await change({ next_host_key_fingerprint: second.fingerprint });
    const detail = `device \`gnb-a\` may show the host key \`${second.fingerprint}\`, until now \`${first.fingerprint}\``;
    expect(asked.body).toMatchObject({ loosened: [{ pointer: '/next_host_key_fingerprint', detail }] });
    expect(await keys()).toEqual({ now: first.fingerprint, next: null });
    await service.approve(asked);
    await until(async () => (await keys()).next !== null, 'both keys are pinned');
    expect(await connect()).toEqual([200, undefined]);
    expect(await keys()).toEqual({ now: first.fingerprint, next: second.fingerprint });

    await service.simulator.replaceHostKey('gnb-a', second.key);
    expect(await connect()).toEqual([200, undefined]);
    await until(async () => (await keys()).next === null, 'the rotation has ended');
    expect((await keys()).now).toBe(second.fingerprint);
    const events = await collect(service.parts.log.store.read(streamName('device', 'demo', 'gnb-a')));
    expect(events.at(-1)).toMatchObject({
      type: 'DeviceHostKeyRotated',
      data: { device_id: 'gnb-a', from: first.fingerprint, to: second.fingerprint },
      metadata: { actor: { kind: 'service', service: 'netconf-gateway' } },
    });

    await service.simulator.replaceHostKey('gnb-a', first.key);
    expect(await connect()).toEqual([502, 'host-key-mismatch']);
    await service.simulator.replaceHostKey('gnb-a', second.key);
    expect(await connect()).toEqual([200, undefined]);
  });

  it('takes no key to which the secret may not be sent', async () => {
    expect(await change({ next_host_key_fingerprint: newHostKey().fingerprint })).toMatchObject({
      http: 403,
      body: { code: 'secret-not-for-host' },
    });
  });

  it('is not exchanged by a removal and a registration', async () => {
    expect(await call('DELETE', path)).toMatchObject({ http: 200 });
    const again = (key: string) =>
      call('POST', '/devices', { body: deviceBody('a', { host_key_fingerprint: key }) });
    expect(await again(first.fingerprint)).toMatchObject({
      http: 202,
      body: { loosened: [{ pointer: '/host_key_fingerprint' }] },
    });
    expect(await again(second.fingerprint)).toMatchObject({ http: 201 });
  });
});
