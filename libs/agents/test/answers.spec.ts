import { describe, expect, it } from '@jest/globals';
import type { ActionTypeV1, HandlerStep } from '@interlock/contracts';
import {
  askBreaker,
  closedBreaker,
  failuresToOpen,
  impactOf,
  largestUndo,
  observationOf,
  planOf,
  readAnswer,
  reasonsOfAnswer,
  breakerAfter,
  type BreakerState,
} from '../src/index.js';

const type: ActionTypeV1 = {
  action_type: 'mail.sort',
  title: 'Sort',
  parameters_schema: { type: 'object' },
  handler: {
    service: 'agent-gateway',
    name: 'mail.sort',
    endpoint: {
      kind: 'webhook',
      url: 'https://agents.example.com/x',
      secret_ref: 'env:X',
      steps: ['apply', 'undo', 'status'],
      timeout_ms: 1000,
      max_calls: 2,
    },
  },
  impact_fields: [],
  reversible: true,
  read_only: false,
  external_contact: false,
  impact: { affected_entities: 'messages' },
};

describe("a handler's answer", () => {
  it.each<[HandlerStep, unknown]>([
    ['estimate_impact', { affected_entity_count: 3, neighbours: ['a'] }],
    ['plan', {}],
    ['plan', { diff: [{ path: '/a', before: null, after: 'x' }], violations: [{ code: 'x', detail: 'y' }] }],
    ['apply', { status: 'applied', undo: { any: ['thing'] } }],
    ['apply', { status: 'applied', more: 'members are let through' }],
    ['observe', { before: { a: 1 }, after: { a: 2 } }],
    ['status', { status: 'not_applied' }],
  ])('to %s is accepted if it matches the schema: %j', (step, value) => {
    expect(readAnswer(step, JSON.stringify(value))).toEqual(value);
  });

  it.each<[HandlerStep, string]>([
    ['apply', ''],
    ['apply', 'null'],
    ['apply', '[]'],
    ['apply', '{"status":"done"}'],
    ['apply', '{}'],
    ['status', '{"status":"confirmed"}'],
    ['estimate_impact', '{"affected_entity_count":-1}'],
    ['estimate_impact', '{"affected_entity_count":1.5}'],
    ['observe', '{"before":{"a":"1"},"after":{}}'],
    ['observe', '{"before":{"__proto__x":1},"after":{}}'],
    ['plan', '{"violations":[{"code":"Not a code","detail":""}]}'],
    ['undo', '{"status":"undone","reasons":[{"code":"a","detail":"b","more":1}]}'],
  ])('to %s is refused if it does not match the schema: %s', (step, body) => {
    expect(readAnswer(step, body)).toHaveProperty('unfit');
  });

  it('is refused if it names another action than the request', () => {
    const body = JSON.stringify({ status: 'applied', action_id: 'a-1' });
    expect(readAnswer('apply', body, 'a-2')).toEqual({ unfit: 'the answer is for another action, `a-1`' });
    for (const asked of ['a-1', undefined])
      expect(readAnswer('apply', body, asked)).not.toHaveProperty('unfit');
  });

  it('is refused with every fault, the first eight by name and each cut', () => {
    const reason = (detail: unknown): object => ({ code: 'a', detail });
    expect(readAnswer('apply', JSON.stringify({ status: 'done', reasons: [reason(1), {}] }))).toEqual({
      unfit: `the answer does not fit the step \`apply\`: ${[
        '/status must be one of `"applied"`, `"failed"`, `"in_progress"`',
        '/reasons/0/detail must be string',
        "/reasons/1 must have required property 'code'",
        "/reasons/1 must have required property 'detail'",
      ].join('; ')}`,
    });
    const many = JSON.stringify({
      before: {},
      after: Object.fromEntries([['x'.repeat(9000), 'y']]),
      breaches: Array(12).fill(1),
    });
    const { unfit } = readAnswer('observe', many) as { readonly unfit: string };
    expect(unfit).toMatch(/; and 7 more$/);
    expect(unfit.length).toBeLessThan(1000);
  });

  it('has a limit on the size of its undo value', () => {
    const body = (length: number): string => JSON.stringify({ status: 'applied', undo: 'x'.repeat(length) });
    expect(readAnswer('apply', body(largestUndo - 2))).not.toHaveProperty('unfit');
    expect(readAnswer('apply', body(largestUndo - 1))).toHaveProperty('unfit');
  });

  it('has its reasons marked as its own words, without control characters', () => {
    expect(reasonsOfAnswer({ reasons: [{ code: 'locked', detail: 'a\u0007b' }] })).toEqual([
      { code: 'handler-locked', detail: 'the handler says: a b' },
    ]);
  });
});

describe("the plan of a handler's call", () => {
  it("affects the largest of the parameter, the handler's answer and the entity itself", () => {
    expect(impactOf(type, {}, null).affected_entity_count).toBe(1);
    expect(impactOf(type, { messages: ['a', 'b', 'c'] }, null).affected_entity_count).toBe(3);
    expect(impactOf(type, { messages: 4.2 }, null).affected_entity_count).toBe(5);
    expect(impactOf(type, { messages: 2 }, { affected_entity_count: 9 }).affected_entity_count).toBe(9);
  });

  const request = { action_id: 'a-1', entity_id: 'm', parameters: {} };
  it('changes with the endpoint, the parameters, the difference or the fingerprint', () => {
    const hash = planOf(type, request, null).plan_hash;
    expect(planOf(type, request, {}).plan_hash).toBe(hash);
    expect(planOf(type, request, { fingerprint: 'x' }).plan_hash).not.toBe(hash);
    expect(planOf(type, { ...request, parameters: { a: 1 } }, null).plan_hash).not.toBe(hash);
    expect(planOf(type, request, { diff: [{ path: '/a', before: null, after: 'x' }] }).plan_hash).not.toBe(
      hash,
    );
  });

  it('is the same for another action with the same content, so the approval of a preview holds', () => {
    const [one, other] = [planOf(type, request, null), planOf(type, { ...request, action_id: 'a-2' }, null)];
    expect({ ...other, payloads: one.payloads }).toEqual(one);
    expect(other.payloads[0]?.xml).toContain('"a-2"');
  });

  it('is reversible only if the type, its steps and the handler all say so', () => {
    expect(planOf(type, request, null).reversible).toBe(true);
    expect(planOf(type, request, { reversible: false }).reversible).toBe(false);
    expect(planOf({ ...type, reversible: false }, request, { reversible: true }).reversible).toBe(false);
  });

  it('is observed as the difference between before and after', () => {
    expect(observationOf({ before: { a: 1, b: 1 }, after: { a: 3 } })).toMatchObject({
      delta: { a: 2 },
      samples: 1,
    });
    expect(observationOf(null)).toMatchObject({ delta: {}, samples: 1 });
  });
});

describe('a circuit breaker', () => {
  const failed = (times: number, from: BreakerState = closedBreaker): BreakerState =>
    Array.from({ length: times }).reduce<BreakerState>((state) => breakerAfter(state, false, 100), from);

  it('opens after a number of failures in a row, and one success closes it', () => {
    expect(askBreaker(failed(failuresToOpen - 1), 100).may).toBe(true);
    expect(askBreaker(failed(failuresToOpen), 100).may).toBe(false);
    expect(askBreaker(breakerAfter(failed(failuresToOpen), true, 100), 100).may).toBe(true);
  });

  it('lets one call try after the pause, and its failure begins the pause again', () => {
    const open = failed(failuresToOpen);
    expect(askBreaker(open, 1099, 1000).may).toBe(false);
    const tried = askBreaker(open, 1100, 1000);
    expect(tried.may).toBe(true);
    expect(askBreaker(tried.state, 5000, 1000).may).toBe(false);
    expect(askBreaker(breakerAfter(tried.state, false, 1200), 1300, 1000).may).toBe(false);
  });
});
