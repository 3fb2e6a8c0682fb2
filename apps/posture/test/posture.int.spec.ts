import { beforeAll, describe, expect, it } from '@jest/globals';
import { subject, type PostureInputs } from '@interlock/contracts';
import { BusPublisher } from '@interlock/jetstream';
import { collect } from '@interlock/kernel';
import { testContext, until } from '@interlock/testing';
import { start } from '../src/main.js';
import { listedSignals } from './listed-signals.js';
import { postureWorld } from './posture-world.js';
import { registerUser } from './registered.js';

const healthy: PostureInputs = {
  trust_locked: false,
  integrity_score: 97.5,
  consensus_pct: 95,
  reputation_score: 85,
  forecast_risk: 'low',
  recent_responses: 2,
};

const world = postureWorld();
const { ask, call } = world;
let bus: BusPublisher;
beforeAll(() => {
  bus = new BusPublisher(world.parts.connection);
});

const report = (tenant: string, name: string, value: unknown, over: object = {}) =>
  call('PUT', `/signals/${name}`, { tenant, body: { value, ...over } });
const reportAll = async (tenant: string, over: Partial<PostureInputs> = {}): Promise<void> => {
  for (const [name, value] of Object.entries({ ...healthy, ...over })) await report(tenant, name, value);
};
let published = 0;
const publish = (tenant: string, name: string, body: object) =>
  bus.publish(subject({ kind: 'signals', tenant, name, user: `${tenant}.app` }), body, {
    msgId: `signal-${(published += 1)}`,
  });

describe('the posture over HTTP', () => {
  it("is YELLOW for the gates before anyone reports, in the seed's shape", async () => {
    const posture = await call('GET', '', { tenant: 'silent' });
    expect(posture).toMatchObject({
      http: 200,
      policy: 'GREEN',
      effective: 'YELLOW',
      inputs: {
        trust_locked: false,
        integrity_score: 100,
        consensus_pct: 100,
        reputation_score: 100,
        forecast_risk: 'low',
        recent_responses: 0,
      },
      thresholds: {
        red_integrity: 90,
        red_consensus: 85,
        red_responses: 8,
        yellow_integrity: 95,
        yellow_consensus: 90,
        yellow_reputation: 80,
        yellow_responses: 4,
      },
    });
    expect(posture['evaluated_at']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it('is GREEN at once with six good signals, RED at once with a bad one, and RED for a minute after it', async () => {
    await reportAll('one');
    expect(await call('GET', '', { tenant: 'one' })).toMatchObject({
      policy: 'GREEN',
      effective: 'GREEN',
      effective_reasons: [],
      clears: [],
      inputs: healthy,
    });
    expect(await report('one', 'integrity_score', 89.2)).toMatchObject({
      http: 200,
      accepted: true,
      policy: 'RED',
      effective: 'RED',
    });
    expect(await call('GET', '', { tenant: 'one' })).toMatchObject({
      red_triggers: ['integrity_score'],
      clears: ['integrity 89.2 → 90 for YELLOW'],
    });
    expect(await report('one', 'integrity_score', 97)).toMatchObject({ policy: 'GREEN', effective: 'RED' });
    expect(await call('GET', '', { tenant: 'one' })).toMatchObject({
      effective_reasons: [{ code: 'DWELL' }],
    });
    const history = await call('GET', '/history', { tenant: 'one' });
    expect(
      (history['items'] as { policy: string; effective: string }[])
        .slice(0, 3)
        .map(({ policy, effective }) => [policy, effective]),
    ).toEqual([
      ['GREEN', 'RED'],
      ['RED', 'RED'],
      ['GREEN', 'GREEN'],
    ]);
  });

  it('pages through its history', async () => {
    await call('PUT', '/config', { tenant: 'paged', body: { dwell_s: 0 } });
    await reportAll('paged');
    for (const value of [92, 97, 80]) await report('paged', 'integrity_score', value);
    const all = await call('GET', '/history', { tenant: 'paged' });
    const pages: unknown[] = [];
    for (let cursor = ''; ;) {
      const page = await call('GET', `/history?limit=2${cursor}`, { tenant: 'paged' });
      pages.push(...(page['items'] as unknown[]));
      if (page['next'] === null) break;
      cursor = `&cursor=${page['next'] as string}`;
    }
    expect(pages).toEqual(all['items']);
    expect((all['items'] as { effective: string }[])[0]).toMatchObject({
      effective: 'RED',
      previous: { effective: 'GREEN' },
    });
  });

  it('refuses a malformed report, names the fault, and keeps the last good one', async () => {
    await reportAll('bad');
    expect(await report('bad', 'integrity_score', 101)).toMatchObject({
      http: 422,
      code: 'validation-failed',
      violations: [{ pointer: '/value', detail: 'must be a number from 0 to 100' }],
    });
    expect(await report('bad', 'integrity_score', 97, { at: 'now' })).toMatchObject({
      http: 422,
      violations: [{ pointer: '/at' }],
    });
    expect(await report('bad', 'mood', 97)).toMatchObject({ http: 404, code: 'not-found' });
    expect(await report('bad', 'forecast_risk', 'low', { who: 'me' })).toMatchObject({
      http: 422,
      violations: [{ pointer: '/who' }],
    });
    expect(await call('GET', '', { tenant: 'bad' })).toMatchObject({
      effective: 'GREEN',
      inputs: healthy,
      refused: [{ name: 'integrity_score', tenant_id: 'bad' }],
    });
    await report('bad', 'integrity_score', 98);
    expect(await call('GET', '', { tenant: 'bad' })).toMatchObject({ refused: [] });
  });

  it('keeps the last thousand reports of a signal', async () => {
    await report('kept', 'trust_locked', false);
    const [metadata] = await collect(world.parts.log.store.read('$$signal-kept:trust_locked'));
    expect(metadata?.data).toEqual({ $maxCount: 1000 });
  });

  it.each([99, 50])('ignores an earlier report, whether it is better or worse: %d', async (value) => {
    const tenant = `late-${value}`;
    await report(tenant, 'integrity_score', 97);
    const at = new Date(Date.now() - 60_000).toISOString();
    expect(await report(tenant, 'integrity_score', value, { at })).toMatchObject({
      http: 200,
      accepted: false,
      value: 97,
    });
  });

  it.each([
    ['trust_lock', true, 'trust_locked'],
    ['integrity', 96, 'integrity_score'],
    ['consensus', 91, 'consensus_pct'],
    ['reputation', 81, 'reputation_score'],
  ])('has the short name `%s`', async (short, value, name) => {
    expect(await report('short', short, value)).toMatchObject({ http: 200, name, accepted: true });
    await registerUser(world.parts.log.store, 'shorter.app', [short]);
    await publish('shorter', short, { value });
    await until(
      async () => (await collect(world.parts.log.store.read(`signal-shorter:${name}`))).length > 0,
      'it has arrived over the bus',
    );
  });

  it('needs the scopes', async () => {
    expect((await call('GET', '', { scopes: ['POSTURE_WRITE'] })).http).toBe(403);
    expect(
      (await call('PUT', '/signals/trust_locked', { body: { value: true }, scopes: ['POSTURE_READ'] })).http,
    ).toBe(403);
    expect((await call('PUT', '/config', { body: {}, scopes: ['POSTURE_READ'] })).http).toBe(403);
    expect((await call('GET', '?tenant_id=other')).http).toBe(403);
  });
});

describe('the configuration', () => {
  it('changes the named settings, and the level with them', async () => {
    await reportAll('tuned', { integrity_score: 96 });
    expect(
      await call('PUT', '/config', {
        tenant: 'tuned',
        body: { thresholds: { yellow_integrity: 97 }, dwell_s: 0 },
      }),
    ).toMatchObject({
      http: 200,
      thresholds: { yellow_integrity: 97, red_integrity: 90 },
      dwell_s: 0,
      on_missing: 'yellow',
    });
    expect(await call('GET', '', { tenant: 'tuned' })).toMatchObject({
      policy: 'YELLOW',
      effective: 'YELLOW',
      yellow_triggers: ['integrity_score'],
    });
    await call('PUT', '/config', {
      tenant: 'tuned',
      body: { orange: { orange_integrity: 96.5, orange_consensus: 87.5, orange_responses: 6 } },
    });
    expect(await call('GET', '', { tenant: 'tuned' })).toMatchObject({
      policy: 'ORANGE',
      orange_triggers: ['integrity_score'],
    });
    await call('PUT', '/config', { tenant: 'tuned', body: { orange: { orange_integrity: 96 } } });
    expect(await call('GET', '/config', { tenant: 'tuned' })).toMatchObject({
      orange: { orange_integrity: 96, orange_consensus: 87.5, orange_responses: 6 },
    });
    await call('PUT', '/config', {
      tenant: 'tuned',
      body: { orange: null, max_age_s: { forecast_risk: null } },
    });
    expect(await call('GET', '/config', { tenant: 'tuned' })).toMatchObject({
      orange: null,
      thresholds: { yellow_integrity: 97 },
      max_age_s: { forecast_risk: null, integrity_score: 900 },
    });
  });

  it('takes the default thresholds of ORANGE where it names none', async () => {
    expect(await call('PUT', '/config', { tenant: 'orange', body: { orange: {} } })).toMatchObject({
      http: 200,
      orange: { orange_integrity: 92.5, orange_consensus: 87.5, orange_responses: 6 },
    });
  });

  it("lets a tenant choose the seed's plain behaviour", async () => {
    await call('PUT', '/config', { tenant: 'plain', body: { on_missing: 'seed' } });
    expect(await call('GET', '', { tenant: 'plain' })).toMatchObject({
      effective: 'GREEN',
      on_missing: 'seed',
    });
  });

  it.each([
    [{ thresholds: { red_integrity: 99 } }, '/thresholds/red_integrity'],
    [{ thresholds: { red_responses: 1.5 } }, '/thresholds/red_responses'],
    [{ on_missing: 'green' }, '/on_missing'],
    [{ dwell_s: -1 }, '/dwell_s'],
    [{ orange: { orange_integrity: '92' } }, '/orange/orange_integrity'],
    [{ orange: { orange_integrity: 97 } }, '/orange/orange_integrity'],
    [{ max_age_s: { integrity_score: 0 } }, '/max_age_s/integrity_score'],
    [{ mood: 1 }, '/mood'],
    [{ dwell_s: null, thresholds: { red_integrity: null } }, '/dwell_s'],
    [{ dwell_s: null, thresholds: { red_integrity: null } }, '/thresholds/red_integrity'],
  ])('refuses %p', async (body, pointer) => {
    const answer = await call('PUT', '/config', { tenant: 'refused', body });
    expect([answer.http, answer.violations?.map((violation) => violation.pointer)]).toEqual([
      422,
      expect.arrayContaining([pointer]),
    ]);
  });
});

describe('another instance', () => {
  it('knows the same posture, and counts a report that was delivered twice once', async () => {
    await call('PUT', '/config', { tenant: 'twice', body: { dwell_s: 0 } });
    await registerUser(world.parts.log.store, 'twice.app', ['*']);
    await reportAll('twice');
    const other = await start(testContext(world.parts, 'posture'));
    try {
      const answers = await Promise.all(Array.from({ length: 12 }, () => ask('twice')));
      expect(answers.map(({ effective }) => effective)).toEqual(answers.map(() => 'GREEN'));
      const at = new Date().toISOString();
      await Promise.all([1, 2, 3].map(() => publish('twice', 'integrity_score', { value: 80, at })));
      await until(async () => (await ask('twice')).effective === 'RED', 'the report has arrived');
      await publish('twice', 'trust_locked', { value: true });
      await until(
        async () => (await ask('twice')).red_triggers.length === 2,
        'what came after the copies has arrived',
      );
      const reports = await collect(world.parts.log.store.read('signal-twice:integrity_score'));
      expect(reports.map(({ data }) => (data as { value: number }).value)).toEqual([97.5, 80]);
      const levels = (await collect(world.parts.log.store.read('posture-twice:level'))).map(
        ({ data }) => (data as { effective: string }).effective,
      );
      expect(levels.filter((level, i) => level === levels[i - 1])).toEqual([]);
    } finally {
      await other.stop();
    }
  });
});

describe('the posture over the bus', () => {
  it('is returned to the gates, with a version', async () => {
    const answer = await ask('asked');
    expect(answer).toMatchObject({ tenant_id: 'asked', policy: 'GREEN', effective: 'YELLOW' });
    expect(answer.version).toMatch(/^\d+/);
    expect(await world.rpc.call('posture.posture', { tenant_id: 'asked' })).toMatchObject({
      effective: 'YELLOW',
    });
    await expect(world.rpc.call('posture.posture', { tenant_id: 'A.B' })).rejects.toMatchObject({
      code: 'validation-failed',
    });
  });

  it('accepts signals, refuses bad ones, and continues', async () => {
    await registerUser(world.parts.log.store, 'bussed.app', ['*']);
    for (const [name, value] of Object.entries(healthy))
      await publish('bussed', name, { value, source: 'probe' });
    await until(async () => (await ask('bussed')).effective === 'GREEN', 'the signals have arrived');
    await publish('bussed', 'integrity_score', { value: 'abc' });
    await publish('bussed', 'no_signal', { value: 1 });
    world.parts.connection.publish(
      subject({ kind: 'signals', tenant: 'bussed', name: 'consensus_pct', user: 'bussed.app' }),
      'no json',
    );
    await publish('bussed', 'trust_locked', { value: true, at: new Date().toISOString() });
    expect(
      await until(async () => {
        const answer = await ask('bussed');
        return answer.effective === 'RED' && answer;
      }, 'the lock has arrived'),
    ).toMatchObject({
      red_triggers: ['trust_locked'],
      inputs: { integrity_score: 97.5, consensus_pct: 95 },
      signals: { integrity_score: { source: 'probe' } },
    });
    const refused = await until(async () => {
      const posture = await call('GET', '', { tenant: 'bussed' });
      return (posture['refused'] as { name: string }[]).length === 2 && posture['refused'];
    }, 'both are reported as refused');
    expect(refused).toMatchObject([
      { name: 'integrity_score', source: 'nats' },
      { name: 'consensus_pct', violations: [{ pointer: '/value' }] },
    ]);
  });

  listedSignals({ parts: () => world.parts, http: () => world.service.http.port, publish, ask });

  it("counts `_system`'s signals for every tenant, and records each one's level", async () => {
    await reportAll('shared');
    await call('PUT', '/config', { tenant: 'shared', body: { dwell_s: 0 } });
    await report('_system', 'integrity_score', 80);
    expect(await ask('shared')).toMatchObject({
      effective: 'RED',
      signals: { integrity_score: { value: 80, source: expect.stringContaining('_system:') } },
    });
    await until(
      async () => (await collect(world.parts.log.store.read('posture-shared:level'))).at(-1)?.data,
      'a level is recorded',
    );
    await until(
      async () =>
        (
          (await collect(world.parts.log.store.read('posture-shared:level'))).at(-1)?.data as {
            effective?: string;
          }
        ).effective === 'RED',
      'the level of the other tenant is recorded',
    );
    await report('_system', 'integrity_score', 99);
  });

  it('grows stale by time alone, and that is recorded though nobody asks', async () => {
    await call('PUT', '/config', {
      tenant: 'aged',
      body: { max_age_s: { integrity_score: 2 }, dwell_s: 0.5 },
    });
    const levels = async (): Promise<readonly string[]> =>
      (await collect(world.parts.log.store.read('posture-aged:level'))).map(
        ({ data }) => (data as { readonly effective: string }).effective,
      );
    // On a busy machine two seconds may pass before a level is recorded, and the other signals may
    // grow stale too. Then all are reported again, this one last.
    await until(async () => {
      await reportAll('aged');
      await report('aged', 'integrity_score', 97.5);
      return (await levels()).includes('GREEN');
    }, 'GREEN is recorded');
    await until(async () => (await levels()).at(-1) === 'YELLOW', 'the stale signal is recorded');
    expect((await ask('aged')).effective_reasons).toMatchObject([
      { code: 'SIGNAL_STALE', signal: 'integrity_score' },
    ]);
  });

  it('improves after the dwell by time alone', async () => {
    await call('PUT', '/config', { tenant: 'dwelling', body: { dwell_s: 0.5 } });
    await reportAll('dwelling', { forecast_risk: 'high' });
    // A report that is refused while the machine is busy is made again, as a reporter does.
    await until(async () => {
      const { http } = await report('dwelling', 'forecast_risk', 'low');
      return http < 300 && (await ask('dwelling')).policy === 'GREEN';
    }, 'the better signal counts');
    await until(async () => (await ask('dwelling')).effective === 'GREEN', 'the dwell is over');
    const levels = async () =>
      (await collect(world.parts.log.store.read('posture-dwelling:level'))).map(
        ({ data }) => (data as { effective: string }).effective,
      );
    await until(async () => (await levels()).at(-1) === 'GREEN', 'the end of the dwell is recorded');
    expect(await levels()).toContain('RED');
  });
});
