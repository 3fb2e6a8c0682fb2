import { once } from 'node:events';
import process from 'node:process';

import { connectEventStore } from '@interlock/eventstore';

import { GatewayConfig } from '../dist/config.js';
import { Gateway } from '../dist/gateway.js';

/**
 * A gateway in a process of its own on the log at LOG. Its parent sends its settings, then calls.
 */
const [url] = process.argv.slice(2);
const [{ config, environment }] = await once(process, 'message');
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const store = await connectEventStore(url);
const append = store.append.bind(store);
const gateway = new Gateway({
  store: Object.assign(store, {
    append: (stream, events, expected) =>
      append(
        stream,
        events.map((event) => ({
          ...event,
          metadata: { writer: 'netconf-gateway', ...event.metadata },
        })),
        expected,
      ),
  }),
  config: Object.assign(new GatewayConfig(), config),
  environment,
  logger: silent,
});
await gateway.start();
process.on('message', ({ id, method, args }) => {
  gateway[method](...args).then(
    (value) => process.send({ id, value }),
    (error) => process.send({ id, fault: error.message }),
  );
});
process.once('disconnect', () => process.exit());
process.send('ready');
