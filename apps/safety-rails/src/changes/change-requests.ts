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

/** The number of people that a change needs, and the source of that number. */
type Required = {
  readonly people: RequiredPeople;
  readonly from: 'tenant' | 'founder' | 'system' | 'default';
};

/** Returns a change request as an answer. Throws `not-found` if nobody has requested it. */
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

/** Records the change requests of the services that own settings. */
@Injectable()
export class ChangeRequests {
  constructor(
    private readonly handler: ChangeHandler,
    private readonly requiredPeople: RequiredPeopleHandler,
    private readonly invitations: Invitations,
  ) {}

  /**
   * Returns the number of people that a loosening change of the tenant needs now, and its source.
   * It reads to the log's end, and throws `not-current` if that fails.
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

  /**
   * Records a request. A repeat returns the present state of the request. Throws `wrong-state` if
   * another request has its id.
   */
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
