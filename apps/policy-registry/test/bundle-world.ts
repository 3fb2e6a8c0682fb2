import { expect } from '@jest/globals';
import { promoteAll } from './traffic.js';
import { activate, approve, bundlesPath, failoverRule, type Answer, type TestRegistry } from './world.js';

export const bundle = (version: string, over: object = {}) => ({ version, rules: [failoverRule()], ...over });

/** Operations on the bundles of tenant `demo`: ann drafts and activates them, bob approves them. */
export const bundlesOf = (registry: TestRegistry) => {
  const { call } = registry;
  const bob = () =>
    registry.parts.issuer.person(['POLICY_READ', 'POLICY_WRITE', 'POLICY_ACTIVATE'], { sub: 'bob' });
  const draft = async (version: string): Promise<Answer> => {
    const made = await call('POST', bundlesPath, { body: bundle(version) });
    expect(made.status).toBe(201);
    return made;
  };
  const approved = async (
    version: string,
  ): Promise<{ readonly id: string; readonly approval_id: string }> => {
    const { body } = await draft(version);
    const approval = await approve(call, `${bundlesPath}/${String(body['id'])}`, { as: await bob() });
    expect(approval.status).toBe(201);
    return { id: String(body['id']), approval_id: String(approval.body['approval_id']) };
  };
  const activated = async (version: string): Promise<Answer> => {
    const { id, approval_id } = await approved(version);
    return activate(call, `${bundlesPath}/${id}`, { body: { approval_id } });
  };

  /** Lets the canary decide alone; returns the headers that make a read see that. */
  const wholly = async (): Promise<Record<string, string>> => ({
    'interlock-min-position': await promoteAll(registry.parts.log.store, 'demo'),
  });
  return { bob, draft, approved, activated, wholly };
};
