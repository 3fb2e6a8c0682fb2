import {
  actorKey,
  type ChangeAnswer,
  type ChangeOwner,
  parseStream,
  throughChange,
  type RequestChangeRequest,
} from '@interlock/contracts';
import { RpcClient } from '@interlock/jetstream';
import {
  changeDecider,
  changeDigest,
  changeStream,
  CommandHandler,
  isProblem,
  type CommandContext,
  type RequiredPeople,
} from '@interlock/kernel';
import type { Parts } from './parts.js';

/**
 * Stands in for safety-rails where a suite starts only the owner of a setting. It records change
 * requests by the real decider in the real log, and has the owner apply what was approved.
 */
export const answerChangeRequests = (
  parts: Pick<Parts, 'connection' | 'log'>,
  owner: ChangeOwner,
  required: RequiredPeople = 2,
) => {
  const handler = new CommandHandler(parts.log.store, changeDecider, { backoff: () => Promise.resolve() });
  const rpc = new RpcClient(parts.connection, { caller: 'safety-rails', deadlineMs: 30_000 });
  const context = (tenantId: string, actor: CommandContext['actor'], id: string): CommandContext => ({
    commandId: id,
    tenantId,
    actor,
    now: new Date().toISOString(),
    correlationId: id,
    causationId: id,
  });
  const request = async (asked: RequestChangeRequest): Promise<ChangeAnswer> => {
    const { change_id, tenant_id, actor, at, why, can_break_glass, ...content } = asked;
    const change = { ...content, command: content.command as unknown as { readonly kind: string } };
    const { state } = await handler.handle(
      changeStream(tenant_id, change_id),
      {
        kind: 'RequestChange',
        ...change,
        digest: changeDigest(change),
        requester: actorKey(actor),
        why,
        required_people: required,
        can_break_glass,
        expires_at: new Date(Date.parse(at) + 86_400_000).toISOString(),
      },
      { ...context(tenant_id, actor, change_id), now: at },
    );
    return {
      ...content,
      change_id,
      tenant_id,
      status: state.status === 'none' ? 'open' : state.status,
      digest: changeDigest(change),
      requester: actorKey(actor),
      why,
      required_people: required,
      approved_by: state.people,
      solo: state.solo,
      requested_at: state.requested_at ?? at,
      expires_at: state.change?.expires_at ?? at,
      can_break_glass,
      break_glass: state.break_glass,
    };
  };
  parts.connection.subscribe(`interlock.rpc.safety-rails.request_change.${owner}`, {
    callback: (_error, message) => {
      request(JSON.parse(message.string()) as RequestChangeRequest).then(
        (ok) => message.respond(JSON.stringify({ ok })),
        (error: unknown) => {
          const { code, message: detail } = isProblem(error)
            ? error
            : { code: 'internal-error', message: String(error) };
          message.respond(
            JSON.stringify({ problem: { code, detail, status: 409, title: code, type: code } }),
          );
        },
      );
    },
  });
  const consent = (
    tenantId: string,
    { change_id, digest }: Pick<ChangeAnswer, 'change_id' | 'digest'>,
    by = 'approver-of-changes',
  ) =>
    handler.handle(
      changeStream(tenantId, change_id),
      {
        kind: 'ApproveChange',
        digest,
        by: `person:${by}`,
        refused_as: [],
        related: [],
        now: new Date().toISOString(),
      },
      context(tenantId, { kind: 'person', person_id: by }, `${change_id}:${by}`),
    );
  /**
   * Another person approves, two of them what a program requested, and the owner applies the
   * change. Throws what the owner refuses.
   */
  const approve = async (...approval: Parameters<typeof consent>) => {
    const [tenant_id, change] = approval;
    const { change_id } = change;
    const { state } = await consent(...approval);
    if (state.status === 'open') await consent(tenant_id, change, 'second-approver-of-changes');
    return rpc.call(`${owner}.apply_change`, { tenant_id, change_id });
  };
  return {
    /** Another person approves; nothing is applied. */
    consent,
    approve,
    /** Makes a write. If it loosens, another person approves it, and it is made again. */
    through: <A extends { readonly status: number; readonly body: unknown }>(
      write: () => Promise<A>,
    ): Promise<A> =>
      throughChange(write, (change) =>
        approve(parseStream((change as unknown as ChangeAnswer).setting)?.tenant ?? '', change),
      ),
  };
};
