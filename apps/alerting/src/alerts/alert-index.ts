import { parseStream, streamName, type Timestamp } from '@interlock/contracts';
import { createFollower, type LogFollower } from '@interlock/eventstore';
import {
  evolveRecorded,
  positionText,
  type CommandContext,
  type Decider,
  type DomainEvent,
  type EventStore,
  type RecordedEvent,
} from '@interlock/kernel';
import {
  alertDecider,
  foldOperations,
  incidentDecider,
  incidentEvents,
  incidentsOf,
  limitsCategory,
  noOperations,
  operationalEvents,
  operationalFigures,
  RuleEngine,
  ruleCategories,
  type AlertCommand,
  type AlertState,
  type Consequence,
  type IncidentCommand,
  type IncidentState,
  type OperationalFigures,
  type OperationalState,
} from '@interlock/alerting';
import { EVENT_STORE, newId, nowText, SERVICE_CONTEXT, type ServiceContext } from '@interlock/platform';
import { Inject, Injectable } from '@nestjs/common';

/** A command that follows from the log and is still to be carried out. */
export type Pending = {
  readonly stream: string;
  readonly context: CommandContext;
} & (
  | { readonly kind: 'alert'; readonly command: AlertCommand }
  | { readonly kind: 'incident'; readonly command: IncidentCommand }
);

const categories = [
  ...new Set([
    ...ruleCategories,
    ...Object.keys(incidentEvents),
    ...Object.keys(operationalEvents),
    'incident',
    limitsCategory,
  ]),
];
/**
 * The age in milliseconds at which an ended alert no longer matters when alerting reads the log
 * anew.
 */
const historyMs = 24 * 3_600_000;

/**
 * The states of the rules, the alerts and the incidents, kept current with the log, and the
 * commands that follow from it. A restart reads the whole log again.
 */
@Injectable()
export class AlertIndex {
  readonly follower: LogFollower;
  readonly #store: EventStore;
  readonly #engine: RuleEngine;
  readonly #alerts = new Map<string, AlertState>();
  readonly #incidents = new Map<string, IncidentState>();
  readonly #operations = new Map<string, OperationalState>();
  #pending: Pending[] = [];
  #onPending: () => void = () => undefined;
  #named = false;

  constructor(
    @Inject(EVENT_STORE) store: EventStore,
    @Inject(SERVICE_CONTEXT) { logger }: Pick<ServiceContext, 'logger'>,
  ) {
    this.#store = store;
    this.#engine = new RuleEngine((rule, error) =>
      logger.error({ err: error, rule: rule.name }, 'a rule could not read an event, and passed over it'),
    );
    this.follower = createFollower(store, {
      name: 'alerting-rules',
      prefixes: categories.map((category) => `${category}-`),
      onEvent: (event) => this.#fold(event),
      logger,
      rests: 1,
    });
  }

  /** Sets the listener for pending commands; called once, before the index starts. */
  onPending(listener: () => void): void {
    this.#onPending = listener;
  }

  async start(): Promise<void> {
    for await (const first of this.#store.readAll({ limit: 1 })) this.#name(first);
    await this.follower.start();
    this.#dropHistory();
    this.#dropDone();
  }

  /** Judges the conditions that depend on time alone, by the events read so far. */
  tick(now: Timestamp): void {
    const position = this.follower.position();
    if (position !== null) this.#engine.readUpTo(positionText(position));
    this.#add(this.#engine.tick(now), null);
  }

  /**
   * Returns the next command in log order; undefined if there is none. Its decider decides if it
   * changes anything.
   */
  next(): Pending | undefined {
    return this.#pending[0];
  }

  /** Records that the command from `next` was carried out. */
  done(pending: Pending): void {
    if (this.#pending[0] === pending) this.#pending.shift();
  }

  /** Returns an alert's state as of the last event read. */
  alertOf(stream: string): AlertState {
    return this.#alerts.get(stream) ?? alertDecider.initial;
  }

  operational(tenant: string, now: Timestamp): OperationalFigures {
    return operationalFigures(this.#operations.get(tenant) ?? noOperations, now);
  }

  /** Lists every tenant with operational figures. */
  operatingTenants(): readonly string[] {
    return [...this.#operations.keys()];
  }

  #name(first: RecordedEvent): void {
    if (this.#named) return;
    this.#named = true;
    this.#engine.isOf(`${first.id}@${positionText(first.position)}`);
  }

  #fold(event: RecordedEvent): void {
    const of = parseStream(event.stream);
    if (of === undefined) return;
    this.#name(event);
    if (of.category === 'alert')
      this.#alerts.set(event.stream, evolveRecorded(alertDecider, this.alertOf(event.stream), event));
    if (of.category === 'incident') {
      const known = this.#incidents.get(event.stream) ?? incidentDecider.initial;
      this.#incidents.set(event.stream, evolveRecorded(incidentDecider, known, event));
    }
    if (operationalEvents[of.category]?.includes(event.type) === true)
      this.#operations.set(of.tenant, foldOperations(this.#operations.get(of.tenant) ?? noOperations, event));
    this.#add(this.#engine.take(event, nowText()), event);
    for (const { tenant, stream, command } of incidentsOf(event))
      this.#push({
        kind: 'incident',
        stream,
        command,
        context: {
          ...this.#following(event, tenant, event.metadata.occurred_at),
          commandId: `react:${event.id}:${command.kind}`,
        },
      });
  }

  #add(consequences: readonly Consequence[], event: RecordedEvent | null): void {
    for (const { tenant, alert_id, command, now, by } of consequences)
      this.#push({
        kind: 'alert',
        stream: streamName('alert', tenant, alert_id),
        command,
        context: {
          ...this.#following(event, tenant, now),
          commandId: `rule:${by.event_id}:${alert_id}:${command.kind}`,
        },
      });
  }

  #following(
    event: RecordedEvent | null,
    tenantId: string,
    now: Timestamp,
  ): Omit<CommandContext, 'commandId'> {
    const traceparent = event?.metadata.traceparent;
    const id = event?.id ?? newId();
    return {
      tenantId,
      actor: { kind: 'service', service: 'alerting' },
      now,
      correlationId: event?.metadata.$correlationId ?? id,
      causationId: id,
      ...(traceparent === undefined ? {} : { traceparent }),
    };
  }

  #push(pending: Pending): void {
    this.#pending.push(pending);
    this.#onPending();
  }

  /**
   * Drops commands that the log already shows as done before this process began. The log was read
   * whole, so each command is decided on its stream and on the effects of earlier commands.
   * INVARIANT: only at the start; later, appended events may not have been read back yet.
   */
  #dropDone(): void {
    const alerts = new Map(this.#alerts);
    const incidents = new Map(this.#incidents);
    this.#pending = this.#pending.filter((pending) =>
      pending.kind === 'alert'
        ? adds(alertDecider, alerts, pending.stream, pending.command, pending.context)
        : adds(incidentDecider, incidents, pending.stream, pending.command, pending.context),
    );
  }

  /**
   * Drops commands about alerts that ended long ago. INVARIANT: a firing alert is never dropped,
   * only its part before its last end.
   */
  #dropHistory(): void {
    const since = new Date(Date.now() - historyMs).toISOString();
    const over = new Set<string>();
    this.#pending = this.#pending
      .toReversed()
      .filter(({ kind, stream, command, context: { now } }) => {
        if (kind === 'incident' || now >= since) return true;
        if (command.kind === 'end') over.add(stream);
        return !over.has(stream);
      })
      .toReversed();
  }
}

/** Returns true if the command adds to its stream. It then also changes the stream's state. */
const adds = <C, E extends DomainEvent, S>(
  decider: Decider<C, E, S>,
  states: Map<string, S>,
  stream: string,
  command: C,
  { now, tenantId, actor, correlationId, causationId, commandId }: CommandContext,
): boolean => {
  const state = states.get(stream) ?? decider.initial;
  const metadata = {
    $correlationId: correlationId,
    $causationId: causationId,
    tenant_id: tenantId,
    actor,
    schema_version: 1,
    occurred_at: now,
    command_id: commandId,
  };
  const events = decider.decide(command, state);
  states.set(
    stream,
    events.reduce((before, event) => decider.evolve(before, { ...event, metadata, revision: 0n }), state),
  );
  return events.length > 0;
};
