import { Injectable } from '@nestjs/common';
import { isProblem, uuidV5, type CommandContext, type CommandResult } from '@interlock/kernel';
import {
  changedContent,
  checkPolicy,
  checkPolicyChange,
  policyStream,
  type PolicyEvent,
  type PolicyState,
} from '@interlock/policy';
import { Catalogue } from './catalogue.js';
import { PolicyHandler } from '../handlers.js';

type Written = CommandResult<PolicyEvent, PolicyState>;

/** Commands on policies: checked against the catalogue, then decided on the policy's own stream. */
@Injectable()
export class PoliciesService {
  constructor(
    private readonly handler: PolicyHandler,
    private readonly catalogue: Catalogue,
  ) {}

  async create(tenantId: string, body: unknown, context: CommandContext): Promise<Written> {
    const { policy_id: given, status, ...content } = checkPolicy(body, await this.catalogue.fields(tenantId));
    // A repeat of the same command must reach the same stream.
    const policyId = given ?? uuidV5('policy', tenantId, context.commandId);
    return this.handler.handle(
      policyStream(tenantId, policyId),
      { kind: 'CreatePolicy', policy_id: policyId, content, status },
      context,
    );
  }

  /** Checks the resulting policy as a whole, and appends only at the checked revision. */
  async change(
    tenantId: string,
    policyId: string,
    body: unknown,
    pinned: bigint | null,
    context: CommandContext,
  ): Promise<Written> {
    const stream = policyStream(tenantId, policyId);
    for (;;) {
      const { state, revision } = await this.handler.load(stream);
      const change = checkPolicyChange(
        body,
        (sound) => changedContent(state, sound),
        await this.catalogue.fields(tenantId),
      );
      try {
        return await this.handler.handle(
          stream,
          { kind: 'ChangePolicy', change },
          { ...context, expectedRevision: pinned ?? revision },
        );
      } catch (error) {
        if (pinned !== null || !isProblem(error, 'stale-revision')) throw error;
      }
    }
  }
}
