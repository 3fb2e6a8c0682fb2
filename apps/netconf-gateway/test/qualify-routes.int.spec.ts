import { beforeAll, describe, expect, it } from '@jest/globals';
import { collect } from '@interlock/kernel';
import { until } from '@interlock/testing';
import { useService } from './service-world.js';

const service = useService();
const { call, deviceBody, settingsOf } = service;
const qualify = '/devices/gnb-a/qualify';
const body = { reason: 'new device', confirm_timeout_s: 1 };

beforeAll(async () => {
  expect(await call('POST', '/devices', { body: deviceBody('a') })).toMatchObject({ http: 201 });
});

describe('the route of qualifications', () => {
  it('refuses services, other rights, other tenants, and what is not a request', async () => {
    const refusals = await Promise.all([
      call('POST', qualify, { body, by: 'service' }),
      call('POST', qualify, { body, scopes: ['DEVICE_READ'] }),
      call('POST', qualify, { body, tenant: 'other' }),
      call('POST', qualify, { body: { reason: ' ' } }),
      call('POST', qualify, { body: { ...body, confirm_timeout_s: 61 } }),
    ]);
    expect(refusals.map(({ http, body: problem }) => [http, problem['code']])).toEqual([
      [403, 'person-required'],
      [403, 'missing-scope'],
      [404, 'device-unknown'],
      [422, 'validation-failed'],
      [422, 'validation-failed'],
    ]);
    expect((await call('GET', '/devices/gnb-a')).body).toMatchObject({
      qualification: { state: 'missing', level: null, run_id: null },
      qualification_matrix: { ways: [], failures: [] },
    });
  });

  it('starts a run, keeps the settings meanwhile, and the device shows the result', async () => {
    const started = await call('POST', qualify, { body });
    expect(started).toMatchObject({ http: 202, body: { device_id: 'gnb-a' } });
    expect(await call('PUT', '/devices/gnb-a', { body: settingsOf('a', { port: 22 }) })).toMatchObject({
      http: 409,
      body: { code: 'wrong-state' },
    });
    const shown = await until(async () => {
      const answer = await call('GET', '/devices/gnb-a');
      const { state } = answer.body['qualification'] as { readonly state: string };
      return state === 'running' ? false : answer.body;
    }, 'the run has ended');
    expect(shown).toMatchObject({
      qualification: {
        state: 'current',
        level: 'confirmed-commit',
        run_id: started.body['run_id'],
        qualified_at: expect.any(String),
        why: null,
      },
      qualification_matrix: { failures: [] },
    });
    const { ways } = shown['qualification_matrix'] as { readonly ways: readonly object[] };
    expect(ways).toContainEqual({
      way: 'timeout',
      none: 'pass',
      candidate: 'pass',
      running: 'pass',
      both: 'pass',
    });
  });

  it('keeps the reason sealed in the log', async () => {
    const events = await collect(service.parts.log.store.read('device-demo:gnb-a'));
    const { data } = events.find(({ type }) => type === 'DeviceQualificationStarted')!;
    expect((data as { readonly reason: string }).reason).toMatch(/^enc:1:/);
  });
});
