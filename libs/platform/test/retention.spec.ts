import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { InMemoryEventStore } from '@interlock/kernel';
import type { DynamicModule } from '@nestjs/common';
import { Registry } from 'prom-client';

import { retentionModule } from '../src/module/retention.js';

type Lifecycle = {
  readonly onApplicationBootstrap: () => void;
  readonly beforeApplicationShutdown: () => Promise<void>;
};

const unhandled: unknown[] = [];
const note = (error: unknown): void => {
  unhandled.push(error);
};
beforeEach(() => {
  process.on('unhandledRejection', note);
});
afterEach(() => {
  process.off('unhandledRejection', note);
});

it('ends quietly where the service stops before its log has answered', async () => {
  const store = new InMemoryEventStore();
  const silent = new Proxy(store, {
    get: (target, name) =>
      name === 'head' || name === 'subscribe'
        ? () => new Promise(() => undefined)
        : Reflect.get(target, name),
  });
  const { controllers }: DynamicModule = retentionModule('demo', []);
  const Rpc = controllers?.[0] as unknown as new (context: unknown) => Lifecycle;
  const rpc = new Rpc({
    database: {},
    service: 'demo',
    logger: { warn: note, info: note },
    metrics: new Registry(),
    store: silent,
    environment: {},
  });
  rpc.onApplicationBootstrap();
  await rpc.beforeApplicationShutdown();
  await new Promise((resolve) => setImmediate(resolve));
  expect(unhandled).toEqual([]);
});
