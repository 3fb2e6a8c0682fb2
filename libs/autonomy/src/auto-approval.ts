import {
  autoApprovalDecisions,
  autonomyModes,
  defaults,
  namePattern,
  riskLevels,
  systemTenant,
  tenantPattern,
  type AutoApprovalDecision,
  type AutonomyMode,
  type RiskLevel,
  type Violation,
} from '@interlock/contracts';
import { isObject } from '@interlock/kernel';
import { explainMode } from './mode/resolve-mode.js';

export const autoApprovalVersion = 'AutoApprovalPolicyV1';

export const autoApprovalReasons = [
  'AUTONOMY_DISABLED',
  'PROPOSE_ONLY',
  'MODE_REQUIRES_APPROVAL',
  'TENANT_POLICY',
  'RISK_LEVEL_HIGH',
  'EXTERNAL_CONTACT',
  'LOW_CONFIDENCE',
  'LIFECYCLE_STATE',
  'BUDGET_EXHAUSTED',
] as const;
export type AutoApprovalReason = (typeof autoApprovalReasons)[number];

/**
 * The input of the policy. `confidence_score` is 0–1. An absent `external_contact` counts as false,
 * because the caller has already read the action type's flag.
 */
export type AutoApprovalPolicyInputV1 = {
  readonly action_type: string;
  readonly confidence_score: number;
  readonly risk_level: RiskLevel;
  readonly lifecycle_state?: string;
  readonly tenant_id: string;
  readonly account_id: string;
  readonly autonomy_mode: AutonomyMode;
  readonly external_contact?: boolean;
};

/**
 * The answer of the policy. `reason` and `policy_clause` are always present for BLOCK and
 * REQUIRE_APPROVAL.
 */
export type AutoApprovalPolicyResultV1 = {
  readonly decision: AutoApprovalDecision;
  readonly reason?: AutoApprovalReason;
  readonly explanation: string;
  readonly policy_version: typeof autoApprovalVersion;
  readonly policy_clause?: string;
};

/** A tenant's settings (stream `autonomy-<tenant>:auto_approval`). */
export type AutoApprovalConfig = {
  /** The policy's own kill switch; while it is engaged, everything needs an approval. */
  readonly kill_switch: boolean;
  readonly blocked_action_types: readonly string[];
  /** The minimum `confidence_score` (0–1) by risk level. */
  readonly confidence_thresholds: { readonly [level in RiskLevel]: number };
  /** Lifecycle states in which an action needs no person. */
  readonly automatic_lifecycle_states: readonly string[];
};

export const defaultAutoApprovalConfig: AutoApprovalConfig = {
  kill_switch: false,
  blocked_action_types: [],
  confidence_thresholds: defaults.confidence_thresholds,
  automatic_lifecycle_states: ['ACTIVE'],
};

const result = (
  decision: AutoApprovalDecision,
  reason: AutoApprovalReason,
  policy_clause: string,
  explanation: string,
): AutoApprovalPolicyResultV1 => ({
  decision,
  reason,
  explanation,
  policy_version: autoApprovalVersion,
  policy_clause,
});

/**
 * The auto-approval policy: pure and deterministic. The first clause that applies decides, in the
 * order of the code. `checkAutoApprovalInput` has already checked the input.
 */
export const evaluateAutoApproval = (
  input: AutoApprovalPolicyInputV1,
  config: AutoApprovalConfig = defaultAutoApprovalConfig,
): AutoApprovalPolicyResultV1 => {
  if (config.kill_switch) {
    return result(
      'REQUIRE_APPROVAL',
      'TENANT_POLICY',
      'kill_switch',
      "the auto-approval policy's kill switch is engaged: every action needs an approval",
    );
  }
  const mode = explainMode(input.autonomy_mode);
  if (mode.reason !== null) {
    return result(
      input.autonomy_mode === 'DISABLED' ? 'BLOCK' : 'REQUIRE_APPROVAL',
      mode.reason,
      mode.policy_clause,
      mode.explanation,
    );
  }
  if (config.blocked_action_types.includes(input.action_type)) {
    return result(
      'BLOCK',
      'TENANT_POLICY',
      'blocked_action_types',
      `the tenant blocks the action type \`${input.action_type}\``,
    );
  }
  if (input.risk_level === 'HIGH') {
    return result('REQUIRE_APPROVAL', 'RISK_LEVEL_HIGH', 'risk_level', 'risk HIGH is never automatic');
  }
  if (input.external_contact === true) {
    return result(
      'REQUIRE_APPROVAL',
      'EXTERNAL_CONTACT',
      'external_contact',
      'the action contacts someone outside',
    );
  }
  const threshold = config.confidence_thresholds[input.risk_level];
  if (input.confidence_score < threshold) {
    return result(
      'REQUIRE_APPROVAL',
      'LOW_CONFIDENCE',
      'confidence_thresholds',
      `confidence ${input.confidence_score} is under ${threshold}, the threshold for risk ${input.risk_level}`,
    );
  }
  if (
    input.lifecycle_state !== undefined &&
    !config.automatic_lifecycle_states.includes(input.lifecycle_state)
  ) {
    return result(
      'REQUIRE_APPROVAL',
      'LIFECYCLE_STATE',
      'automatic_lifecycle_states',
      `lifecycle state \`${input.lifecycle_state}\` is not one of ${config.automatic_lifecycle_states.join(', ') || 'none'}`,
    );
  }
  return {
    decision: 'AUTO_EXECUTE',
    explanation: `risk ${input.risk_level}, confidence ${input.confidence_score} of at least ${threshold}: no clause asks for a person`,
    policy_version: autoApprovalVersion,
  };
};

const oneOf = (values: readonly string[], value: unknown): boolean =>
  typeof value === 'string' && values.includes(value);
const isTenant = (value: unknown): boolean =>
  typeof value === 'string' && (tenantPattern.test(value) || value === systemTenant);
const isName = (value: unknown): boolean => typeof value === 'string' && namePattern.test(value);

type Check = readonly [name: string, required: boolean, holds: (value: unknown) => boolean, detail: string];

const inputChecks: readonly Check[] = [
  ['action_type', true, isName, 'must be a name'],
  [
    'confidence_score',
    true,
    (value) => typeof value === 'number' && value >= 0 && value <= 1,
    'must be a number from 0 to 1',
  ],
  ['risk_level', true, (value) => oneOf(riskLevels, value), `must be one of ${riskLevels.join(', ')}`],
  ['lifecycle_state', false, (value) => typeof value === 'string' && value !== '', 'must be a text'],
  ['tenant_id', true, isTenant, "must be a tenant's name"],
  ['account_id', true, isName, 'must be a name'],
  [
    'autonomy_mode',
    true,
    (value) => oneOf(autonomyModes, value),
    `must be one of ${autonomyModes.join(', ')}`,
  ],
  ['external_contact', false, (value) => typeof value === 'boolean', 'must be true or false'],
];

const run = (checks: readonly Check[], value: unknown): readonly Violation[] => {
  if (!isObject(value)) return [{ pointer: '', detail: 'must be an object' }];
  return checks.flatMap(([name, required, holds, detail]): Violation[] => {
    if (value[name] === undefined) return required ? [{ pointer: `/${name}`, detail: 'is required' }] : [];
    return holds(value[name]) ? [] : [{ pointer: `/${name}`, detail }];
  });
};

/** Every fault of an input; without any it is an `AutoApprovalPolicyInputV1`. */
export const checkAutoApprovalInput = (input: unknown): readonly Violation[] => run(inputChecks, input);

const resultChecks: readonly Check[] = [
  [
    'decision',
    true,
    (value) => oneOf(autoApprovalDecisions, value),
    `must be one of ${autoApprovalDecisions.join(', ')}`,
  ],
  [
    'reason',
    false,
    (value) => oneOf(autoApprovalReasons, value),
    `must be one of ${autoApprovalReasons.join(', ')}`,
  ],
  ['explanation', true, (value) => typeof value === 'string' && value.trim() !== '', 'must say why'],
  ['policy_version', true, (value) => value === autoApprovalVersion, `must be ${autoApprovalVersion}`],
  ['policy_clause', false, (value) => typeof value === 'string' && value !== '', 'must name a clause'],
];

/**
 * Returns every fault of a result. `policy_clause` is optional in the published shape, while
 * `evaluateAutoApproval` always names one beside a reason.
 */
export const checkAutoApprovalResult = (value: unknown): readonly Violation[] => {
  const faults = run(resultChecks, value);
  const reasonless =
    isObject(value) &&
    value['reason'] === undefined &&
    (value['decision'] === 'BLOCK' || value['decision'] === 'REQUIRE_APPROVAL');
  return reasonless
    ? [...faults, { pointer: '/reason', detail: `is missing: ${String(value['decision'])} always has one` }]
    : faults;
};
