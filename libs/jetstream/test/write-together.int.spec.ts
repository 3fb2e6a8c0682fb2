import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@interlock/testing';
import type { NatsConnection } from 'nats';
import { connectBus } from '../src/index.js';

/** A bus that answers as little as it may, and keeps what each write of its client brought. */
let server: Server;
let writes: string[];
let connection: NatsConnection;
beforeEach(async () => {
  writes = [];
  server = createServer((socket: Socket) => {
    socket.write('INFO {"server_id":"odd","version":"2.10.0","max_payload":1048576,"headers":true}\r\n');
    socket.on('data', (bytes) => {
      const text = bytes.toString();
      writes.push(text);
      for (let i = 0; i < text.split('PING\r\n').length - 1; i += 1) socket.write('PONG\r\n');
    });
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { readonly port: number };
  connection = await connectBus({ url: `127.0.0.1:${port}`, user: 'test', password: 'test' });
  writes = [];
});
afterEach(async () => {
  await connection.close();
  server.close();
});
const written = (): string => writes.join('');
const microtasks = async (): Promise<void> => {
  for (let i = 0; i < 10; i += 1) await Promise.resolve();
};

describe('a connection to the bus', () => {
  it('sends what arises in one turn of the loop in one write, whatever steps it arises in', async () => {
    for (const n of [1, 2, 3]) {
      connection.publish('interlock.test', `message ${n}`);
      await microtasks();
    }
    await until(() => written().includes('message 3'), 'the last message');
    expect(writes).toHaveLength(1);
    expect(written().match(/message \d/g)).toEqual(['message 1', 'message 2', 'message 3']);
  });

  it('sends what is much at once, and keeps the order', async () => {
    const large = 'x'.repeat(20_000);
    for (let n = 0; n < 5; n += 1) connection.publish('interlock.test', `${n}${large}`);
    connection.publish('interlock.test', 'the end');
    await until(() => written().includes('the end'), 'the last message');
    expect(written().match(/\d(?=x{20000})/g)).toEqual(['0', '1', '2', '3', '4']);
  });

  it('sends what was published before it is closed', async () => {
    connection.publish('interlock.test', 'the last word');
    await connection.close();
    await until(() => written().includes('the last word'), 'the last message');
  });

  it('answers a flush when everything before it was sent', async () => {
    connection.publish('interlock.test', 'before');
    await connection.flush();
    expect(written()).toContain('before');
  });
});
