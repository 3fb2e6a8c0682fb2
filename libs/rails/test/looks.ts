import {
  seenEvaluation,
  type ActionIntentV1,
  type AutoApproveAnswer,
  type EvaluationAnswer,
  type ImpactEstimate,
  type ModeAnswer,
  type Observation,
  type PlanAnswer,
  type PostureAnswer,
  type PredictionV1,
  type Reason,
  type TxState,
  type TxStatus,
} from '@interlock/contracts';
import { contentHash } from '@interlock/kernel';
import {
  builtInActionTypes,
  modeReasons,
  referenceTo,
  seenMode,
  seenPosture,
  seenPrediction,
  type GateSight,
  type IntentAcceptedData,
  type Look,
  lookedAtGates,
  type LookedAtGate,
} from '../src/index.js';

export const now = '2026-11-20T10:00:00.000Z';
export const later = (seconds: number): string => new Date(Date.parse(now) + seconds * 1000).toISOString();

export const intent = (over: Partial<ActionIntentV1> = {}): ActionIntentV1 => ({
  intent_id: 'i-1',
  tenant_id: 'demo',
  account_id: 'ran',
  agent: 'ran-optimizer',
  action_type: 'cell_failover',
  entity_id: 'cell-001-1',
  parameters: {},
  affected_entity_count: 3,
  confidence_score: 0.95,
  ...over,
});
export const acceptedData = (over: Partial<ActionIntentV1> = {}): IntentAcceptedData => ({
  action_id: 'a-1',
  intent: intent(over),
  content_hash: contentHash(intent(over)),
  requester: 'service:nats.demo',
  claimed_by: 'person:claimed',
  source: 'test',
  time: now,
  first_gate_by: over.not_after ?? later(300),
  action_type: referenceTo(builtInActionTypes[0]!),
});
export const posture = (effective: PostureAnswer['effective']): PostureAnswer =>
  ({
    tenant_id: 'demo',
    policy: effective,
    effective,
    effective_reasons: [],
    red_triggers: [],
    yellow_triggers: [],
    version: '1',
  }) as unknown as PostureAnswer;
export const mode = (name: ModeAnswer['mode']): ModeAnswer => ({
  mode: name,
  matched_level: 4,
  reason: name === 'AUTO_EXECUTE' ? null : name,
  explanation: name,
  policy_clause: 'mode',
  time_zone: 'UTC',
  version: '1',
});
export const prediction = (over: Partial<PredictionV1> = {}): PredictionV1 => ({
  risk_score: 20,
  risk_level: 'LOW',
  impact_delta: 0.1,
  impact_by_kpi: { drop_rate_pct: -5 },
  confidence_interval: [0, 0.2],
  interval_by_kpi: { drop_rate_pct: [-10, 0] },
  confidence: 0.9,
  basis: 'memory',
  traces: [],
  explanation: '',
  memory_version: '1',
  made_at: now,
  input: {},
  ...over,
});
export const evaluation = (over: Partial<EvaluationAnswer> = {}): EvaluationAnswer => ({
  evaluation_id: 'e-1',
  trace_id: 't',
  decision: 'ALLOW',
  confidence: 1,
  reasons: [],
  explanation: '',
  policies: {
    decision: 'ALLOW',
    matched: [{ policy_id: 'p', version: 1, content_hash: 'h', name: 'p', decision: 'ALLOW' }],
  },
  bundle: {
    decision: 'ALLOW',
    bundle_id: 'b',
    bundle_version: '1.0.0',
    bundle_hash: 'bh',
    variant: 'active',
    rule_id: 'r',
    reason: 'fine',
  },
  matched_rules: ['r'],
  near_misses: [],
  unknown_fields: [],
  budget: { cost: 0, compute: 0 },
  approvals_required: 0,
  limits: {
    max_affected_entities: null,
    min_confidence: null,
    confirmation_window_s: null,
    confirm_above_entities: null,
    on_elapse: 'proceed',
    window_policy: null,
  },
  confidence_thresholds: { LOW: 0.7, MEDIUM: 0.85, HIGH: 0.95 },
  versions: {},
  position: '1',
  input: { context: {}, at: '2026-01-01T00:00:00.000Z' },
  ...over,
});
export const estimate: ImpactEstimate = {
  affected_entity_count: 3,
  device_id: 'gnb-001',
  site_id: 's',
  neighbours: [],
  kpis: [],
  users_affected: 1,
  connection_drops: 0,
  latency_increase_ms: {},
  topology_version: '1',
};
const autoApproval = (decision: AutoApproveAnswer['decision']): AutoApproveAnswer => ({
  decision,
  reason: decision === 'AUTO_EXECUTE' ? 'OK' : 'TENANT_POLICY',
  explanation: decision,
  policy_version: 'AutoApprovalPolicyV1',
  policy_clause: 'c',
  config: {},
  version: '1',
});
export const plan = (over: Partial<PlanAnswer> = {}): PlanAnswer => ({
  plan_hash: 'ph',
  device_id: 'gnb-001',
  site_id: 's',
  profile: '3gpp',
  payloads: [],
  diff: [{ path: '/a', before: '1', after: '2' }],
  diff_hash: 'dh',
  leaves_fingerprint: 'lf',
  reversible: true,
  violations: [],
  ...over,
});

export type Scene = {
  engaged?: boolean;
  posture?: PostureAnswer['effective'];
  mode?: ModeAnswer['mode'];
  prediction?: Partial<PredictionV1>;
  evaluation?: Partial<EvaluationAnswer>;
  estimate?: Partial<ImpactEstimate>;
  auto?: AutoApproveAnswer['decision'];
  autoAnswer?: Partial<AutoApproveAnswer>;
  autoInput?: Partial<GateSight['auto_approval']['input']>;
  intent?: Partial<ActionIntentV1>;
  throws?: Look['gate'];
};

/**
 * Looks at every gate except the budget, as the services would answer in a scene where everything
 * else is well.
 */
export const looks = (scene: Scene = {}): readonly Look[] => {
  const of = intent(scene.intent);
  const twin = prediction(scene.prediction);
  const policies = evaluation(scene.evaluation);
  const own = mode(scene.mode ?? 'AUTO_EXECUTE');
  const reasons: { readonly [gate: string]: readonly Reason[] } = {
    autonomy_mode: modeReasons(own),
    policy: policies.reasons,
  };
  const saw: { readonly [G in LookedAtGate]: GateSight[G] } = {
    kill_switch: {
      switches: [{ stream: 'kill_switch-demo:tenant', revision: '3', engaged: scene.engaged === true }],
    },
    posture: {
      answer: seenPosture(posture(scene.posture ?? 'GREEN')),
    },
    autonomy_mode: { answer: seenMode(own) },
    prediction: { answer: seenPrediction(twin) },
    policy: { evaluation: seenEvaluation(policies) },
    blast_radius: {
      affected_entity_count: of.affected_entity_count,
      estimate: { ...estimate, ...scene.estimate },
      policies_limit: policies.limits.max_affected_entities,
      default_limit: 10,
      confirm_above_entities: policies.limits.confirm_above_entities,
      window_policy: policies.limits.window_policy,
    },
    confidence: {
      intent_confidence: of.confidence_score,
      prediction_confidence: twin.confidence,
      risk_level: 'LOW',
      tenant_threshold: 0.7,
      action_type_threshold: null,
      policies_threshold: policies.limits.min_confidence,
    },
    auto_approval: {
      input: { ...scene.autoInput } as never,
      answer: { ...autoApproval(scene.auto ?? 'AUTO_EXECUTE'), ...scene.autoAnswer },
    },
  };
  return lookedAtGates.map(
    (gate) =>
      (gate === scene.throws
        ? { gate, threw: 'boom' }
        : {
            gate,
            saw: saw[gate],
            ...((reasons[gate] ?? []).length === 0 ? {} : { reasons: reasons[gate] }),
          }) as Look,
  );
};

export const observation = (drop: number, over: Partial<Observation> = {}): Observation => ({
  before: { drop_rate_pct: 6 },
  after: { drop_rate_pct: 6 + drop },
  delta: { drop_rate_pct: drop },
  samples: 5,
  breaches: [],
  ...over,
});
export const tx = (state: TxState, over: Partial<TxStatus> = {}): TxStatus => ({
  tx_id: 'a-1',
  state,
  reasons: [],
  observation: null,
  diff: [],
  ...over,
});
