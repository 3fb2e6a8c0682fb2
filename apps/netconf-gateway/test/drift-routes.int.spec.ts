import { streamName } from '@interlock/contracts';
import { ownBinding } from '@interlock/network';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { append } from './log-writer.js';
import { useService } from './service-world.js';

const service = useService();
const { call, deviceBody } = service;
const path = "/ran/cell[id='a-1']/attributes/administrativeState";

/** Writes what a transaction leaves in the log that has locked the cell `a-1`. */
const lockedByLog = async (): Promise<void> => {
  const { store } = service.parts.log;
  const stream = streamName('device_tx', 'demo', 'act-1');
  await append(store, stream, 'TurnAccepted', {
    turn: 1,
    request_id: 'r-0',
    action_id: 'act-1',
    action_type: 'cell_failover',
    entity_id: 'a-1',
    device_id: 'gnb-a',
    device: deviceBody('a'),
  });
  await append(store, stream, 'ChangePrepared', {
    edit_xml: '<edit/>',
    inverse_xml: '<inverse/>',
    changes: [{ path, before: 'UNLOCKED', after: 'LOCKED' }],
    diff_hash: 'diff',
    leaves_fingerprint: 'leaves',
    pre_image: {},
    pre_image_hash: 'image',
    neighbours: [],
    samples_before: [],
  });
  await append(store, stream, 'ChangeConfirmed', { read_back_hash: 'hash' });
};

beforeAll(async () => {
  expect(await call('POST', '/devices', { body: deviceBody('a') })).toMatchObject({ http: 201 });
});

describe('the routes of drift', () => {
  it('say that nothing is known of a device that was not compared', async () => {
    const checked = await call('POST', '/devices/gnb-a/drift/check');
    expect(checked).toMatchObject({
      http: 200,
      body: { device_id: 'gnb-a', state: 'not_checked', checked_at: null, leaves: [] },
    });
    expect(checked.body['why']).toContain('changed nothing');
    for (const [device, tenant] of [
      ['none', 'demo'],
      ['gnb-b', 'demo'],
      ['gnb-a', 'other'],
    ] as const)
      expect(await call('POST', `/devices/${device}/drift/check`, { tenant })).toMatchObject({
        http: 404,
        body: { code: 'device-unknown' },
      });
    expect(await call('POST', '/devices/gnb-a/drift/check', { scopes: [] })).toMatchObject({ http: 403 });
  });

  it('compare a device, and show the leaves with it', async () => {
    await lockedByLog();
    const drift = {
      state: 'drifted',
      why: null,
      found_at: expect.any(String),
      checked_at: expect.any(String),
      leaves: [
        {
          path,
          binding: ownBinding.name,
          expected: 'LOCKED',
          actual: 'UNLOCKED',
          action_id: 'act-1',
          changed_by: null,
        },
      ],
    };
    expect(await call('POST', '/devices/gnb-a/drift/check')).toMatchObject({
      http: 200,
      body: { device_id: 'gnb-a', ...drift },
    });
    expect((await call('GET', '/devices/gnb-a')).body['drift']).toMatchObject(drift);
    expect((await call('GET', '/devices')).body.items?.[0]?.['drift']).toMatchObject(drift);
    const metrics = await service.parts.issuer.metricsOf(service.url);
    expect(metrics).toContain('netconf_drifted_devices 1');
    expect(metrics).toContain('netconf_drift_checks_total{outcome="drifted"} 1');
  });

  it('take the values of the device for the expected ones, by a person with a reason', async () => {
    const adopt = (body: object, over: Parameters<typeof call>[2] = {}) =>
      call('POST', '/devices/gnb-a/drift/adopt', { body, ...over });
    const reason = 'agreed with the site';
    expect(await adopt({ reason }, { by: 'service' })).toMatchObject({
      http: 403,
      body: { code: 'person-required' },
    });
    expect(await adopt({ reason: ' ' })).toMatchObject({ http: 422 });
    expect(await adopt({ reason }, { headers: { 'if-match': '"0"' } })).toMatchObject({ http: 412 });
    const { etag } = await call('GET', '/devices/gnb-a');
    expect(await adopt({ reason }, { headers: { 'if-match': String(etag) } })).toMatchObject({
      http: 200,
      body: { state: 'in_sync', why: null, found_at: null, leaves: [], revision: expect.any(String) },
    });
    expect(await adopt({ reason })).toMatchObject({ http: 409, body: { code: 'wrong-state' } });
    expect((await call('GET', '/devices/gnb-a')).body['drift']).toMatchObject({ state: 'in_sync' });
  });
});
