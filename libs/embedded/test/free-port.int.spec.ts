import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from '@jest/globals';

import { claimPort, freePort } from '../src/index.js';

const udp = async (port: number): Promise<() => void> => {
  const socket = createSocket('udp4');
  await once(socket.bind({ port, address: '127.0.0.1', exclusive: true }), 'listening');
  return () => socket.close();
};

describe('a claimed port', () => {
  it('is claimed by one process only, before anything listens there', async () => {
    const port = await freePort();
    // Another process that asks for the same port does this.
    await expect(udp(port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    expect(await claimPort(port)).toBe(true);
  });

  it('cannot be claimed by another process until it is released', async () => {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as { readonly port: number };
    await new Promise((resolve) => server.close(resolve));
    const giveUp = await udp(port);
    expect(await claimPort(port)).toBe(false);
    giveUp();
    expect(await claimPort(port)).toBe(true);
  });

  it('has no listener, and a refused claim leaves it free for others', async () => {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as { readonly port: number };
    expect(await claimPort(port)).toBe(false);
    (await udp(port))();
    await new Promise((resolve) => server.close(resolve));
    expect(await claimPort(port)).toBe(true);
  });

  it('is different each time, also for concurrent callers', async () => {
    const ports = await Promise.all(Array.from({ length: 200 }, () => freePort()));
    expect(new Set(ports).size).toBe(200);
    expect(ports.every((port) => port >= 16_384 && port <= 32_767)).toBe(true);
  });
});
