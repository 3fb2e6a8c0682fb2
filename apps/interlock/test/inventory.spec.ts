import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { registerDevices } from '../src/inventory.js';
import type { DemoParts } from '../src/stack.js';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

/** Registers one device at a service that answers with these statuses; returns what was asked. */
const registered = async (statuses: { readonly [method: string]: number }): Promise<readonly string[]> => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    request.resume();
    if (request.url === '/control/topology') return response.end('{"cells":[]}');
    asked.push(request.method!);
    return response.writeHead(statuses[request.method!]!).end('{}');
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const http = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const device = {
    ...{ device_id: 'gnb-1', site_id: 'site-1', host: '127.0.0.1', port: 830, username: 'u' },
    ...{ password: 'p', host_key_fingerprint: 'SHA256:x', cells: [] },
  };
  const parts = {
    http,
    issuer: { token: () => Promise.resolve('token') },
    simulator: { control: `${http}/control`, devices: [device] },
  };
  await registerDevices(parts as unknown as DemoParts, { writeCredential: () => undefined });
  return asked;
};

describe('the registration of simulated devices', () => {
  it('changes those that are registered', async () => {
    expect(await registered({ POST: 409, PUT: 200 })).toEqual(['POST', 'PUT']);
  });

  it('leaves a device out that has an open transaction, or was removed and has lost its cells', async () => {
    expect(await registered({ POST: 409, PUT: 409 })).toEqual(['POST', 'PUT']);
    expect(await registered({ POST: 409, PUT: 404 })).toEqual(['POST', 'PUT']);
  });

  it('ends with any other refusal', async () => {
    await expect(registered({ POST: 403, PUT: 200 })).rejects.toThrow('403');
    await expect(registered({ POST: 409, PUT: 422 })).rejects.toThrow('422');
  });
});
