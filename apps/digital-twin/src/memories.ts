import { parseStream } from '@interlock/contracts';
import { createFollower, type AdapterLogger, type LogFollower } from '@interlock/eventstore';
import { positionText, type EventStore, type RecordedEvent } from '@interlock/kernel';
import { EVENT_STORE, LOGGER } from '@interlock/platform';
import { DecisionMemory, traceEventTypes, type TraceEvent } from '@interlock/twin';
import { Inject, Injectable } from '@nestjs/common';

/** The decision memory of every tenant, kept current with the log. */
@Injectable()
export class Memories {
  readonly follower: LogFollower;
  readonly #memories = new Map<string, DecisionMemory>();

  constructor(@Inject(EVENT_STORE) store: EventStore, @Inject(LOGGER) logger: AdapterLogger) {
    this.follower = createFollower(store, {
      name: 'traces',
      prefixes: ['trace-'],
      onEvent: (event) => {
        this.#fold(event);
      },
      logger,
    });
  }

  /** `undefined` for a tenant without a trace. */
  of(tenantId: string): DecisionMemory | undefined {
    return this.#memories.get(tenantId);
  }

  /**
   * Makes sure that the memories are current: confirmed within the last 2 s, or read afresh where
   * asked. Throws `not-current`.
   */
  current(fresh: boolean): Promise<void> {
    return this.follower.ensureCurrent(fresh);
  }

  #fold(event: RecordedEvent): void {
    const stream = parseStream(event.stream);
    if (stream === undefined || !(traceEventTypes as readonly string[]).includes(event.type)) return;
    const memory = this.#memories.get(stream.tenant) ?? new DecisionMemory();
    memory.take(event as unknown as TraceEvent, positionText(event.position));
    this.#memories.set(stream.tenant, memory);
  }
}
