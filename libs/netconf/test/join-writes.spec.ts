import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { joinWrites } from '../src/index.js';

let socket: Socket;
let arrived: string[];
let closing: () => void;

beforeEach(async () => {
  arrived = [];
  const server = createServer((peer) => {
    peer.setNoDelay(true);
    peer.on('data', (bytes: Buffer) => arrived.push(bytes.toString()));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  socket = connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, noDelay: true });
  await once(socket, 'connect');
  closing = () => {
    socket.destroy();
    server.close();
  };
});
afterEach(() => closing());

/** The bytes that reached the system so far, and the number of calls. */
const counted = (): { calls: number } => {
  const count = { calls: 0 };
  for (const name of ['_write', '_writev'] as const) {
    const original = (socket as unknown as Record<string, (...args: unknown[]) => void>)[name]!.bind(socket);
    Object.assign(socket, {
      [name]: (...args: unknown[]) => {
        count.calls += 1;
        original(...args);
      },
    });
  }
  return count;
};

describe('joined writes', () => {
  it('of one turn of the loop leave together and in order', async () => {
    joinWrites(socket);
    const count = counted();
    for (const piece of ['a', 'b', 'c']) socket.write(piece);
    expect(count.calls).toBe(0);
    await new Promise(setImmediate);
    expect(count.calls).toBe(1);
    socket.end('d');
    await once(socket, 'close');
    expect(arrived.join('')).toBe('abcd');
  });

  it('leave at once when they are flushed, and later ones are joined again', async () => {
    const flush = joinWrites(socket);
    const count = counted();
    socket.write('a');
    socket.write('b');
    flush();
    expect(count.calls).toBe(1);
    flush();
    socket.write('c');
    socket.write('d');
    expect(count.calls).toBe(1);
    socket.end();
    await once(socket, 'close');
    expect(arrived.join('')).toBe('abcd');
  });
});
