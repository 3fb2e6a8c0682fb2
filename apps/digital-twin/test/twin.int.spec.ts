import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PredictionV1 } from '@interlock/contracts';
import { uuidV5 } from '@interlock/kernel';
import { until } from '@interlock/testing';
import { recompute } from '@interlock/twin';
import { entries, finished, question, startWorld, type World } from './twin-world.js';

let world: World;
let call: World['call'];
let ask: World['ask'];
let end: World['end'];
let traces: World['traces'];
beforeAll(async () => {
  world = await startWorld();
  ({ call, ask, end, traces } = world);
});
afterAll(() => world.stop());

describe('predictions', () => {
  it('are a heuristic without memory, the same over the bus and HTTP, and can be computed again', async () => {
    const { http, ...answer } = await call('/predict', {
      body: { ...question, at: '2026-06-01T12:00:00.000Z' },
      tenant: 'empty',
    });
    expect([http, answer['basis'], answer['memory_version']]).toEqual([200, 'heuristic', '0']);
    expect(
      await world.rpc.call('digital-twin.predict', {
        ...question,
        tenant_id: 'empty',
        at: '2026-06-01T12:00:00.000Z',
      }),
    ).toEqual(answer);
    expect(recompute(answer as unknown as PredictionV1)).toEqual(answer);
  });

  it('are by the network model if the question has what it expects and there is no memory', async () => {
    const expected = { before: { users: 100 }, after: { users: 90 }, limit_use: 2 };
    const body = { ...question, at: '2026-06-01T12:00:00.000Z', expected };
    const { http, ...answer } = await call('/predict', { body, tenant: 'empty' });
    expect([http, answer['basis'], answer['risk_level']]).toEqual([200, 'model', 'HIGH']);
    expect(await world.rpc.call('digital-twin.predict', { ...body, tenant_id: 'empty' })).toEqual(answer);
    expect(recompute(answer as unknown as PredictionV1)).toEqual(answer);
  });

  it('answer three fields alone', async () => {
    const { action_type, entity_id, parameters } = question;
    expect(
      (await call('/predict', { body: { action_type, entity_id, parameters }, scopes: ['AUTONOMOUS_READ'] }))
        .http,
    ).toBe(200);
  });

  it.each([
    [{ ...question, action_type: 'Cell Failover' }, ['/action_type']],
    [{ ...question, parameters: [] }, ['/parameters']],
    [{ entity_id: '' }, ['/action_type', '/entity_id', '/parameters']],
    [{ ...question, affected_entity_count: -1, more: 1 }, ['/affected_entity_count', '/more']],
    [{ ...question, at: 'soon' }, ['/at']],
    [{ ...question, at: '2026-12-31T23:59:60Z' }, ['/at']],
    [{ ...question, at: null, expected: null, state: null }, ['/at', '/expected', '/state']],
    [{ ...question, expected: { before: {}, after: { users: '9' }, limit_use: 1 } }, ['/expected']],
    [{ ...question, expected: { before: {}, after: {}, limit_use: -1 } }, ['/expected']],
    [{ ...question, state: { users: '9' } }, ['/state']],
    [{ ...question, state: [1] }, ['/state']],
  ])('refuse %p', async (body, pointers) => {
    const answer = await call('/predict', { body });
    expect(answer.http).toBe(422);
    expect(
      [...new Set((answer['violations'] as { pointer: string }[]).map(({ pointer }) => pointer))].toSorted(),
    ).toEqual(pointers);
  });

  it("need their scopes and the token's tenant", async () => {
    expect((await call('/predict', { body: question, scopes: ['POLICY_READ'] })).http).toBe(403);
    expect((await call('/predict', { body: { ...question, tenant_id: 'other' } }))['code']).toBe(
      'wrong-tenant',
    );
    expect((await call('/traces/import', { body: entries(1), scopes: ['AUTONOMOUS_READ'] })).http).toBe(403);
  });
});

describe('importing traces', () => {
  it('fills the memory, once, marked, so that an ordinary failover is LOW and sure', async () => {
    const first = await call('/traces/import', { body: entries(30), tenant: 'filled' });
    expect(first).toMatchObject({ http: 200, imported: 30, known: 0, memory: { traces: 30 } });
    expect(await call('/traces/import', { body: entries(30), tenant: 'filled' })).toMatchObject({
      imported: 0,
      known: 30,
      memory: { traces: 30 },
      position: null,
    });
    const answer = await ask('filled');
    expect(answer).toMatchObject({ basis: 'memory', risk_level: 'LOW', memory_version: first['position'] });
    expect(answer.confidence).toBeGreaterThanOrEqual(0.8);
    expect(answer.traces).toHaveLength(3);
    expect(recompute(answer)).toEqual(answer);
    const today = new Date().toISOString().slice(0, 10);
    const recorded = await traces('filled', today);
    expect(
      recorded.every(
        ({ type, data }) => type === 'TraceImported' && (data as { imported: boolean }).imported,
      ),
    ).toBe(true);
    expect((await ask('elsewhere')).basis).toBe('heuristic');
  });

  it("makes the network's state count where outcomes follow from it, also after a restart", async () => {
    const tenant = 'stateful';
    const kpis = (load: number) => ({ users: 200, latency_ms: 10 + load / 10, load_pct: load });
    const body = Array.from({ length: 120 }, (_, i) => ({
      ...entries(1)[0]!,
      trace_id: `busy-${i}`,
      context: { affected_entity_count: 3, before: kpis((i * 37) % 97) },
      impact_delta: -((i * 37) % 97) / 3,
      age_h: 300 - i,
    }));
    expect(await call('/traces/import', { body, tenant })).toMatchObject({ http: 200, imported: 120 });
    const at = new Date().toISOString();
    const asked = { ...question, at, fresh: true, tenant_id: tenant };
    const blind = await world.rpc.call('digital-twin.predict', asked);
    expect(blind.lacks_state).toBe(true);
    const state = kpis(90);
    const { http, ...seen } = await call('/predict', { body: { ...question, at, state }, tenant });
    expect([http, seen['input']]).toMatchObject([200, { state: { embedding: 'kpis-1', kpis: state } }]);
    expect(seen).not.toHaveProperty('lacks_state');
    expect(seen['impact_delta']).toBeLessThan(blind.impact_delta);
    expect(recompute(seen as unknown as PredictionV1)).toEqual(seen);
    await world.restart();
    expect(await world.rpc.call('digital-twin.predict', { ...asked, state })).toEqual(seen);
  });

  it('makes predictions from the three nearest alone where the installation says so', async () => {
    await call('/traces/import', { body: entries(60), tenant: 'three' });
    const used = async (): Promise<readonly unknown[]> => {
      const { traces, input } = await ask('three');
      return [traces.length, input['method']];
    };
    await world.restart({ TWIN_METHOD: 'top_three' });
    expect(await used()).toEqual([3, 'top_three']);
    await world.restart();
    expect(await used()).toEqual([25, undefined]);
  });

  it('takes lines as well as an array', async () => {
    const text = entries(3)
      .map((entry) => JSON.stringify(entry))
      .join('\n');
    expect(
      await call('/traces/import', { text, type: 'application/x-ndjson', tenant: 'lines' }),
    ).toMatchObject({ http: 200, imported: 3 });
  });

  it('refuses in lines what no body may hold', async () => {
    const [first, second] = entries(2).map((entry) => JSON.stringify(entry));
    const text = `${first}\n${second!.replace('{', '{"context":{},"incident_id":"a\\u0000",')}`;
    const answer = await call('/traces/import', { text, type: 'application/x-ndjson', tenant: 'lines' });
    expect([answer.http, answer['violations']]).toEqual([
      422,
      [
        { pointer: '/1/context', detail: 'must be given once' },
        { pointer: '/1/incident_id', detail: expect.stringContaining('without NUL') },
      ],
    ]);
  });

  it('takes a file whole or not at all, every fault named', async () => {
    const answer = await call('/traces/import', {
      body: [...entries(2), { entity_id: 'x' }],
      tenant: 'faulty',
    });
    expect(answer).toMatchObject({ http: 422, code: 'validation-failed' });
    expect((answer['violations'] as { pointer: string }[]).map(({ pointer }) => pointer)).toEqual([
      '/2/impact_delta',
      '/2/action_type',
      '/2/finished_at',
    ]);
    expect((await ask('faulty')).basis).toBe('heuristic');
    expect((await call('/traces/import', { text: '{oops', type: 'application/x-ndjson' })).http).toBe(422);
    expect((await call('/traces/import', { body: { traces: [] } })).http).toBe(422);
  });
});

describe('what actions leave behind', () => {
  it('is one trace for each that really ran, which the next prediction uses', async () => {
    await end('ran', 'a1', 'ActionCompleted', finished());
    const answer = await until(async () => {
      const prediction = await ask('ran');
      return prediction.basis === 'memory' && prediction;
    }, 'the trace is remembered');
    expect(answer).toMatchObject({
      impact_by_kpi: { latency_ms: 4 },
      traces: [{ harmed: false, impact_delta: -20 }],
    });
    expect(
      (await traces('ran')).map(({ type, data }) => [type, (data as { action_id: string }).action_id]),
    ).toEqual([['TraceRecorded', 'a1']]);
  });

  it('is harm where it was rolled back, also after it had completed', async () => {
    await end('back', 'a1', 'ActionCompleted', finished());
    await until(async () => (await ask('back')).basis === 'memory', 'the completion is remembered');
    await end('back', 'a1', 'ActionRolledBack', { ...finished(), cause: 'operator' }, 1);
    const answer = await until(async () => {
      const prediction = await ask('back');
      return prediction.traces[0]?.harmed === true && prediction;
    }, 'the rollback is remembered');
    expect(answer.traces).toHaveLength(1);
    expect(answer.risk_level).toBe('HIGH');
  });

  it('takes the vote from a twin that was wrong too often, and says so to people', async () => {
    const wrong = finished({
      predicted: {
        risk_score: 10,
        impact_delta: -2,
        impact_by_kpi: {},
        confidence_interval: [-4, 0],
      },
    });
    for (let i = 0; i < 31; i += 1) await end('wrong', `a${i}`, 'ActionCompleted', wrong);
    const answer = await until(async () => {
      const prediction = await ask('wrong');
      return prediction.lost_vote !== undefined && prediction;
    }, 'the twin has lost its vote');
    expect(answer).toMatchObject({
      basis: 'memory',
      lost_vote: { outcomes: 31, misses: 31, most_misses: 30 },
    });
    expect(recompute(answer)).toEqual(answer);
    expect(await call('/calibration', { tenant: 'wrong', method: 'GET' })).toMatchObject({
      least_coverage: 0.85,
      items: [{ action_type: 'cell_failover', judged: 31, inside: 0, has_vote: false }],
    });
    expect(await call('/calibration', { tenant: 'ran', method: 'GET' })).toMatchObject({
      items: [{ has_vote: true }],
    });
  });

  it('calibrates the risk, once enough outcomes show how often such actions do harm', async () => {
    const said = finished({
      predicted: {
        risk_score: 60,
        raw_risk: 30,
        impact_delta: -20,
        impact_by_kpi: {},
        confidence_interval: [-30, 0],
      },
    });
    for (let i = 0; i < 200; i += 1)
      await end('scored', `a${i}`, i % 8 === 0 ? 'ActionRolledBack' : 'ActionCompleted', {
        ...said,
        cause: 'validation',
      });
    const answer = await until(async () => {
      const prediction = await ask('scored');
      return prediction.input['eligible'] === 200 && prediction;
    }, 'every outcome is remembered');
    expect(answer.input['risk']).toMatchObject({ outcomes: 200, harmed: 25, score: answer.risk_score });
    expect(answer.raw_risk).toBeGreaterThanOrEqual(1);
    expect(answer.explanation).toContain('by the last 200 outcomes');
    expect(recompute(answer)).toEqual(answer);
    const [recorded] = await traces('scored');
    expect(recorded!.data).toMatchObject({ predicted: { risk_score: 60, raw_risk: 30 } });
  });

  it('is harm where a person called it bad', async () => {
    await end('judged', 'a1', 'ActionCompleted', finished());
    await until(async () => (await ask('judged')).basis === 'memory', 'the completion is remembered');
    await world.say('judged', 'a1', 'good');
    await world.say('judged', 'a1', 'bad', 1);
    const answer = await until(async () => {
      const prediction = await ask('judged');
      return prediction.traces[0]?.harmed === true && prediction;
    }, 'the verdict is remembered');
    expect(answer).toMatchObject({ risk_level: 'HIGH', traces: [{ impact_delta: -20 }] });
    expect((await traces('judged')).map(({ type }) => type)).toEqual(['TraceRecorded', 'TraceJudged']);
  });

  it('counts, although an import of the same day took the trace ids of the actions before', async () => {
    const actions = Array.from({ length: 31 }, (_, i) => `a${i}`);
    const taken = actions.flatMap((action) =>
      entries(1, {
        trace_id: uuidV5('trace', 'taken', action),
        finished_at: '2026-06-01T10:00:00.000Z',
        age_h: undefined,
      }),
    );
    expect(await call('/traces/import', { body: taken, tenant: 'taken' })).toMatchObject({ imported: 31 });
    // A verdict on an action without a trace is not written into the import.
    const manager = await world.parts.connection.jetstreamManager();
    const verdicts = () => manager.consumers.info('EVENTS', 'digital-twin-feedback');
    const { delivered } = await verdicts();
    await world.say('taken', 'a0', 'harmful');
    await until(
      async () => (await verdicts()).delivered.consumer_seq > delivered.consumer_seq,
      'the early verdict is delivered',
    );
    await world.settled();
    const wrong = finished({
      predicted: { risk_score: 10, impact_delta: -2, impact_by_kpi: {}, confidence_interval: [-4, 0] },
    });
    for (const [i, action] of actions.entries())
      await (i % 2 === 0
        ? end('taken', action, 'ActionCompleted', wrong)
        : end('taken', action, 'ActionRolledBack', { ...wrong, cause: 'operator' }));
    const answer = await until(async () => {
      const prediction = await ask('taken');
      return prediction.lost_vote !== undefined && prediction;
    }, 'every action is recorded');
    expect(answer.lost_vote).toEqual({ outcomes: 31, misses: 31, most_misses: 30 });
    expect(await call('/traces/import', { body: taken, tenant: 'taken' })).toMatchObject({
      imported: 0,
      known: 31,
      memory: { traces: 31 },
    });
    await world.say('taken', 'a0', 'bad', 1);
    const kinds = await until(async () => {
      const recorded = (await traces('taken')).map(({ type }) => type);
      return recorded.at(-1) === 'TraceJudged' && recorded;
    }, 'the later verdict is in the log');
    expect(kinds).toEqual([
      ...taken.map(() => 'TraceImported'),
      ...actions.map(() => 'TraceRecorded'),
      'TraceJudged',
    ]);
  });

  it('is nothing for a dry run, a refusal, or what nobody observed, and one for what comes twice', async () => {
    await end('quiet', 'dry', 'ActionCompleted', finished({ dry_run: true }));
    await end('quiet', 'blind', 'ActionRolledBack', {
      ...finished({ observation: null }),
      cause: 'kill_switch',
    });
    await end('quiet', 'denied', 'ActionDenied', { reasons: [] });
    await end('quiet', 'real', 'ActionCompleted', finished());
    await until(async () => (await ask('quiet')).basis === 'memory', 'the real one is remembered');
    const manager = await world.parts.connection.jetstreamManager();
    const jetstream = world.parts.connection.jetstream();
    const copy = await manager.streams.getMessage('EVENTS', {
      last_by_subj: 'interlock.events.action.ActionCompleted.quiet',
    });
    await jetstream.publish(copy.subject, copy.data);
    await end('quiet', 'last', 'ActionCompleted', finished({ entity_id: 'gnb-009-cell-9' }));
    await until(
      async () => (await ask('quiet')).traces.length === 2,
      'what came after the copy is remembered',
    );
    expect((await traces('quiet')).map(({ data }) => (data as { action_id: string }).action_id)).toEqual([
      'real',
      'last',
    ]);
  });
});

describe('what the memory shows', () => {
  it('is how well predictions came true, and one trace by its id, of the tenant alone', async () => {
    const reading = { method: 'GET', scopes: ['AUTONOMOUS_READ'] } as const;
    await call('/traces/import', { body: entries(2), tenant: 'shown' });
    await end(
      'shown',
      '7f7b1f2e-0000-4000-8000-000000000001',
      'ActionRolledBack',
      finished({
        predicted: { risk_score: 12, impact_delta: -1, impact_by_kpi: {}, confidence_interval: [-30, 5] },
      }),
    );
    const shown = await until(async () => {
      const answer = await call('/calibration', { ...reading, tenant: 'shown' });
      return answer['traces'] === 3 && answer;
    }, 'the trace of the action is in the memory');
    expect(shown).toMatchObject({
      http: 200,
      nominal_coverage: 0.9,
      items: [
        {
          action_type: 'cell_failover',
          traces: 3,
          outcomes: 1,
          inside: 1,
          coverage: 1,
          bins: [{ from: 11, to: 18, outcomes: 1, said: 0.12, seen: 1 }],
        },
      ],
    });
    expect(await call('/traces/trace-1', { ...reading, tenant: 'shown' })).toMatchObject({
      http: 200,
      trace_id: 'trace-1',
      imported: true,
      predicted: null,
    });
    expect(await call('/traces/trace-1', { ...reading, tenant: 'stranger' })).toMatchObject({
      http: 404,
      code: 'not-found',
    });
    expect(await call('/calibration', { ...reading, tenant: 'stranger' })).toMatchObject({
      traces: 0,
      items: [],
    });
    expect((await call('/calibration', { ...reading, scopes: ['POLICY_READ'] })).http).toBe(403);
  });
});
