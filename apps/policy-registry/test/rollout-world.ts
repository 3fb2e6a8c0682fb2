import { expect } from '@jest/globals';
import { collect } from '@interlock/kernel';
import { bundleIdOf, rolloutStream, type GateReport, type RuleInput } from '@interlock/policy';
import { until } from '@interlock/testing';
import { makeTraffic, openIncident, type Traffic } from './traffic.js';
import {
  activate,
  after,
  approve,
  bundlesPath,
  codeOf,
  useRegistry,
  type Answer,
  type TestRegistry,
} from './world.js';

export const all = ['POLICY_READ', 'POLICY_WRITE', 'POLICY_ACTIVATE'] as const;
export const rule = (over: object = {}): RuleInput => ({
  id: 'cf',
  agent: '*',
  action: 'cell_failover',
  effect: 'allow',
  priority: 100,
  conditions: [],
  reason: 'A failover is routine',
  budget: { cost: 10 },
  ...over,
});

/** A separate tenant, so that tests do not affect one another. */
const tenantOf = async (registry: TestRegistry, tenant: string) => {
  const { call } = registry;
  const [as, other] = [
    await registry.parts.issuer.person(all, { tenant }),
    await registry.parts.issuer.person(all, { tenant, sub: 'bob' }),
  ];
  const path = (version: string, rest = ''): string => `${bundlesPath}/${bundleIdOf(tenant, version)}${rest}`;
  const post = (version: string, what: string, body?: object): Promise<Answer> =>
    call('POST', path(version, `/${what}`), { as, ...(body === undefined ? {} : { body }) });
  return {
    as,
    path,
    post,
    activate: async (version: string, ...rules: readonly RuleInput[]): Promise<Answer> => {
      expect(
        (
          await call('POST', bundlesPath, {
            as,
            body: { version, rules: rules.length > 0 ? rules : [rule()] },
          })
        ).status,
      ).toBe(201);
      expect((await approve(call, path(version), { as: other })).status).toBe(201);
      return activate(call, path(version), { as });
    },
    get: async (rest: string, seen?: Answer): Promise<Record<string, unknown>> =>
      (await call('GET', rest, { as, ...(seen === undefined ? {} : { headers: after(seen) }) })).body,
    settings: (body: object): Promise<Answer> =>
      until(async () => {
        const answer = await call('PUT', '/api/v1/policy/rollout/settings', { as, body });
        return answer.status === 200 && answer;
      }, 'the settings are written'),
    traffic: (of: Traffic) => makeTraffic(registry.parts.log.store, tenant, of),
    /**
     * The gates once everything is counted. A read model that lags behind says so, and nothing is
     * judged meanwhile.
     */
    gates: async (version: string): Promise<GateReport> =>
      until(async () => {
        const answer = await post(version, 'check-gates');
        expect(codeOf(answer)).toBe('200 undefined');
        return answer.body as unknown as GateReport;
      }, 'the gates are judged'),
    incident: (action_id: string | null, cause?: string) =>
      openIncident(registry.parts.log.store, tenant, {
        action_id,
        ...(cause === undefined ? {} : { cause }),
      }),
    events: async () =>
      (await collect(registry.parts.log.store.read(rolloutStream(tenant)))).map(
        ({ type, data, metadata }) => ({
          type,
          data: data as Record<string, unknown>,
          actor: metadata.actor,
          at: metadata.occurred_at,
        }),
      ),
    types: async () =>
      (await collect(registry.parts.log.store.read(rolloutStream(tenant)))).map(({ type }) => type),
  };
};
export type RolloutTenant = Awaited<ReturnType<typeof tenantOf>>;

/** A registry, and tenants that roll out bundles. */
export const useRollouts = () => {
  const registry = useRegistry();
  return {
    registry,
    call: registry.call,
    tenantOf: (tenant: string): Promise<RolloutTenant> => tenantOf(registry, tenant),
  };
};

export const good: Traffic = { requests: 400, ends: ['ActionCompleted'] };
/** Gates that need few decisions, so that a test needs few requests. */
export const few = { gates: { decisions: 20 } };
