import { actorKey, systemTenant, type ChangeAnswer, type RequestChangeRequest } from '@interlock/contracts';
import {
  changeDigest,
  changeExpiryHours,
  changeStream,
  ProblemError,
  requiredPeopleInForce,
  type ChangeState,
  type CommandContext,
  type RequiredPeople,
} from '@interlock/kernel';
import { Injectable } from '@nestjs/common';
import { requiredPeopleStream } from '@interlock/rails';
import { ChangeHandler, RequiredPeopleHandler } from '../handlers.js';
import { Invitations } from './invitations.js';

/** How many people a change needs, and where the number comes from. */
type Required = {
  readonly people: RequiredPeople;
  readonly from: 'tenant' | 'founder' | 'system' | 'default';
};

/** A change request as it is answered. Throws `not-found` before the request. */
export const changeAnswer = (
  tenantId: string,
  changeId: string,
  { status, change, requested_at, people, solo, break_glass }: ChangeState,
): ChangeAnswer => {
  if (status === 'none' || change === null || requested_at === null)
    throw new ProblemError('not-found', `there is no change request \`${changeId}\``);
  const { flip_list_hash: _hash, solo: _solo, can_break_glass = false, ...members } = change;
  return {
    ...members,
    command: members.command as unknown as ChangeAnswer['command'],
    change_id: changeId,
    tenant_id: tenantId,
    status,
    approved_by: people,
    solo,
    requested_at,
    can_break_glass,
    break_glass,
  };
};

/** Records what setting owners request. */
@Injectable()
export class ChangeRequests {
  constructor(
    private readonly handler: ChangeHandler,
    private readonly requiredPeople: RequiredPeopleHandler,
    private readonly invitations: Invitations,
  ) {}

  /**
   * How many people a loosening change of the tenant needs now, read to the log's end, and where
   * the number comes from. Throws `not-current` if the log cannot be read to its end.
   */
  async required(tenantId: string): Promise<Required> {
    const [own, system] = await Promise.all(
      [tenantId, systemTenant].map(
        async (of) => (await this.requiredPeople.load(requiredPeopleStream(of))).state.required_people,
      ),
    );
    const isAlone = await this.invitations.isFounderAlone(tenantId);
    return {
      people: requiredPeopleInForce(own ?? null, system ?? null, isAlone),
      from:
        typeof own === 'number'
          ? 'tenant'
          : isAlone
            ? 'founder'
            : typeof system === 'number'
              ? 'system'
              : 'default',
    };
  }

  /** A repeat answers the request as it stands. Throws `wrong-state` if another one has its id. */
  async request(asked: RequestChangeRequest): Promise<ChangeAnswer> {
    const { change_id, tenant_id, actor, at, why, can_break_glass, ...content } = asked;
    const { setting, revision, loosened, scope, flip_list_hash } = content;
    const change = {
      setting,
      revision,
      command: content.command as unknown as { readonly kind: string },
      loosened,
      scope,
      ...(flip_list_hash === undefined ? {} : { flip_list_hash }),
    };
    const stream = changeStream(tenant_id, change_id);
    const known = await this.handler.load(stream);
    if (known.state.change !== null) return changeAnswer(tenant_id, change_id, known.state);
    const required = await this.required(tenant_id);
    const context: CommandContext = {
      commandId: change_id,
      tenantId: tenant_id,
      actor,
      now: at,
      correlationId: change_id,
      causationId: change_id,
    };
    const { state } = await this.handler.handle(
      stream,
      {
        kind: 'RequestChange',
        ...change,
        digest: changeDigest(change),
        requester: actorKey(actor),
        why,
        can_break_glass,
        required_people: required.people,
        ...(required.from === 'founder' ? { solo: true } : {}),
        expires_at: new Date(Date.parse(at) + changeExpiryHours * 3_600_000).toISOString(),
      },
      context,
    );
    return changeAnswer(tenant_id, change_id, state);
  }
}
