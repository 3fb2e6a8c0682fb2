import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below what Linux, macOS and Windows give to outgoing connections and to servers that ask for any port. */
const [least, most] = [16_384, 32_767];
const given = new Set<number>();

const isFree = async (port: number): Promise<boolean> => {
  const server = createServer();
  const free = await new Promise<boolean>((resolve) => {
    server
      .once('error', () => {
        resolve(false);
      })
      .listen(port, '127.0.0.1', () => {
        resolve(true);
      });
  });
  if (free)
    await new Promise<void>((resolve) => {
      server.close(() => {
        resolve();
      });
    });
  return free;
};

/**
 * A loopback port that was free a moment ago, never the same twice in a process. It is none that the system gives away by itself, so that a server which is taken away can come
 * back on it: no connection that somebody made meanwhile holds it.
 */
export const freePort = async (): Promise<number> => {
  for (;;) {
    const port = randomInt(least, most + 1);
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) return port;
  }
};
