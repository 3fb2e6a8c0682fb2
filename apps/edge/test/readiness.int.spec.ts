import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from '@jest/globals';
import { readinessOf } from '../src/readiness.js';
import type { EdgeService } from '../src/routing.js';

it('distinguishes a slow service from one that is down', async () => {
  const slow = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(slow, 'listening');
  const { port } = slow.address() as AddressInfo;
  const asked: EdgeService = { name: 'twin', origin: `http://127.0.0.1:${port}`, prefixes: [] };
  const before = await readinessOf([asked], undefined, 50);
  slow.close();
  slow.closeAllConnections();
  const after = await readinessOf([asked]);
  expect([before, after].map(({ services }) => services[0]?.detail)).toEqual([
    'is slow: no answer in time',
    'is down: cannot be reached',
  ]);
});
