import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sealedBy } from '@interlock/contracts';
import { answerChangeRequests, until } from '@interlock/testing';
import { entries, finished, startWorld, type World } from './twin-world.js';

let world: World;
let changes: ReturnType<typeof answerChangeRequests>;
beforeAll(async () => {
  world = await startWorld();
  changes = answerChangeRequests(world.parts, 'digital-twin');
});
afterAll(() => world.stop());

const reason = 'the site owner asked for it';
const request = (tenant: string, trace: string, over: Parameters<World['call']>[1] = {}) =>
  world.call(`/traces/${trace}`, { method: 'DELETE', tenant, as: 'ann', body: { reason }, ...over });
/** A person requests it, and another one approves. */
const forget = async (tenant: string, trace: string) => {
  const change = await request(tenant, trace);
  expect(change.http).toBe(202);
  await changes.approve(tenant, change as never);
};
const usedBy = async (tenant: string): Promise<readonly string[]> =>
  (await world.ask(tenant)).traces.map(({ trace_id }) => trace_id);

describe('forgetting a trace', () => {
  it('takes effect once another person approves, and stays so over a restart', async () => {
    await world.call('/traces/import', { body: entries(2), tenant: 'gone' });
    const change = await request('gone', 'trace-0');
    expect(change).toMatchObject({
      http: 202,
      status: 'open',
      setting: 'trace-gone:forgotten=trace-0',
      required_people: 2,
      loosened: [{ pointer: '/trace' }],
    });
    expect(await usedBy('gone')).toContain('trace-0');
    await changes.approve('gone', change as never);
    const [event] = await world.traces('gone', 'forgotten=trace-0');
    expect(event).toMatchObject({
      type: 'TraceForgotten',
      data: { trace_id: 'trace-0', action_type: 'cell_failover' },
      metadata: { actor: { kind: 'person' }, change: { id: change['change_id'] } },
    });
    expect(sealedBy((event!.data as { reason: string }).reason)).toBeDefined();
    expect(await usedBy('gone')).toEqual(['trace-1']);
    await world.restart();
    const answer = await world.ask('gone');
    expect(answer.traces.map(({ trace_id }) => trace_id)).toEqual(['trace-1']);
    expect(await world.call('/traces/trace-0', { method: 'GET', tenant: 'gone' })).toMatchObject({
      http: 404,
      code: 'not-found',
      detail: 'trace `trace-0` was forgotten',
    });
    expect(await world.call('/calibration', { method: 'GET', tenant: 'gone' })).toMatchObject({
      traces: 1,
      memory_version: answer.memory_version,
    });
  });

  it('again changes nothing, and an import does not bring the trace back', async () => {
    await world.call('/traces/import', { body: entries(3), tenant: 'twice' });
    await forget('twice', 'trace-1');
    const { memory_version: version } = await world.ask('twice');
    expect(await request('twice', 'trace-1')).toEqual({ http: 200, trace_id: 'trace-1', forgotten: true });
    expect(await world.call('/traces/import', { body: entries(4), tenant: 'twice' })).toMatchObject({
      http: 200,
      imported: 1,
      known: 3,
      forgotten: 1,
      memory: { traces: 3 },
    });
    expect(await usedBy('twice')).not.toContain('trace-1');
    expect(await world.traces('twice', 'forgotten=trace-1')).toHaveLength(1);
    expect((await world.ask('twice')).memory_version).not.toBe(version);
  });

  it('needs a reason, a person with the scope of an import, and a trace of the tenant', async () => {
    await world.call('/traces/import', { body: entries(1), tenant: 'kept' });
    expect(await request('kept', 'trace-0', { body: {} })).toMatchObject({ http: 422 });
    expect(await request('kept', 'trace-0', { body: { reason: ' ' } })).toMatchObject({ http: 422 });
    expect(await request('kept', 'trace-0', { scopes: ['AUTONOMOUS_READ'] })).toMatchObject({
      http: 403,
      code: 'missing-scope',
    });
    const { as: _, ...program } = { as: 'ann', method: 'DELETE', tenant: 'kept', body: { reason } } as const;
    expect(await world.call('/traces/trace-0', program)).toMatchObject({
      http: 403,
      code: 'person-required',
    });
    expect(await request('kept', 'trace-9')).toMatchObject({ http: 404, code: 'not-found' });
    expect(await request('stranger', 'trace-0')).toMatchObject({ http: 404, code: 'not-found' });
    expect(await usedBy('kept')).toEqual(['trace-0']);
  });
});

describe('the forgotten trace of an action', () => {
  const traceOf = async (tenant: string, action: string): Promise<string> =>
    until(async () => {
      const recorded = await world.traces(tenant);
      const data = recorded.map((event) => event.data as { trace_id: string; action_id: string });
      return data.find(({ action_id }) => action_id === action)?.trace_id ?? false;
    }, 'the trace is recorded');

  it('is not recorded or judged again', async () => {
    const tenant = 'undone';
    await world.end(tenant, 'a1', 'ActionCompleted', finished());
    const trace = await traceOf(tenant, 'a1');
    await forget(tenant, trace);
    expect((await world.ask(tenant)).basis).toBe('heuristic');
    await world.end(tenant, 'a1', 'ActionRolledBack', { ...finished(), cause: 'operator' }, 1);
    await world.say(tenant, 'a1', 'harmful');
    // The bus keeps the order of the log. What follows is remembered, so both are on the bus.
    await world.end(tenant, 'a2', 'ActionCompleted', finished());
    const other = await traceOf(tenant, 'a2');
    await world.say(tenant, 'a2', 'bad');
    await until(
      async () => (await world.ask(tenant)).traces[0]?.harmed === true,
      'the verdict on the other action is remembered',
    );
    await world.settled();
    expect(await usedBy(tenant)).toEqual([other]);
    expect((await world.traces(tenant)).map(({ type }) => type)).toEqual([
      'TraceRecorded',
      'TraceRecorded',
      'TraceJudged',
    ]);
  });

  it('gives a twin that was wrong its vote back in no case', async () => {
    const tenant = 'voteless';
    const predicted = { risk_score: 10, impact_delta: -2, impact_by_kpi: {}, confidence_interval: [-4, 0] };
    for (let i = 0; i < 31; i += 1)
      await world.end(tenant, `a${i}`, 'ActionCompleted', finished({ predicted } as never));
    const lost = await until(
      async () => (await world.ask(tenant)).lost_vote ?? false,
      'the twin has lost its vote',
    );
    const forgotten = (await world.ask(tenant)).traces.map(({ trace_id }) => trace_id);
    for (const trace of forgotten) await forget(tenant, trace);
    const answer = await world.ask(tenant);
    expect(answer.lost_vote).toEqual(lost);
    expect(answer.traces.some(({ trace_id }) => forgotten.includes(trace_id))).toBe(false);
    expect(await world.call('/calibration', { method: 'GET', tenant })).toMatchObject({
      traces: 28,
      items: [{ judged: 31, inside: 0, has_vote: false }],
    });
  });
});
