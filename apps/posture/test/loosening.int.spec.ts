import { beforeAll, describe, expect, it } from '@jest/globals';
import { collect } from '@interlock/kernel';
import { postureWorld, type Call } from './posture-world.js';

const world = postureWorld();
const { call, request } = world;

describe('a configuration that loosens', () => {
  const tenant = 'loosened';
  const put = (body: object, over: Call = {}) => request('PUT', '/config', { tenant, body, ...over });
  const configOf = () => call('GET', '/config', { tenant });
  let person: Record<string, string>;
  beforeAll(async () => {
    person = await world.parts.issuer.person(['POSTURE_READ', 'POSTURE_WRITE'], { tenant });
  });

  it('waits for another person, while one that tightens is written at once, by a program too', async () => {
    expect(await put({ dwell_s: 90 })).toMatchObject({ http: 200, dwell_s: 90 });
    expect(await put({ dwell_s: 1 })).toMatchObject({ http: 403, code: 'person-required' });
    const asked = await put({ dwell_s: 1, on_missing: 'seed' }, { as: person });
    expect(asked).toMatchObject({
      http: 202,
      status: 'open',
      setting: `posture-${tenant}:config`,
      loosened: [{ pointer: '/on_missing' }, { pointer: '/dwell_s' }],
    });
    expect(await configOf()).toMatchObject({ dwell_s: 90, on_missing: 'yellow' });
    await world.changes.consent(tenant, asked as never);
    expect(await configOf()).toMatchObject({ dwell_s: 90 });
    // The owner of changes tries again after a crash, and the write is there once.
    await world.changes.approve(tenant, asked as never);
    await world.changes.approve(tenant, asked as never);
    expect(await configOf()).toMatchObject({ dwell_s: 1, on_missing: 'seed' });
    const events = await collect(world.parts.log.store.read(`posture-${tenant}:config`));
    expect(events.map(({ metadata }) => metadata.change?.id)).toEqual([undefined, asked['change_id']]);
    expect(await put({ dwell_s: 1 })).toMatchObject({ http: 200 });
  });

  it('is not written over a later change', async () => {
    const asked = await put({ dwell_s: 0 }, { as: person });
    expect(await put({ dwell_s: 2 })).toMatchObject({ http: 200 });
    await expect(world.changes.approve(tenant, asked as never)).rejects.toMatchObject({
      code: 'stale-change',
    });
    expect(await configOf()).toMatchObject({ dwell_s: 2 });
  });

  it('nor does a program open the gate, or let go of a signal', async () => {
    const gate = { GREEN: 'pass', YELLOW: 'pass', ORANGE: 'approval', RED: 'deny' };
    for (const body of [
      { gate },
      { max_age_s: { integrity_score: null } },
      { thresholds: { red_integrity: 1 } },
    ])
      expect([body, await put(body)]).toMatchObject([body, { http: 403, code: 'person-required' }]);
  });
});
