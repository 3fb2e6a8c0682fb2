import type { ActionTypeV1, JsonObject, RpcName } from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';
import { evaluation, mode, posture, prediction } from '@interlock/rails/looks';
import type { Machine } from './machine.js';

export const tenant = 'demo';
export const account = 'ran';
/** A tenant's own type, whose handler the gateway of agents asks. */
export const actionType: ActionTypeV1 = {
  action_type: 'mail.sort',
  title: 'Sort a message',
  parameters_schema: { type: 'object', properties: {} },
  handler: {
    service: 'agent-gateway',
    name: 'mail.sort',
    endpoint: {
      kind: 'webhook',
      url: 'https://handler.example/',
      secret_ref: 'env:HANDLER_DEMO__TEST',
      timeout_ms: 1000,
      max_calls: 2,
      steps: ['observe', 'confirm', 'undo', 'status'],
    },
  },
  impact_fields: [],
  reversible: true,
  read_only: false,
  external_contact: false,
  version: 1,
  on_unknown: 'undo',
};

/** What the services say whose answers are not at issue here. */
export type Weather = {
  posture: 'GREEN' | 'YELLOW' | 'ORANGE' | 'RED';
  mode: 'AUTO_EXECUTE' | 'APPROVAL_REQUIRED' | 'DISABLED' | 'PROPOSE_ONLY';
  decision: 'ALLOW' | 'CONFIRM' | 'NEEDS_APPROVAL' | 'DENY';
  approvals: 1 | 2;
  /** The most entities that the policies let an action affect. */
  most: number | null;
  auto: 'AUTO_EXECUTE' | 'BLOCK';
  /** The evaluator throws, and is not merely away. */
  isBroken: boolean;
};
export const fair: Weather = {
  posture: 'GREEN',
  mode: 'AUTO_EXECUTE',
  decision: 'ALLOW',
  approvals: 1,
  most: null,
  auto: 'AUTO_EXECUTE',
  isBroken: false,
};

export const weatherNames: readonly RpcName[] = [
  'posture.posture',
  'budget-ledger.mode',
  'digital-twin.predict',
  'policy-evaluator.evaluate',
  'policy-evaluator.auto_approve',
];

/**
 * Answers for them. The id of an evaluation is the right time at which it was made, by which a
 * check can see how old it was.
 */
export const answerOf = (name: RpcName, request: JsonObject, weather: Weather, machine: Machine): unknown => {
  switch (name) {
    case 'posture.posture':
      return posture(weather.posture);
    case 'budget-ledger.mode':
      return { ...mode(weather.mode), limits: { blast_radius_1h: 1000, soak_s: 1 } };
    case 'digital-twin.predict':
      return prediction({ made_at: String(request['at']) });
    case 'policy-evaluator.evaluate':
      if (weather.isBroken) throw new ProblemError('internal-error', 'the evaluator threw');
      return evaluation({
        evaluation_id: `${machine.trueMs}`,
        decision: weather.decision,
        approvals_required: weather.decision === 'NEEDS_APPROVAL' ? weather.approvals : 0,
        limits: { ...evaluation().limits, max_affected_entities: weather.most },
      });
    case 'policy-evaluator.auto_approve':
      return {
        decision: weather.auto,
        ...(weather.auto === 'BLOCK' ? { reason: 'TENANT_POLICY', policy_clause: 'blocked' } : {}),
        explanation: 'fine',
        policy_version: 'AutoApprovalPolicyV1',
        config: {},
        version: '1',
      };
    default:
      throw new ProblemError('internal-error', `\`${name}\` is not asked here`);
  }
};
