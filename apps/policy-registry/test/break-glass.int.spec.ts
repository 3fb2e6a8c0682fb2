import { beforeAll, describe, expect, it } from '@jest/globals';
import { createRelay, RpcClient, type Relay } from '@interlock/jetstream';
import { collect } from '@interlock/kernel';
import { bundleIdOf, rolloutStream } from '@interlock/policy';
import { until } from '@interlock/testing';
import { activate, approve, useRegistry } from './world.js';

const registry = useRegistry();
let relay: Relay;
type Incident = {
  readonly id: string;
  readonly severity: string;
  readonly status: string;
  readonly title: string;
  readonly detail: string;
};

beforeAll(() => {
  relay = createRelay({ store: registry.parts.log.store, connection: registry.parts.connection });
  relay.start();
  registry.stopFirst(() => relay.stop());
});

describe('break-glass, from the call to the gate', () => {
  it('bypasses the bundles at once, whatever they and the policies say, and restores them; an incident is open meanwhile', async () => {
    const { parts, call } = registry;
    const [alerting] = [
      await registry.startBeside('alerting'),
      await registry.startBeside('policy-evaluator'),
    ];
    const rpc = new RpcClient(parts.connection, { caller: 'safety-rails', deadlineMs: 30_000 });
    const ask = () =>
      rpc.call('policy-evaluator.evaluate', {
        tenant_id: 'demo',
        intent: {
          intent_id: 'i',
          tenant_id: 'demo',
          account_id: 'a',
          agent: 'ran-optimizer',
          action_type: 'cell_failover',
          entity_id: 'cell-1',
          parameters: {},
          affected_entity_count: 1,
          confidence_score: 0.9,
        },
        prediction: null,
        posture: 'GREEN',
        at: new Date().toISOString(),
        fresh: true,
        dry_run: false,
      } as never);
    const incidents = async (query = ''): Promise<readonly Incident[]> => {
      const answer = await fetch(`http://127.0.0.1:${alerting.http.port}/api/v1/incidents${query}`, {
        headers: await parts.issuer.person(['ALERT_READ', 'ALERT_WRITE']),
      });
      return ((await answer.json()) as { items: readonly Incident[] }).items;
    };
    const rule = {
      id: 'cf',
      agent: '*',
      action: 'cell_failover',
      effect: 'allow',
      priority: 1,
      conditions: [],
      reason: 'A failover is routine',
    };
    expect(
      (
        await call('POST', '/api/v1/policies/demo', {
          body: { policy_id: 'open', name: 'open', action_types: ['*'], decision: 'ALLOW' },
        })
      ).status,
    ).toBe(201);
    expect(
      (await call('POST', '/api/v1/policy/bundles', { body: { version: '1.0.0', rules: [rule] } })).status,
    ).toBe(201);
    const path = `/api/v1/policy/bundles/${bundleIdOf('demo', '1.0.0')}`;
    await approve(call, path, { as: await parts.issuer.person(['POLICY_ACTIVATE'], { sub: 'bob' }) });
    expect((await activate(call, path)).status).toBe(200);
    await until(async () => (await ask()).decision === 'ALLOW', 'the bundle decides');

    expect(
      (
        await call('POST', '/api/v1/policy/bypass', {
          body: { reason: 'the rules let everything through' },
        })
      ).status,
    ).toBe(200);
    const bypassed = await collect(parts.log.store.read(rolloutStream('demo')));
    const { since, until: ends } = bypassed.at(-1)!.data as {
      readonly since: string;
      readonly until: string;
    };
    expect(Date.parse(ends) - Date.parse(since)).toBe(3_600_000);
    expect(await ask()).toMatchObject({
      decision: 'NEEDS_APPROVAL',
      bundle: { variant: 'none' },
      reasons: [{ code: 'policy-bypassed' }, {}],
    });
    const [open] = await until(async () => {
      const found = await incidents();
      return found.length > 0 && found;
    }, 'the incident stands open');
    expect(open).toMatchObject({
      severity: 'critical',
      status: 'open',
      detail: 'the rules let everything through',
    });

    expect((await call('DELETE', '/api/v1/policy/bypass')).status).toBe(200);
    expect((await ask()).decision).toBe('ALLOW');
    await until(
      async () => (await incidents('?status=resolved')).some(({ id }) => id === open!.id),
      'the incident is resolved',
    );

    expect((await call('POST', `${path}/rollback`, { body: { reason: 'error spike' } })).body).toMatchObject({
      status: 'rolled_back',
      restored: null,
    });
    expect(await ask()).toMatchObject({
      decision: 'NEEDS_APPROVAL',
      reasons: [{ code: 'bundle-withdrawn' }, {}],
    });
    const high = await until(
      async () => (await incidents()).find(({ severity }) => severity === 'high'),
      'the rollback opens an incident',
    );
    expect(high).toMatchObject({
      detail: 'error spike',
      title: expect.stringContaining('bundle 1.0.0 was rolled back'),
    });
  });
});
