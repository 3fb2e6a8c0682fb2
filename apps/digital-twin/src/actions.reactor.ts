import { parseStream } from '@interlock/contracts';
import {
  collect,
  done,
  isProblem,
  retry,
  skip,
  uuidV5,
  type EventStore,
  type Handled,
  type RecordedEvent,
} from '@interlock/kernel';
import { parseRelayedEvent, type BusMessage } from '@interlock/jetstream';
import { SERVICE_CONTEXT, type ServiceContext } from '@interlock/platform';
import type { FeedbackEvent, FinishedData } from '@interlock/rails';
import { outcomeByEvent, outcomeOf, traceOf } from '@interlock/twin';
import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { Traces } from './traces.js';

/** How long a trace may be on its way, and after how long it is looked for again. */
const onItsWayMs = 60_000;
const retryMs = 2000;

/** Every action that really ran leaves one trace when it ends. */
@Controller()
export class ActionsReactor {
  constructor(
    @Inject(SERVICE_CONTEXT) private readonly context: ServiceContext,
    private readonly traces: Traces,
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

  /** An action that a person calls bad or harmful counts as that from then on. */
  @EventPattern({
    stream: 'EVENTS',
    durable: 'digital-twin-feedback',
    filter: 'interlock.events.feedback.*.*',
    concurrency: 4,
    eventTypes: ['FeedbackGiven'],
  })
  async onFeedback(@Payload() message: BusMessage): Promise<Handled> {
    const event = await readEvent(message.data, this.context.store);
    const stream = event === undefined ? undefined : parseStream(event.stream);
    if (event === undefined || stream === undefined) return skip('the event is not in the log');
    const { action_id, verdict, ended_at } = event.data as FeedbackEvent['data'];
    if (verdict === 'good') return skip('what went well is a trace already');
    const { metadata } = event;
    const isKnown = await this.traces.judge(uuidV5('trace', stream.tenant, action_id), verdict, {
      tenantId: stream.tenant,
      actor: { kind: 'service', service: 'digital-twin' },
      now: metadata.occurred_at,
      correlationId: metadata.$correlationId,
      causationId: event.id,
    });
    if (isKnown) return done;
    // The trace follows the action's end, and may be on its way.
    return Date.now() - Date.parse(ended_at) < onItsWayMs
      ? retry(retryMs, 'the trace of the action is not there yet')
      : skip('the action left no trace');
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
