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
  it('is claimed once among processes, before anything listens there', async () => {
    const port = await freePort();
    // What another process does that asks for the same port.
    await expect(udp(port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    expect(await claimPort(port)).toBe(true);
  });

  it('is none that another process has claimed, until that one gives it up', async () => {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as { readonly port: number };
    await new Promise((resolve) => server.close(resolve));
    const giveUp = await udp(port);
    expect(await claimPort(port)).toBe(false);
    giveUp();
    expect(await claimPort(port)).toBe(true);
  });

  it('is none where something listens, and is free for others then', async () => {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as { readonly port: number };
    expect(await claimPort(port)).toBe(false);
    (await udp(port))();
    await new Promise((resolve) => server.close(resolve));
    expect(await claimPort(port)).toBe(true);
  });

  it('is another one each time, also for many who ask at once', async () => {
    const ports = await Promise.all(Array.from({ length: 200 }, () => freePort()));
    expect(new Set(ports).size).toBe(200);
    expect(ports.every((port) => port >= 16_384 && port <= 32_767)).toBe(true);
  });
});
