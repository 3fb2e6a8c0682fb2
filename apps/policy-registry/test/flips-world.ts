import { beforeAll, expect } from '@jest/globals';
import type { EvaluationV1 } from '@interlock/contracts';
import { collect } from '@interlock/kernel';
import type { RunningService } from '@interlock/platform';
import { evaluationStream, type RecordedEvaluation, type RuleInput } from '@interlock/policy';
import { untilReady } from '@interlock/testing';
import { activate, bundlesPath, readFlips, useRegistry, type Answer } from './world.js';

export const scopes = ['POLICY_READ', 'POLICY_WRITE', 'POLICY_ACTIVATE', 'POLICY_AUDIT'] as const;
const rule = (over: Partial<RuleInput>): RuleInput => ({
  id: 'r',
  agent: 'inbox_triage',
  action: 'inbox.quarantine',
  effect: 'allow',
  priority: 100,
  conditions: [],
  reason: 'A reason long enough',
  ...over,
});
export const first: readonly RuleInput[] = [
  rule({
    id: 'stop',
    effect: 'deny',
    priority: 300,
    conditions: [{ field: 'risk_score', op: '>=', value: 85 }],
  }),
  rule({ id: 'go', conditions: [{ field: 'risk_score', op: '<', value: 30 }] }),
];
/** Rules that allow requests that needed an approval, and require an approval for denied ones. */
export const looser: readonly RuleInput[] = [
  rule({
    id: 'stop',
    effect: 'deny',
    priority: 300,
    conditions: [{ field: 'risk_score', op: '>=', value: 93 }],
  }),
  rule({ id: 'go', conditions: [{ field: 'risk_score', op: '<', value: 60 }] }),
];
export const stricter: readonly RuleInput[] = [rule({ id: 'none', effect: 'deny' })];

/**
 * A registry and an evaluator that decides and records; drafts, flip lists and approvals of any
 * tenant.
 */
export const useFlips = () => {
  const registry = useRegistry();
  const { call } = registry;
  let evaluator: RunningService;
  beforeAll(async () => {
    evaluator = await registry.startBeside('policy-evaluator');
    await untilReady(`http://127.0.0.1:${evaluator.http.port}`);
  });
  const person = (tenant: string, sub = 'ann') => registry.parts.issuer.person(scopes, { tenant, sub });
  const draft = async (tenant: string, version: string, rules: readonly RuleInput[]): Promise<Answer> => {
    const made = await call('POST', bundlesPath, { body: { version, rules }, as: await person(tenant) });
    expect(made.status).toBe(201);
    return made;
  };
  /** Approves as bob, who has read the bundle's current flip list, unless `body` says otherwise. */
  const approve = async (tenant: string, id: unknown, body: object = {}, sub = 'bob'): Promise<Answer> => {
    const [path, as] = [`${bundlesPath}/${String(id)}`, await person(tenant, sub)];
    return call('POST', `${path}/approvals`, {
      body: { ...('flip_list_hash' in body ? {} : await readFlips(call, path, { as })), ...body },
      as,
    });
  };
  const activated = async (tenant: string, version: string, rules: readonly RuleInput[]): Promise<Answer> => {
    const {
      body: { id },
    } = await draft(tenant, version, rules);
    const {
      body: { approval_id },
    } = await approve(tenant, id, { note: 'read' });
    const answer = await activate(call, `${bundlesPath}/${String(id)}`, {
      body: { approval_id },
      as: await person(tenant),
    });
    expect(answer.status).toBe(200);
    return answer;
  };
  const flips = async (tenant: string, id: unknown, body: object = {}): Promise<Answer> =>
    call('POST', `${bundlesPath}/${String(id)}/flip-list`, { body, as: await person(tenant) });
  /** The evaluator decides and records a request with this risk. */
  const evaluated = async (tenant: string, score: number, over: object = {}): Promise<EvaluationV1> => {
    const response = await fetch(
      `http://127.0.0.1:${evaluator.http.port}/api/v1/policies/${tenant}/evaluate`,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(await person(tenant)) },
        body: JSON.stringify({
          intent: { agent: 'inbox_triage', action_type: 'inbox.quarantine', parameters: {} },
          prediction: { risk_score: score },
          fresh: true,
          ...over,
        }),
      },
    );
    expect(response.status).toBe(200);
    return (await response.json()) as EvaluationV1;
  };
  const recordedOf = async (tenant: string): Promise<readonly RecordedEvaluation[]> =>
    (
      await collect(
        registry.parts.log.store.read(evaluationStream(tenant, new Date().toISOString().slice(0, 10)), {
          backwards: true,
        }),
      )
    ).map(({ data }) => data as RecordedEvaluation);
  return { registry, call, person, draft, approve, activated, flips, evaluated, recordedOf };
};
