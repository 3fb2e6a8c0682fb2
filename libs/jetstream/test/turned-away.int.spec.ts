import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@interlock/testing';
import type { NatsConnection } from 'nats';
import { connectBus } from '../src/index.js';

/**
 * What a bus does to who comes: lets in, or turns away as a real one does that reads its users
 * anew.
 */
type Welcome = 'in' | 'closed' | 'refused' | 'reset';

let server: Server;
let welcomes: Welcome[];
let inside: Socket[];
let came: number;
let connection: NatsConnection | undefined;
beforeEach(async () => {
  came = 0;
  inside = [];
  server = createServer((socket) => {
    const welcome = welcomes[came] ?? 'in';
    came += 1;
    socket.on('error', () => undefined);
    socket.write('INFO {"server_id":"odd","version":"2.10.0","max_payload":1048576,"headers":true}\r\n');
    socket.on('data', (bytes) => {
      if (welcome === 'closed') socket.destroy();
      else if (welcome === 'reset') socket.resetAndDestroy();
      else if (welcome === 'refused') socket.end("-ERR 'Authorization Violation'\r\n");
      else if (bytes.toString().includes('PING\r\n')) socket.write('PONG\r\n');
      if (welcome === 'in' && !inside.includes(socket)) inside.push(socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  await connection?.close();
  connection = undefined;
  server.close();
});
/** The client's own timeout is far away: only what is seen at once counts. */
const come = (): Promise<NatsConnection> => {
  const { port } = server.address() as { readonly port: number };
  return connectBus(
    { url: `127.0.0.1:${port}`, user: 'test', password: 'test' },
    { timeout: 3_600_000, reconnectTimeWait: 10 },
  );
};

describe('who comes while the bus reads its users anew', () => {
  it.each<Welcome>(['closed', 'refused', 'reset'])('is let in after it was %s', async (welcome) => {
    welcomes = [welcome, welcome];
    connection = await come();
    await connection.flush();
    expect(came).toBe(3);
  });

  it('and comes back when its connection is lost, and the next one too before it was let in', async () => {
    welcomes = ['in', 'closed', 'reset'];
    connection = await come();
    inside[0]!.destroy();
    await until(() => inside.length === 2, 'it is let in again');
    await connection.flush();
    expect(came).toBe(4);
  });

  it('is told so where the bus turns it away time and again', async () => {
    welcomes = Array<Welcome>(100).fill('refused');
    await expect(come()).rejects.toMatchObject({ code: 'AUTHORIZATION_VIOLATION' });
    expect(came).toBe(4);
  });
});
