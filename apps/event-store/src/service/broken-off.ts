import type { Server } from '@grpc/grpc-js';

/**
 * Node ends a whole connection if its client breaks off more than a thousand calls at once, or 33 a
 * second for long. Clients often break reads off early, so these limits are higher.
 */
const RESETS = { streamResetBurst: 100_000, streamResetRate: 20_000 };

/**
 * Call it before the server is bound. The library has no option for it, only a place where the
 * options of Node's server are kept.
 */
export function allowBreakingOff(server: Server): void {
  const { commonServerOptions } = server as unknown as { readonly commonServerOptions?: object };
  if (commonServerOptions === undefined)
    throw new Error('this release of the gRPC library keeps the options of its HTTP/2 server elsewhere');
  Object.assign(commonServerOptions, RESETS);
}
