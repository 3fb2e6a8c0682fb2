import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the ports that Linux, macOS and Windows give to outgoing connections and to servers that
 * ask for any port.
 */
const [least, most] = [16_384, 32_767];
/** How long a claim lasts: the program that will listen there may need time to start. */
const claimMs = 60_000;
const given = new Set<number>();
const claimed = new Set<number>();

const listens = async (port: number): Promise<boolean> => {
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
  } catch {
    return true;
  }
  await new Promise((resolve) => server.close(resolve));
  return false;
};

/**
 * Claims a loopback port for a program that will listen there. Returns false if something listens,
 * or if another process has claimed it within the last minute. The claim is the UDP port of the
 * same number, held by this process. It keeps other callers from the port until the program has
 * started, and ends with this process at the latest.
 */
export const claimPort = async (port: number): Promise<boolean> => {
  if (claimed.has(port)) return !(await listens(port));
  const claim = createSocket('udp4').unref();
  try {
    await once(claim.bind({ port, address: '127.0.0.1', exclusive: true }), 'listening');
  } catch {
    claim.close();
    return false;
  }
  if (await listens(port)) {
    claim.close();
    return false;
  }
  claimed.add(port);
  setTimeout(() => {
    claimed.delete(port);
    claim.close();
  }, claimMs).unref();
  return true;
};

/**
 * Claims a free loopback port for the caller (`claimPort`), never the same twice in a process. The
 * system does not give such a port to others by itself, so a stopped server can come back on it.
 */
export const freePort = async (): Promise<number> => {
  for (;;) {
    const port = randomInt(least, most + 1);
    if (given.has(port)) continue;
    given.add(port);
    if (await claimPort(port)) return port;
  }
};
