import { Injectable } from '@nestjs/common';
import { isProblem, uuidV5, type CommandContext, type CommandResult } from '@interlock/kernel';
import { commandContext, type ChangeRequestedDto, type Principal } from '@interlock/platform';
import {
  changedContent,
  checkPolicy,
  checkPolicyChange,
  policyStream,
  type PolicyCommand,
  type PolicyEvent,
  type PolicyState,
} from '@interlock/policy';
import { Catalogue } from './catalogue.js';
import { PolicyHandler } from '../handlers.js';
import { PolicySettings } from './policy-settings.js';

type Written = CommandResult<PolicyEvent, PolicyState> | ChangeRequestedDto;

/**
 * Commands on policies. Each is checked against the catalogue, then decided on the policy's own
 * stream. One that loosens a policy becomes a change request.
 */
@Injectable()
export class PoliciesService {
  constructor(
    private readonly handler: PolicyHandler,
    private readonly settings: PolicySettings,
    private readonly catalogue: Catalogue,
  ) {}

  async create(tenantId: string, body: unknown, principal: Principal): Promise<Written> {
    const context = commandContext(principal);
    const { policy_id: given, status, ...content } = checkPolicy(body, await this.catalogue.fields(tenantId));
    // A repeat of the same command must reach the same stream.
    const policyId = given ?? uuidV5('policy', tenantId, context.commandId);
    return this.#write(
      policyStream(tenantId, policyId),
      { kind: 'CreatePolicy', policy_id: policyId, content, status },
      principal,
      context,
    );
  }

  /** Checks the resulting policy as a whole, and appends only at the checked revision. */
  async change(
    tenantId: string,
    policyId: string,
    body: unknown,
    pinned: bigint | null,
    principal: Principal,
  ): Promise<Written> {
    const context = commandContext(principal);
    const stream = policyStream(tenantId, policyId);
    for (;;) {
      const { state, revision } = await this.handler.load(stream);
      const change = checkPolicyChange(
        body,
        (sound) => changedContent(state, sound),
        await this.catalogue.fields(tenantId),
      );
      try {
        return await this.#write(stream, { kind: 'ChangePolicy', change }, principal, {
          ...context,
          expectedRevision: pinned ?? revision,
        });
      } catch (error) {
        if (pinned !== null || !isProblem(error, 'stale-revision')) throw error;
      }
    }
  }

  #write(
    stream: string,
    command: PolicyCommand,
    principal: Principal,
    context: CommandContext,
  ): Promise<Written> {
    const { changes, policies } = this.settings;
    return changes.write(policies, { stream, command, principal, context });
  }
}
