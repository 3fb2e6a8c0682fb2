import type { ServerInterceptingCallInterface } from '@grpc/grpc-js';

/**
 * True if the client has ended its request within a message. The library drops such a remainder and
 * reports a whole request. It has no public sign of it, so this reads its decoder.
 */
export function isCut(call: ServerInterceptingCallInterface): boolean {
  const { decoder } = call as unknown as { readonly decoder?: { readonly readState?: unknown } };
  if (typeof decoder?.readState !== 'number')
    throw new Error('this release of the gRPC library keeps the state of its decoder elsewhere');
  return decoder.readState !== 0;
}
