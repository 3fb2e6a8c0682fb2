import { ProblemError } from '@interlock/kernel';
import type { NetworkHandler } from '@interlock/network';

/** Finds the handler of an action type; undefined where there is none. */
export type FindHandler = (actionType: string) => NetworkHandler | undefined;

/**
 * The handler of an action type. Throws `unknown-action-type` where the gateway has none for it.
 */
export const handlerOf = (find: FindHandler, actionType: string): NetworkHandler => {
  const handler = find(actionType);
  if (handler === undefined)
    throw new ProblemError('unknown-action-type', `the gateway has no handler for \`${actionType}\``);
  return handler;
};

/** That nothing in the inventory is the entity of an action. */
export const entityUnknown = ({ entity }: NetworkHandler, entityId: string): string =>
  entity === 'device' ? `there is no device \`${entityId}\`` : `no device has a ${entity} \`${entityId}\``;
