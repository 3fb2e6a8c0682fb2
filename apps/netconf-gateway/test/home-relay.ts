import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** The way between devices and a gateway: they call its port, and it passes the calls on. */
export type HomeRelay = {
  /** The address that the devices call, as `HOST:PORT`. */
  readonly address: string;
  /** Passes calls on to this port from now on; null refuses them. */
  readonly to: (port: number | null) => void;
  /** Cuts every connection now. */
  readonly cut: () => void;
  readonly stop: () => Promise<void>;
};

export const startHomeRelay = async (): Promise<HomeRelay> => {
  let target: number | null = null;
  const sockets = new Set<Socket>();
  const keep = (socket: Socket, other: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      other.destroy();
    });
  };
  const server = createServer((device) => {
    if (target === null) {
      device.on('error', () => undefined);
      device.destroy();
      return;
    }
    const gateway = connect({ host: '127.0.0.1', port: target });
    keep(device, gateway);
    keep(gateway, device);
    device.pipe(gateway).pipe(device);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    to: (port) => {
      target = port;
    },
    cut,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cut();
      }),
  };
};
