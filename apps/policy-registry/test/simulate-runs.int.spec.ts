import { beforeAll, describe, expect, it } from '@jest/globals';
import { testMetadata } from '@interlock/kernel';
import {
  evaluate,
  evaluationStream,
  noPolicies,
  normalBundle,
  readColumns,
  WhatIf,
  type RecordedColumns,
  type RuleInput,
} from '@interlock/policy';
import { untilReady } from '@interlock/testing';
import { codeOf, useRegistry, type Answer } from './world.js';

const registry = useRegistry();
const { call } = registry;
const path = '/api/v1/policy/simulate';
const many = 3000;
const rules = [
  {
    id: 'stop',
    agent: '*',
    action: 'inbox.quarantine',
    effect: 'deny',
    priority: 300,
    conditions: [{ field: 'risk_score', op: '>=', value: 85 }],
    reason: 'A reason long enough',
  },
  {
    id: 'go',
    agent: '*',
    action: 'inbox.quarantine',
    effect: 'allow',
    priority: 100,
    conditions: [{ field: 'risk_score', op: '<', value: 30 }],
    reason: 'A reason long enough',
    budget: { cost: 0.1, compute: 0.01 },
  },
];
const replay = { bundle: { rules }, dataset: { kind: 'replay', max_evaluations: 100_000 }, async: true };
const begin = (body: object = replay, to = path): Promise<Answer> => call('POST', to, { body });
type RunEvent = { readonly event: string; readonly data: Record<string, unknown> };

/** The events of a run as a client receives them. */
const updates = async function* (id: string, as?: Record<string, string>): AsyncGenerator<RunEvent> {
  const response = await fetch(`http://127.0.0.1:${registry.running.http.port}${path}/runs/${id}/events`, {
    headers: as ?? (await registry.parts.issuer.person(['POLICY_READ'])),
  });
  expect([response.status, response.headers.get('content-type')]).toEqual([
    200,
    expect.stringContaining('text/event-stream'),
  ]);
  let text = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const frame = text.slice(0, end);
      text = text.slice(end + 2);
      const event = /^event: (.*)$/m.exec(frame)?.[1];
      if (event !== undefined)
        yield { event, data: JSON.parse(/^data: (.*)$/m.exec(frame)![1]!) as Record<string, unknown> };
    }
  }
};

beforeAll(async () => {
  const { store } = registry.parts.log;
  const now = new Date().toISOString();
  const stream = evaluationStream('demo', now.slice(0, 10));
  for (let from = 0; from < many; from += 500) {
    await store.append(
      stream,
      Array.from({ length: 500 }, (_, i) => {
        const id = crypto.randomUUID();
        const context = { risk_score: (from + i) % 100 };
        const [agent, action_type] = [`agent-${i % 7}`, 'inbox.quarantine'];
        const decided = evaluate({
          evaluation_id: id,
          trace_id: 't',
          agent,
          action_type,
          context,
          policies: noPolicies,
          bundle: null,
          confidence_thresholds: { LOW: 0.7, MEDIUM: 0.85, HIGH: 0.95 },
          versions: {},
          position: '0',
        });
        const input = {
          tenant_id: 'demo',
          agent,
          action_type,
          context,
          at: now,
          action_id: null,
          request_id: null,
          dry_run: false,
        };
        return {
          id,
          type: 'EvaluationRecorded',
          data: { ...decided, input },
          metadata: testMetadata({ tenant_id: 'demo', occurred_at: now }),
        };
      }),
      'any',
    );
  }
});

describe('recorded decisions, downloaded by columns', () => {
  const decisions = `${path}/decisions`;
  const read = async (query: string, as?: Record<string, string>): Promise<RecordedColumns> => {
    const answer = await call('GET', `${decisions}?${query}`, as === undefined ? {} : { as });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      200,
      'application/json; charset=utf-8',
    ]);
    return answer.body as unknown as RecordedColumns;
  };

  it("are evaluated like the server's simulation, with only the requested fields", async () => {
    const columns = await read('fields=risk_score&max_evaluations=100000');
    const rows = readColumns(columns);
    expect(rows).toHaveLength(many);
    expect(new Set(rows.flatMap(({ context }) => Object.keys(context)))).toEqual(new Set(['risk_score']));
    const { rules: normal } = normalBundle({ version: '1.0.0', rules: rules as readonly RuleInput[] });
    const report = new WhatIf(rows, noPolicies, null).against(normal);
    const { body } = await call('POST', path, {
      body: { bundle: { rules }, dataset: { kind: 'replay', max_evaluations: 10_000 } },
    });
    expect(body).toMatchObject({ total: many, decisions: report.candidate, changes: report.counts });
    expect(report.counts).toEqual({ 'NEEDS_APPROVAL→ALLOW': 900, 'NEEDS_APPROVAL→DENY': 450 });
  });

  it('say if there are more, and cover the last day by default', async () => {
    expect(await read('max_evaluations=10')).toMatchObject({ capped: true, policies: [] });
    expect((await read('max_evaluations=10')).evaluation_ids).toHaveLength(10);
    const before = await read('to=2020-01-02T00:00:00Z');
    expect(before).toMatchObject({ from: '2020-01-01T00:00:00.000Z', capped: false, evaluation_ids: [] });
  });

  it('are limited by team and tenant', async () => {
    const { issuer } = registry.parts;
    expect(
      (await call('PUT', '/api/v1/policy/teams/first', { body: { name: 'First', agents: ['agent-1'] } }))
        .status,
    ).toBe(200);
    const bound = readColumns(
      await read('max_evaluations=100000', await issuer.person(['POLICY_READ'], { teams: ['first'] })),
    );
    expect(new Set(bound.map(({ agent }) => agent))).toEqual(new Set(['agent-1']));
    expect(readColumns(await read('', await issuer.person(['POLICY_READ'], { tenant: 'other' })))).toEqual(
      [],
    );
    expect(codeOf(await call('GET', decisions, { as: await issuer.person(['ALERT_READ']) }))).toContain(
      '403',
    );
  });

  it('are refused with the name of every fault', async () => {
    const unknown = await call('GET', `${decisions}?fields=risk_score,nobody,nothing`);
    expect(codeOf(unknown)).toBe('422 validation-failed');
    expect(JSON.stringify(unknown.body)).toMatch(/`nobody`.*`nothing`/);
    const many201 = Array.from({ length: 201 }, (_, i) => `f${i}`).join(',');
    for (const wrong of [
      'max_evaluations=0',
      'max_evaluations=100001',
      'to=2026-12-31T23:59:60Z',
      'from=2026-02-30T00:00:00Z',
      'from=yesterday',
      `fields=${many201}`,
    ])
      expect(codeOf(await call('GET', `${decisions}?${wrong}`))).toBe('422 validation-failed');
  });
});

describe('a simulation in the background', () => {
  it('answers with a run, reports its progress, and returns its result page by page', async () => {
    const begun = await begin();
    expect([begun.status, begun.headers.get('location')]).toEqual([
      202,
      `${path}/runs/${String(begun.body['run_id'])}`,
    ]);
    expect(begun.body).toMatchObject({ status: 'running', done: 0, problem: null });
    const events: RunEvent[] = [];
    for await (const one of updates(String(begun.body['run_id']))) events.push(one);
    const counts = { allow: 900, deny: 450, needs_approval: 0, no_match: 1650 };
    expect(events.at(-1)).toMatchObject({
      event: 'done',
      data: {
        status: 'done',
        done: many,
        total: many,
        summary: {
          total: many,
          counts,
          total_cost: 90,
          cost_breach: false,
          dataset: { evaluations: many, capped: false },
        },
      },
    });
    const steps = events.slice(0, -1).map(({ event, data }) => [event, data['done']] as const);
    expect(new Set(steps.map(([event]) => event))).toEqual(new Set(['progress']));
    // Progress was reported in between, so the run gave way to other work of the same process.
    const between = steps.map(([, done]) => Number(done)).filter((done) => done > 0 && done < many);
    expect(between.length).toBeGreaterThan(1);
    expect(between).toEqual(between.toSorted((a, b) => a - b));

    const seen = new Set<unknown>();
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body }: Answer = await call(
        'GET',
        `${path}/runs/${String(begun.body['run_id'])}?limit=1000${cursor === '' ? '' : `&cursor=${cursor}`}`,
      );
      const { cases } = body['result'] as { cases: { items: { id: string }[]; next: string | null } };
      for (const { id } of cases.items) seen.add(id);
      cursor = cases.next;
    }
    expect(seen.size).toBe(many);
    for (const wrong of ['limit=0', 'limit=1001', 'cursor=x', 'color=red'])
      expect(codeOf(await call('GET', `${path}/runs/${String(begun.body['run_id'])}?${wrong}`))).toBe(
        '422 validation-failed',
      );
  });

  it('can be cancelled half-way, and stays cancelled', async () => {
    const {
      body: { run_id: id },
    } = await begin();
    let last: RunEvent | undefined;
    for await (const one of updates(String(id))) {
      if (one.event === 'progress' && Number(one.data['done']) > 0 && last?.event !== 'cancelling') {
        expect((await call('DELETE', `${path}/runs/${String(id)}`)).body).toMatchObject({
          status: 'cancelled',
        });
        last = { event: 'cancelling', data: {} };
      } else if (one.event !== 'progress') last = one;
    }
    expect(last).toMatchObject({ event: 'cancelled', data: { status: 'cancelled' } });
    expect(Number(last!.data['done'])).toBeLessThan(many);
    const { body } = await call('GET', `${path}/runs/${String(id)}`);
    expect(body).toMatchObject({ status: 'cancelled', run_id: id });
    expect(body).not.toHaveProperty('result');
  });

  it('compares two bundles too', async () => {
    const {
      body: { run_id: id },
    } = await begin(
      {
        a: { bundle: { rules } },
        b: { bundle: { rules: rules.slice(0, 1) } },
        dataset: replay.dataset,
        async: true,
      },
      `${path}/compare`,
    );
    for await (const { event } of updates(String(id))) expect(event).not.toBe('failed');
    const { body } = await call('GET', `${path}/runs/${String(id)}?limit=1`);
    expect(body).toMatchObject({
      status: 'done',
      result: {
        changed: 900,
        deltas: { allow: -900, no_match: 900, total_cost: -90 },
        cases: {
          items: [{ from: { effect: 'allow', rule_id: 'go' }, to: { effect: 'no_match', rule_id: null } }],
          next: expect.any(String),
        },
      },
    });
  });

  it('does not begin if the request is invalid', async () => {
    expect(codeOf(await begin({ ...replay, bundle: { rules: [{}] } }))).toBe('422 bundle-invalid');
    expect(codeOf(await begin({ ...replay, dataset: { kind: 'replay', max_evaluations: 100_001 } }))).toBe(
      '422 validation-failed',
    );
  });

  it('is visible only to its tenant', async () => {
    const {
      body: { run_id: id },
    } = await begin();
    const as = await registry.parts.issuer.person(['POLICY_READ'], { tenant: 'other' });
    for (const [method, to] of [
      ['GET', ''],
      ['DELETE', ''],
      ['GET', '/events'],
    ] as const)
      expect(codeOf(await call(method, `${path}/runs/${String(id)}${to}`, { as }))).toBe('404 not-found');
    expect((await call('GET', `${path}/runs/${String(id)}`)).status).toBe(200);
    for await (const one of updates(String(id)))
      if (one.event === 'done') expect(one.data['run_id']).toBe(id);
  });

  it('is refused if there are too many, until one ends', async () => {
    const begun = await Promise.all(Array.from({ length: 5 }, () => begin()));
    expect(begun.map(({ status }) => status).sort()).toEqual([202, 202, 429, 429, 429]);
    const ids = begun.filter(({ status }) => status === 202).map(({ body }) => String(body['run_id']));
    for (const id of ids) await call('DELETE', `${path}/runs/${id}`);
    const next = await begin();
    expect(next.status).toBe(202);
    await call('DELETE', `${path}/runs/${String(next.body['run_id'])}`);
  });

  it('ends with the service; after a restart it is gone, and the answer says why', async () => {
    const {
      body: { run_id: id },
    } = await begin();
    const headers = await registry.parts.issuer.person(['POLICY_READ']);
    const watching = await fetch(
      `http://127.0.0.1:${registry.running.http.port}${path}/runs/${String(id)}/events`,
      {
        headers,
      },
    );
    await registry.running.stop();
    expect(await watching.text()).not.toContain('event: done');
    const restarted = await registry.another();
    registry.stopFirst(() => restarted.stop());
    const get = (to: string): Promise<Response> =>
      fetch(`http://127.0.0.1:${restarted.http.port}${to}`, { headers });
    await untilReady(`http://127.0.0.1:${restarted.http.port}`);
    const answer = (await (await get(`${path}/runs/${String(id)}`)).json()) as Record<string, unknown>;
    expect(answer).toMatchObject({
      code: 'not-found',
      detail: `there is no simulation run \`${String(id)}\``,
      remedy: expect.stringContaining('end with the service'),
    });
  });
});
