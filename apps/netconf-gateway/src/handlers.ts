import { ProblemError } from '@interlock/kernel';
import type { NetworkHandler } from '@interlock/network';

/** Finds the handler of an action type; undefined if there is none. */
export type FindHandler = (actionType: string) => NetworkHandler | undefined;

/**
 * Returns the handler of an action type. Throws `unknown-action-type` if the gateway has none for
 * it.
 */
export const handlerOf = (find: FindHandler, actionType: string): NetworkHandler => {
  const handler = find(actionType);
  if (handler === undefined)
    throw new ProblemError('unknown-action-type', `the gateway has no handler for \`${actionType}\``);
  return handler;
};

/** Returns the text that no device in the inventory has the entity of an action. */
export const entityUnknown = ({ entity }: NetworkHandler, entityId: string): string =>
  entity === 'device' ? `there is no device \`${entityId}\`` : `no device has a ${entity} \`${entityId}\``;
