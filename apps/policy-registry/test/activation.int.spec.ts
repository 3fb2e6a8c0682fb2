import { describe, expect, it } from '@jest/globals';
import { CommandHandler } from '@interlock/kernel';
import { bundleDecider, bundleIdOf, bundleStream } from '@interlock/policy';
import { all, rule, useRollouts } from './rollout-world.js';
import { promoteAll } from './traffic.js';
import { activate, approve, bundlesPath, codeOf } from './world.js';

const { registry, call, tenantOf } = useRollouts();

describe('an activation', () => {
  it('goes on from a crash after the release: beside another active bundle it needs a new approval', async () => {
    const t = await tenantOf('crash');
    await t.activate('1.0.0');
    const draft = await call('POST', bundlesPath, {
      as: t.as,
      body: { version: '1.5.0', rules: [rule({ reason: 'Released and not begun' })] },
    });
    expect(draft.status).toBe(201);
    const bob = await registry.parts.issuer.person(all, { tenant: 'crash', sub: 'bob' });
    const { body: approval } = await approve(call, t.path('1.5.0'), { as: bob });
    await new CommandHandler(registry.parts.log.store, bundleDecider, {
      backoff: () => Promise.resolve(),
    }).handle(
      bundleStream('crash', bundleIdOf('crash', '1.5.0')),
      { kind: 'ReleaseBundle', approval_id: String(approval['approval_id']) },
      {
        commandId: crypto.randomUUID(),
        tenantId: 'crash',
        actor: { kind: 'person', person_id: 'ann' },
        now: new Date().toISOString(),
        correlationId: 'c',
        causationId: 'c',
      },
    );
    await t.activate('1.1.0', rule({ reason: 'The next one in between' }));
    await promoteAll(registry.parts.log.store, 'crash');
    expect(codeOf(await activate(call, t.path('1.5.0'), { as: t.as }))).toBe('409 approval-stale');
    expect((await approve(call, t.path('1.5.0'), { as: bob })).status).toBe(201);
    expect((await activate(call, t.path('1.5.0'), { as: t.as })).body).toMatchObject({
      status: 'canary',
      canary_pct: 10,
    });
    expect(await t.types()).toEqual([
      'BundleActivated',
      'BundleActivated',
      'CanaryPromoted',
      'CanaryPromoted',
      'BundleActivated',
    ]);
  });
});
