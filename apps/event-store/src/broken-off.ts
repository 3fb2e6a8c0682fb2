import type { Server } from '@grpc/grpc-js';

/**
 * Node ends a whole connection, with all that is open on it, whose client breaks off more than a
 * thousand calls at once, or 33 a second for long. Clients break reads off whenever they have seen
 * enough: so many at once, and a second, are let through here.
 */
const RESETS = { streamResetBurst: 100_000, streamResetRate: 20_000 };

/**
 * To be called before the server is bound. The library has no option for it, only a place where the
 * options of Node's server are kept.
 */
export function allowBreakingOff(server: Server): void {
  const { commonServerOptions } = server as unknown as { readonly commonServerOptions?: object };
  if (commonServerOptions === undefined)
    throw new Error('this release of the gRPC library keeps the options of its HTTP/2 server elsewhere');
  Object.assign(commonServerOptions, RESETS);
}
