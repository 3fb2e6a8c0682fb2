import { Injectable } from '@nestjs/common';
import { readOnlyResponses, systemTenant } from '@interlock/contracts';
import { uuidV5 } from '@interlock/kernel';
import { serviceCommandContext } from '@interlock/platform';
import { policyStream } from '@interlock/policy';
import { PolicyHandler } from '../handlers.js';

const policyId = 'posture-checks';

/**
 * The built-in policy: it allows the posture's read-only responses. It is written once, so an
 * operator's changes remain.
 */
@Injectable()
export class SystemPolicy {
  constructor(private readonly handler: PolicyHandler) {}

  async ensure(): Promise<void> {
    const stream = policyStream(systemTenant, policyId);
    if ((await this.handler.load(stream)).revision >= 0n) return;
    await this.handler.handle(
      stream,
      {
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
      serviceCommandContext('policy-registry', systemTenant, {
        commandId: uuidV5('system policy', policyId),
      }),
    );
  }
}
