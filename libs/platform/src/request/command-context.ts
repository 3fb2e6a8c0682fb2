import type { Timestamp } from '@interlock/contracts';
import { traceparentWithin } from '@interlock/jetstream';
import { ProblemError, type CommandContext } from '@interlock/kernel';

import { newId, nowText } from '../base/ids.js';
import type { Principal } from './principal.js';
import { activeState } from './request-state.js';

const idempotencyKey = (): string | undefined => {
  const key = activeState()?.idempotencyKey;
  if (key === undefined) return undefined;
  if (!/^[\x21-\x7e]{1,128}$/.test(key)) {
    throw new ProblemError('validation-failed', 'the headers have 1 fault', {
      violations: [
        {
          pointer: '/headers/idempotency-key',
          detail: 'must be 1 to 128 printable characters without space',
        },
      ],
    });
  }
  return key;
};

/**
 * Returns the context of a command that a service gives on its own initiative. Unless `over` says
 * otherwise, it has a fresh id, the present time, and a new correlation.
 */
export const serviceCommandContext = (
  service: string,
  tenantId: string,
  over: Partial<CommandContext> = {},
): CommandContext => {
  const commandId = over.commandId ?? newId();
  return {
    commandId,
    tenantId,
    actor: { kind: 'service', service },
    now: nowText(),
    correlationId: commandId,
    causationId: commandId,
    ...over,
  };
};

/** Returns the rights with which a person approves now, and the digest of what they were shown. */
export const approverOf = (
  { roles, scopes }: Pick<Principal, 'roles' | 'scopes'>,
  shown: string | null,
): Pick<CommandContext, 'approver'> => ({ approver: { roles, scopes, shown } });

/**
 * Returns the context of a command: fresh UUIDv7 ids and the active `traceparent`. If the request
 * has the header `Idempotency-Key`, it becomes the command's id. Throws `validation-failed` if the
 * key is invalid.
 */
export const commandContext = (
  principal: Principal,
  now: Timestamp = nowText(),
  over: Partial<CommandContext> = {},
): CommandContext => {
  const commandId = over.commandId ?? idempotencyKey() ?? newId();
  return {
    commandId,
    tenantId: principal.tenant_id,
    actor: principal.actor,
    now,
    correlationId: newId(),
    causationId: commandId,
    ...traceparentWithin(null),
    ...over,
  };
};
