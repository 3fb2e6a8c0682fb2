import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { done, skip, type CommandContext, type Handled, type RecordedEvent } from '@interlock/kernel';
import { parseRelayedEvent, type BusMessage } from '@interlock/jetstream';
import {
  actionEventsOfInterest,
  reactionTo,
  rolloutEventsOfInterest,
  treeEventsOfInterest,
} from '@interlock/alerting';
import { AlertHandler, IncidentHandler } from './handlers.js';

/** Opens incidents and fires alerts for what the log says happened; the same event twice changes nothing. */
@Controller()
export class AlertingReactor {
  constructor(
    @Inject(AlertHandler) private readonly alerts: AlertHandler,
    @Inject(IncidentHandler) private readonly incidents: IncidentHandler,
  ) {}

  @EventPattern({
    stream: 'EVENTS',
    durable: 'alerting-actions',
    filter: 'interlock.events.action.*.*',
    concurrency: 8,
    eventTypes: actionEventsOfInterest,
  })
  onAction(@Payload() message: BusMessage): Promise<Handled> {
    return this.#react(parseRelayedEvent(message.data));
  }

  @EventPattern({
    stream: 'EVENTS',
    durable: 'alerting-kill-switches',
    filter: 'interlock.events.kill_switch.*.*',
  })
  onKillSwitch(@Payload() message: BusMessage): Promise<Handled> {
    return this.#react(parseRelayedEvent(message.data));
  }

  @EventPattern({
    stream: 'EVENTS',
    durable: 'alerting-trees',
    filter: 'interlock.events.checkpoint.*.*',
    eventTypes: treeEventsOfInterest,
  })
  onInconsistency(@Payload() message: BusMessage): Promise<Handled> {
    return this.#react(parseRelayedEvent(message.data));
  }

  @EventPattern({
    stream: 'EVENTS',
    durable: 'alerting-rollouts',
    filter: 'interlock.events.rollout.*.*',
    eventTypes: rolloutEventsOfInterest,
  })
  onRollout(@Payload() message: BusMessage): Promise<Handled> {
    return this.#react(parseRelayedEvent(message.data));
  }

  async #react(event: RecordedEvent): Promise<Handled> {
    const reaction = reactionTo(event);
    if (reaction === null) return skip('calls for nothing');
    const { $correlationId: correlationId, occurred_at: now, traceparent } = event.metadata;
    const context: CommandContext = {
      commandId: `react:${event.id}`,
      tenantId: reaction.tenant,
      actor: { kind: 'service', service: 'alerting' },
      now,
      correlationId,
      causationId: event.id,
      ...(traceparent === undefined ? {} : { traceparent }),
    };
    if (reaction.kind === 'alert') await this.alerts.handle(reaction.stream, reaction.command, context);
    else await this.incidents.handle(reaction.stream, reaction.command, context);
    return done;
  }
}
