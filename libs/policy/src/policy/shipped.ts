import { readOnlyResponses, systemTenant } from '@interlock/contracts';
import { uuidV5 } from '@interlock/kernel';
import { policyStream } from '../stream.js';
import type { PolicyCommand } from './policy.js';

const policyId = 'posture-checks';

/**
 * The built-in policy: it allows the posture's read-only responses. An installation writes it once,
 * so an operator's changes remain. No person approves it.
 */
export const shippedPolicy: {
  readonly stream: string;
  readonly command_id: string;
  readonly command: PolicyCommand;
} = {
  stream: policyStream(systemTenant, policyId),
  command_id: uuidV5('system policy', policyId),
  command: {
    kind: 'CreatePolicy',
    policy_id: policyId,
    content: {
      name: 'Responses of the posture that only read',
      action_types: readOnlyResponses,
      conditions: [],
      decision: 'ALLOW',
      max_affected_entities: null,
      min_confidence: null,
      confirmation_window_s: null,
      confirm_above_entities: null,
      on_elapse: 'proceed',
    },
    status: 'active',
  },
};
