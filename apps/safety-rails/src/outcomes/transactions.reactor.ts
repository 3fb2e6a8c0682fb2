import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { actionOfTx, parseStream } from '@interlock/contracts';
import { done, skip, type Handled } from '@interlock/kernel';
import { parseRelayedEvent, type BusMessage } from '@interlock/jetstream';
import { Orchestrator } from '../actions/orchestrator.js';

/** Wakes an action when its transaction on a device has changed. */
@Controller()
export class TransactionsReactor {
  constructor(private readonly orchestrator: Orchestrator) {}

  @EventPattern({
    stream: 'EVENTS',
    durable: 'safety-rails-transactions',
    filter: 'interlock.events.device_tx.*.*',
    concurrency: 16,
  })
  onEvent(@Payload() message: BusMessage): Promise<Handled> {
    const stream = parseStream(parseRelayedEvent(message.data).stream);
    if (stream === undefined) return Promise.resolve(skip('not a transaction'));
    this.orchestrator.wake(stream.tenant, actionOfTx(stream.id));
    return Promise.resolve(done);
  }

  /**
   * Wakes an action when the call of a tenant's handler has changed; its id is that of the action.
   */
  @EventPattern({
    stream: 'EVENTS',
    durable: 'safety-rails-calls',
    filter: 'interlock.events.call.*.*',
    concurrency: 16,
  })
  onCall(@Payload() message: BusMessage): Promise<Handled> {
    return this.onEvent(message);
  }
}
