import { JetStreamTransport } from '@interlock/jetstream';

import type { ServiceContext } from '../base/context.js';
import { counterOf, histogramOf } from '../observe/metrics.js';

/**
 * The transport that serves a service's message patterns on the context's connection, with metrics.
 */
export const busTransport = ({ nats, service, logger, metrics }: ServiceContext): JetStreamTransport => {
  const answered = histogramOf(metrics, 'rpc_duration_seconds', 'duration of commands on the bus', [
    'service',
    'command',
    'outcome',
  ]);
  const handled = counterOf(metrics, 'bus_messages_total', 'messages of consumers by how they were handled', [
    'service',
    'consumer',
    'outcome',
  ]);
  return new JetStreamTransport({
    connection: nats,
    service,
    logger,
    metrics: {
      onAnswered: (command, ok, seconds) => {
        answered.observe({ service, command, outcome: ok ? 'ok' : 'problem' }, seconds);
      },
      onHandled: (consumer, outcome) => {
        handled.inc({ service, consumer, outcome });
      },
    },
  });
};
