import { expect, it } from '@jest/globals';
import { InMemoryEventStore } from '@interlock/kernel';
import { GatewayConfig } from '../src/config.js';
import { Gateway } from '../src/gateway.js';

it('a gateway closes its KPI sources even if another part does not stop', async () => {
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  let closed = 0;
  const gateway = new Gateway({
    store: new InMemoryEventStore(),
    config: Object.assign(new GatewayConfig(), { NETCONF_GATEWAY_KEY: 'ab'.repeat(32) }),
    environment: {},
    logger: silent,
    kpiSources: [
      {
        name: 'telemetry',
        tenant_id: 'demo',
        devices: null,
        kpis: [],
        max_age_s: 60,
        read: () => Promise.resolve(new Map()),
        close: () => {
          closed += 1;
        },
      },
    ],
  });
  gateway.sessions.stop = () => Promise.reject(new Error('a session does not end'));
  await expect(gateway.stop()).rejects.toThrow('a session does not end');
  expect(closed).toBe(1);
});
