import type { NetconfClient } from './client.js';
import { NetconfAbortedError, NetconfRpcError, NetconfTimeoutError } from './errors.js';
import { MONITORING_NS } from './names.js';
import { operation } from './operations.js';

/** The namespace of yuma's and yuma123's modules, which their server lists in its hello. */
const yumaModules = 'http://netconfcentral.org/ns/';

/**
 * How long each try waits for the first answer, in milliseconds. A server that lost the request
 * never answers it; a slow one answers a later try.
 */
export const firstRequestTimeoutsMs = [400, 2_000, 10_000] as const;

/**
 * True for servers that lose the first request of a session if it arrives together with the
 * client's hello. netconfd reads both with the framing of the hello, and never finds the end of the
 * chunked request. A client cannot see this race, and a lock or a commit must not be lost in it.
 */
export const losesFirstRequest = (client: NetconfClient): boolean =>
  client.capabilities.some((uri) => uri.startsWith(yumaModules));

/** Sends a read that matches nothing, and returns whether it was answered in time. */
export const answersFirstRequest = async (
  client: NetconfClient,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<boolean> => {
  const nothing = { name: 'nothing', namespace: MONITORING_NS, attributes: [], children: [] };
  try {
    await client.rpc(operation.getConfig('running', { subtree: [nothing] }), {
      timeoutMs,
      ...(signal === undefined ? {} : { signal }),
    });
    return true;
  } catch (error) {
    if (error instanceof NetconfRpcError) return true;
    if (error instanceof NetconfTimeoutError) return false;
    client.destroy();
    if (error instanceof NetconfAbortedError) throw new NetconfAbortedError(error.message, false);
    throw error;
  }
};
