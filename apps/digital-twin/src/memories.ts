import { parseStream, type PredictionV1, type PredictRequest } from '@interlock/contracts';
import { createFollower, type AdapterLogger, type LogFollower } from '@interlock/eventstore';
import { positionText, type EventStore, type RecordedEvent } from '@interlock/kernel';
import { EVENT_STORE, LOGGER, readConfig, SERVICE_CONTEXT, type ServiceContext } from '@interlock/platform';
import { DecisionMemory, predict, traceEventTypes, type TraceEvent, type TwinMethod } from '@interlock/twin';
import { Inject, Injectable } from '@nestjs/common';
import { TwinConfig } from './config.js';

/** The decision memory of every tenant, kept current with the log. */
@Injectable()
export class Memories {
  readonly follower: LogFollower;
  readonly #memories = new Map<string, DecisionMemory>();

  readonly #method: TwinMethod;

  constructor(
    @Inject(EVENT_STORE) store: EventStore,
    @Inject(LOGGER) logger: AdapterLogger,
    @Inject(SERVICE_CONTEXT) { environment }: ServiceContext,
  ) {
    this.#method = readConfig(TwinConfig, environment).TWIN_METHOD;
    this.follower = createFollower(store, {
      name: 'traces',
      prefixes: ['trace-'],
      onEvent: (event) => this.#fold(event),
      logger,
    });
  }

  /** `undefined` for a tenant without a trace. */
  of(tenantId: string): DecisionMemory | undefined {
    return this.#memories.get(tenantId);
  }

  /** The answer by the tenant's memory and the configured method. */
  predict(request: PredictRequest): PredictionV1 {
    return predict(this.of(request.tenant_id), request, undefined, this.#method);
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
