import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { Transform } from 'node:stream';

/**
 * A loopback port in front of another one, whose connections can be disturbed. Tests use it to take
 * a part away and give it back.
 */
export type Gate = {
  readonly port: number;
  /** The number of connected clients. */
  readonly connections: () => number;
  /** Ends every connection and refuses new ones. */
  readonly cut: () => void;
  /** Keeps every connection and accepts new ones, but lets nothing through in either direction. */
  readonly hold: () => void;
  /** Delays all data by this many milliseconds, in either direction. */
  readonly delay: (ms: number) => void;
  /** Ends the direction to every client, while data from clients still goes through. */
  readonly halfClose: () => void;
  /** Lets connections and held data through again at once. */
  readonly mend: () => void;
  readonly stop: () => Promise<void>;
};

/** Opens a gate to a port of 127.0.0.1. */
export const startGate = async (target: number): Promise<Gate> => {
  const sockets = new Set<Socket>();
  const clients = new Set<() => void>();
  let state: 'open' | 'cut' | 'held' = 'open';
  let delayMs = 0;
  let release: (() => void)[] = [];
  const passage = (): Transform => {
    let tail: Promise<void> = Promise.resolve();
    const opened = async (due: number): Promise<void> => {
      while (state === 'held')
        await new Promise<void>((resolve) => {
          release.push(resolve);
        });
      const early = due - performance.now();
      if (early > 0)
        await new Promise((resolve) => {
          setTimeout(resolve, early);
        });
    };
    return new Transform({
      transform(chunk: Buffer, _encoding, done) {
        const due = delayMs === 0 ? 0 : performance.now() + delayMs;
        tail = tail
          .then(() => opened(due))
          .then(() => {
            this.push(chunk);
          });
        done();
      },
      flush: (done) => {
        void tail.then(() => {
          done();
        });
      },
    });
  };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    if (state === 'cut') {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true });
    const down = passage();
    let quieted = false;
    const quiet = (): void => {
      quieted = true;
      down.unpipe(client);
      down.resume();
      client.end();
    };
    clients.add(quiet);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        clients.delete(quiet);
        client.destroy();
        upstream.destroy();
      });
    }
    // A connection is half-open only if the gate made it so. A peer that ends one side has closed
    // both.
    upstream.on('finish', () => {
      upstream.destroy();
    });
    client.on('finish', () => {
      if (!quieted) client.destroy();
    });
    client.pipe(passage()).pipe(upstream);
    upstream.pipe(down).pipe(client);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const endAll = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => clients.size,
    cut: () => {
      state = 'cut';
      endAll();
      release = [];
    },
    hold: () => {
      state = 'held';
    },
    delay: (ms) => {
      delayMs = ms;
    },
    halfClose: () => {
      for (const quiet of clients) quiet();
    },
    mend: () => {
      state = 'open';
      delayMs = 0;
      for (const pass of release.splice(0)) pass();
    },
    stop: async () => {
      state = 'cut';
      endAll();
      release = [];
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
    },
  };
};
