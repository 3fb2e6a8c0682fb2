import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A loopback port in front of another one, whose connections can be cut: how tests take a part away and give it back. */
export type Gate = {
  readonly port: number;
  /** Ends every connection and refuses new ones. */
  readonly cut: () => void;
  /** Lets connections through again. */
  readonly mend: () => void;
  readonly stop: () => Promise<void>;
};

/** Opens a gate to a port of 127.0.0.1. */
export const startGate = async (target: number): Promise<Gate> => {
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((client) => {
    if (isCut) {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect(target, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const endAll = (): void => { for (const socket of sockets) socket.resetAndDestroy(); };
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => {
      isCut = true;
      endAll();
    },
    mend: () => { isCut = false; },
    stop: async () => {
      endAll();
      await new Promise<void>((resolve) => { server.close(() => { resolve(); }); });
    },
  };
};
