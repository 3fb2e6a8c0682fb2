import { fold } from '@interlock/kernel';
import { bundleIdOf, normalBundle, policyDecider } from '../src/index.js';
import { policyContent, rule } from './samples.js';

export const content = normalBundle({
  version: '1.2.0',
  notes: 'an example',
  metadata: { team: 'ran' },
  rules: [
    rule({
      id: 'cf-night',
      agent: 'ran-optimizer',
      action: 'cell_failover',
      conditions: [{ field: 'risk_score', op: '<=', value: 40 }],
      budget: { cost: 25, compute: 5 },
    }),
    rule({
      id: 'load',
      effect: 'needs_approval',
      priority: 200,
      conditions: [{ field: 'system.load_pct', op: '>', value: 80 }],
      approvals_required: 2,
    }),
    rule({
      id: 'freeze',
      effect: 'deny',
      priority: 300,
      conditions: [{ field: 'time.weekday', op: '==', value: 'Sunday' }],
    }),
  ],
});
export const bundleId = bundleIdOf('demo', content.version);

export const policyEvents = () => {
  const created = policyDecider.decide(
    {
      kind: 'CreatePolicy',
      policy_id: 'guard',
      status: 'active',
      content: policyContent({ max_affected_entities: 5, min_confidence: 0.8 }),
    },
    policyDecider.initial,
  );
  const versioned = policyDecider.decide(
    { kind: 'ChangePolicy', change: { decision: 'CONFIRM', confirmation_window_s: 30 } },
    fold(policyDecider, created),
  );
  const disabled = policyDecider.decide(
    { kind: 'ChangePolicy', change: { status: 'disabled' } },
    fold(policyDecider, [...created, ...versioned]),
  );
  return [...created, ...versioned, ...disabled];
};
