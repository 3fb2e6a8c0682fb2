import process from 'node:process';

import { connectEventStore } from '@interlock/eventstore';

import { GatewayConfig } from '../dist/config.js';
import { Gateway } from '../dist/gateway.js';

/** A gateway in a process of its own, whose methods its parent calls: LOG CONFIG ENVIRONMENT. */
const [url, config, environment] = process.argv.slice(2);
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
  config: Object.assign(new GatewayConfig(), JSON.parse(config)),
  environment: JSON.parse(environment),
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
