import type { Actor, Timestamp } from '@interlock/contracts';
import { traceparentWithin } from '@interlock/jetstream';
import {
  type EventStore,
  type EventToAppend,
  type Position,
  positionOrNull,
  uuidV5,
} from '@interlock/kernel';
import { EVENT_STORE } from '@interlock/platform';
import { judgedTrace, traceDay, traceStream, type KeptTraceEvent, type TraceV1 } from '@interlock/twin';
import { Inject, Injectable } from '@nestjs/common';
import { Memories } from './memories.js';

/** Who appends, and what caused it. */
export type TraceOrigin = {
  readonly tenantId: string;
  readonly actor: Actor;
  readonly now: Timestamp;
  readonly correlationId: string;
  readonly causationId: string;
};
export type Appended = {
  readonly appended: number;
  /** Traces that the memory already has, or that it has forgotten. */
  readonly known: number;
  readonly forgotten: number;
  readonly position: string | null;
};

const batch = 100;

/**
 * Appends traces to the day they finished on, without expected revision: nobody decides on them,
 * and readers drop a repeated id.
 */
@Injectable()
export class Traces {
  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    private readonly memories: Memories,
  ) {}

  /**
   * Appends what the memory does not hold yet. Throws the store's errors; what was appended until
   * then is known at the next try.
   */
  async append(
    type: KeptTraceEvent['type'],
    traces: readonly TraceV1[],
    origin: TraceOrigin,
  ): Promise<Appended> {
    await this.memories.current(true);
    const memory = this.memories.of(origin.tenantId);
    const once = [...new Map(traces.map((trace) => [trace.trace_id, trace])).values()];
    const fresh = once.filter((trace) => memory?.has(trace) !== true);
    let last: Position | null = null;
    for (const [day, ofDay] of Map.groupBy(fresh, ({ finished_at }) => traceDay(finished_at))) {
      const stream = traceStream(origin.tenantId, day);
      for (let i = 0; i < ofDay.length; i += batch) {
        const events = ofDay.slice(i, i + batch).map((trace) => eventOf(stream, type, trace, origin));
        ({ position: last } = await this.store.append(stream, events, 'any'));
      }
    }
    return {
      appended: fresh.length,
      known: traces.length - fresh.length,
      forgotten: once.filter(({ trace_id }) => memory?.isForgotten(trace_id) === true).length,
      position: positionOrNull(last),
    };
  }

  /**
   * Writes a person's verdict on an action into its trace; false if the memory has no trace of it.
   * An imported trace is of no action that ran here. A forgotten trace stays forgotten. Throws the
   * store's errors.
   */
  async judge(traceId: string, verdict: 'bad' | 'harmful', origin: TraceOrigin): Promise<boolean> {
    await this.memories.current(true);
    const memory = this.memories.of(origin.tenantId);
    if (memory?.isForgotten(traceId) === true) return true;
    const trace = memory?.find(traceId);
    if (trace === undefined || trace.imported) return false;
    const judged = judgedTrace(trace, verdict);
    if (judged === null) return true;
    const stream = traceStream(origin.tenantId, traceDay(judged.finished_at));
    await this.store.append(stream, [eventOf(stream, 'TraceJudged', judged, origin)], 'any');
    return true;
  }
}

/**
 * Names the command of a trace. A trace is written once for each outcome and once for each verdict
 * on it. An import has a name of its own, so that it cannot stand in for a record with its id.
 */
const commandOf = ({ trace_id, outcome, judged, imported }: TraceV1): string =>
  uuidV5('trace', trace_id, outcome, ...(imported ? ['imported'] : judged === undefined ? [] : [judged]));

const eventOf = (
  stream: string,
  type: KeptTraceEvent['type'],
  trace: TraceV1,
  { tenantId, actor, now, correlationId, causationId }: TraceOrigin,
): EventToAppend => {
  const commandId = commandOf(trace);
  return {
    id: uuidV5(stream, commandId, '0'),
    type,
    data: trace,
    metadata: {
      $correlationId: correlationId,
      $causationId: causationId,
      tenant_id: tenantId,
      actor,
      schema_version: 1,
      occurred_at: now,
      command_id: commandId,
      ...traceparentWithin(null),
    },
  };
};
