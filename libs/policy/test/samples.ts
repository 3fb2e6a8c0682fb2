import type { ActionIntentV1, ActionTypeV1, EvaluateRequest, PredictionV1 } from '@interlock/contracts';
import {
  bundleHash,
  compilePolicies,
  evaluableBundle,
  fieldCatalogue,
  policyHash,
  type EvaluableBundle,
  type PolicyContent,
  type PolicyStatus,
  type PolicyV1,
  type RuleV1,
} from '../src/index.js';

const entry = (action_type: string, properties: ActionTypeV1['parameters_schema']): ActionTypeV1 => ({
  action_type,
  title: action_type,
  parameters_schema: { type: 'object', properties },
  handler: null,
  impact_fields: ['drops'],
  reversible: true,
  read_only: false,
  external_contact: false,
});

export const actionTypes: readonly ActionTypeV1[] = [
  entry('cell_failover', {
    power_raise_db: { type: 'number' },
    cell_individual_offset: { type: 'integer' },
    neighbours: { type: 'array', items: { type: 'string' } },
  }),
  entry('inbox.quarantine', {
    sender: { type: 'string' },
    hard: { type: 'boolean' },
    'a.b': { type: 'string' },
    nested: { type: 'object', properties: { size: { type: ['number', 'null'] } } },
  }),
  entry('planner.deploy', {
    env: { enum: ['prod', 'staging'] },
    sender: { type: 'number' },
    odd: { enum: [1, 'x'] },
  }),
];
export const catalogue = fieldCatalogue(actionTypes);

export const rule = (over: Partial<RuleV1> = {}): RuleV1 => ({
  id: 'r',
  agent: '*',
  action: '*',
  effect: 'allow',
  priority: 100,
  enabled: true,
  conditions: [],
  reason: 'A reason long enough',
  ...over,
});

export const bundleOf = (...rules: readonly RuleV1[]): EvaluableBundle =>
  evaluableBundle({
    bundle_id: 'b1',
    version: '1.0.0',
    bundle_hash: bundleHash({ version: '1.0.0', rules, notes: '', metadata: {} }),
    rules,
  });

export const policyContent = (over: Partial<PolicyContent> = {}): PolicyContent => ({
  name: 'guard',
  action_types: ['*'],
  conditions: [],
  decision: 'ALLOW',
  max_affected_entities: null,
  min_confidence: null,
  confirmation_window_s: null,
  confirm_above_entities: null,
  on_elapse: 'proceed',
  ...over,
});
export const policy = (
  policy_id: string,
  over: Partial<PolicyContent> = {},
  status: PolicyStatus = 'active',
  version = 1,
): PolicyV1 => {
  const content = policyContent({ name: policy_id, ...over });
  return { policy_id, version, status, ...content, content_hash: policyHash(policy_id, content) };
};
export const policiesOf = (...policies: readonly PolicyV1[]) => compilePolicies(policies);

export const intent = (over: Partial<ActionIntentV1> = {}): ActionIntentV1 => ({
  intent_id: 'i-1',
  tenant_id: 'demo',
  account_id: 'acc',
  agent: 'ran-optimizer',
  action_type: 'cell_failover',
  entity_id: 'cell-1',
  parameters: {},
  affected_entity_count: 3,
  confidence_score: 0.9,
  ...over,
});
export const prediction = (over: Partial<PredictionV1> = {}): PredictionV1 => ({
  risk_score: 30,
  risk_level: 'LOW',
  impact_delta: -0.5,
  impact_by_kpi: { drops: -2 },
  confidence_interval: [-1, 0.5],
  interval_by_kpi: {},
  confidence: 0.8,
  basis: 'memory',
  traces: [],
  explanation: '',
  memory_version: '1',
  made_at: '2026-03-01T10:00:00.000Z',
  input: {},
  ...over,
});
export const request = (over: Partial<EvaluateRequest> = {}): EvaluateRequest => ({
  tenant_id: 'demo',
  intent: intent(),
  prediction: prediction(),
  posture: 'GREEN',
  at: '2026-03-01T10:30:00.000Z',
  ...over,
});
