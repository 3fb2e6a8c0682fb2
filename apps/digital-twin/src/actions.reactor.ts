import { parseStream } from '@interlock/contracts';
import {
  collect,
  done,
  isProblem,
  skip,
  uuidV5,
  type EventStore,
  type Handled,
  type RecordedEvent,
} from '@interlock/kernel';
import { parseRelayedEvent, type BusMessage } from '@interlock/jetstream';
import { SERVICE_CONTEXT, type ServiceContext } from '@interlock/platform';
import type { FinishedData } from '@interlock/rails';
import { outcomeByEvent, outcomeOf, traceOf } from '@interlock/twin';
import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { Traces } from './traces.js';

/** Every action that really ran leaves one trace when it ends. */
@Controller()
export class ActionsReactor {
  constructor(
    @Inject(SERVICE_CONTEXT) private readonly context: ServiceContext,
    @Inject(Traces) private readonly traces: Traces,
  ) {}

  @EventPattern({
    stream: 'EVENTS',
    durable: 'digital-twin-actions',
    filter: 'interlock.events.action.*.*',
    concurrency: 16,
    eventTypes: Object.keys(outcomeByEvent),
  })
  async onEvent(@Payload() message: BusMessage): Promise<Handled> {
    const event = await readEvent(message.data, this.context.store);
    if (event === undefined) return skip('the event is not in the log');
    const outcome = outcomeOf(event.type);
    const stream = parseStream(event.stream);
    if (outcome === undefined || stream === undefined) return done;
    const finished = event.data as FinishedData;
    const { metadata } = event;
    const trace = traceOf(
      uuidV5('trace', stream.tenant, stream.id),
      stream.id,
      outcome,
      finished,
      metadata.occurred_at,
    );
    if (trace === undefined) return skip('nothing ran, or nothing was observed');
    await this.traces.append('TraceRecorded', [trace], {
      tenantId: stream.tenant,
      actor: { kind: 'service', service: 'digital-twin' },
      now: metadata.occurred_at,
      correlationId: metadata.$correlationId,
      causationId: event.id,
    });
    return done;
  }
}

/** The relayed event; from the log where it was too large for the bus. */
const readEvent = async (data: unknown, store: EventStore): Promise<RecordedEvent | undefined> => {
  try {
    return parseRelayedEvent(data);
  } catch (error) {
    if (!isProblem(error, 'payload-too-large')) throw error;
    const { stream, revision } = data as { readonly stream: string; readonly revision: string };
    return (await collect(store.read(stream, { from: BigInt(revision), limit: 1 })))[0];
  }
};
