import { JetStreamTransport } from '@interlock/jetstream';

import type { ServiceContext } from '../base/context.js';
import { counterOf, gaugeOf, histogramOf } from '../observe/metrics.js';

/**
 * Returns the transport that serves a service's message patterns on the context's connection, with
 * metrics.
 */
export const busTransport = ({ nats, service, logger, metrics }: ServiceContext): JetStreamTransport => {
  const answered = histogramOf(metrics, 'rpc_duration_seconds');
  const handled = counterOf(metrics, 'bus_messages_total');
  const duration = histogramOf(metrics, 'bus_message_duration_seconds');
  const pending = gaugeOf(metrics, 'bus_consumer_pending_messages');
  return new JetStreamTransport({
    connection: nats,
    service,
    logger,
    metrics: {
      onAnswered: (command, ok, seconds) =>
        answered.observe({ service, command, outcome: ok ? 'ok' : 'problem' }, seconds),
      onHandled: (consumer, outcome, seconds, left) => {
        handled.inc({ service, consumer, outcome });
        duration.observe({ service, consumer }, seconds);
        pending.set({ service, consumer }, left);
      },
    },
  });
};
