import { beforeAll, describe, expect, it } from '@jest/globals';
import { networkActionTypes } from '@interlock/network';
import { useService } from './service-world.js';

describe('the bindings of a device', () => {
  const world = useService();
  const own = 'interlock-ran@2026-11-01';
  const path = '/devices/gnb-a/bindings';

  beforeAll(async () => {
    expect(await world.call('POST', '/devices', { body: world.deviceBody('a') })).toMatchObject({
      http: 201,
    });
  });

  const choose = (bindings: readonly string[] | null) => world.call('PUT', path, { body: { bindings } });
  const violations = async (): Promise<readonly unknown[]> => {
    const { body } = await world.call('POST', '/adapters/netconf/validate', {
      body: { action_type: 'cell_failover', entity_id: 'a-1' },
    });
    return (body['violations'] as unknown as readonly { readonly code: string }[]).map(({ code }) => code);
  };

  it('are proposed from its YANG library, with what it can do over each', async () => {
    const { http, body } = await world.call('GET', path);
    expect(http).toBe(200);
    expect(body).toMatchObject({
      device_id: 'gnb-a',
      library: { source: 'rfc8525', modules: 1 },
      chosen: null,
      proposed: [own],
      bindings: [{ binding: own, evidence: 'run', access: 'change', in_force: true, why: null }],
      actions: [...networkActionTypes].map((action_type) =>
        action_type === 'alarm_silence'
          ? { action_type, binding: null, possible: false }
          : { action_type, binding: own, possible: true, why: [] },
      ),
    });
    const [{ leaves }] = body['bindings'] as readonly [{ readonly leaves: readonly object[] }];
    expect(leaves).toContainEqual({ leaf: 'cell.max_tx_power', access: 'change', why: null });
    expect(leaves).toContainEqual({ leaf: 'cell.operational_state', access: 'read', why: 'it is state' });
  });

  it('are not those of a model that it does not have, nor names that are no bindings', async () => {
    expect(await choose(['ietf-interfaces@2014-05-08'])).toMatchObject({
      http: 409,
      body: { code: 'binding-unfit', violations: [{ pointer: '/bindings/0' }] },
    });
    expect(await choose(['nothing@2026-01-01'])).toMatchObject({
      http: 422,
      body: { code: 'validation-failed', violations: [{ pointer: '/bindings/0' }] },
    });
    expect(await world.call('GET', '/devices/nowhere/bindings')).toMatchObject({
      http: 404,
      body: { code: 'device-unknown' },
    });
  });

  it('are fewer at once, and then nothing is changed over what is gone', async () => {
    expect(await violations()).toEqual([]);
    expect(await choose([])).toMatchObject({ http: 200, body: { device_id: 'gnb-a', bindings: [] } });
    expect(await violations()).toEqual(['binding-unfit']);
    expect((await world.call('GET', path)).body).toMatchObject({
      chosen: [],
      actions: networkActionTypes.map((action_type) => ({ action_type, possible: false, binding: null })),
    });
  });

  it('are more only by a change request that people approve', async () => {
    const requested = await choose([own]);
    expect(requested).toMatchObject({
      http: 202,
      body: { setting: 'device-demo:gnb-a', loosened: [{ pointer: '/bindings' }] },
    });
    expect(await violations()).toEqual(['binding-unfit']);
    await world.approve(requested);
    expect(await violations()).toEqual([]);
    expect((await world.call('GET', path)).body).toMatchObject({ chosen: [own] });
  });
});
