import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { subject, type ActionOutcomeV1, type IntentAcceptedV1 } from '@interlock/contracts';
import { done, positionText, skip, type Handled, type RecordedEvent } from '@interlock/kernel';
import { BusPublisher, parseRelayedEvent, type BusMessage } from '@interlock/jetstream';
import {
  effectOf,
  endEventTypes,
  endStatusOf,
  isActionEnd,
  type ActionEndEvent,
  type IntentAcceptedData,
} from '@interlock/rails';
import { ActionHandler } from '../handlers.js';
import { PlanRunner } from '../plans/plan-runner.js';

const envelope = (type: string, event: RecordedEvent, data: object): object => ({
  specversion: '1.0',
  type,
  source: 'interlock/safety-rails',
  id: event.id,
  time: event.metadata.occurred_at,
  datacontenttype: 'application/json',
  ...(event.metadata.traceparent === undefined ? {} : { traceparent: event.metadata.traceparent }),
  data,
});

/**
 * Notifies upstream: of the acceptance when the first event is in the log, of the outcome when an
 * action has ended. A repeat carries the same message id.
 */
@Controller()
export class OutcomesReactor {
  constructor(
    private readonly handler: ActionHandler,
    private readonly publisher: BusPublisher,
    @Inject(PlanRunner) private readonly plans: Pick<PlanRunner, 'wake'>,
  ) {}

  @EventPattern({
    stream: 'EVENTS',
    durable: 'safety-rails-outcomes',
    filter: 'interlock.events.action.*.*',
    concurrency: 32,
    eventTypes: ['IntentAccepted', ...endEventTypes],
  })
  async onEvent(@Payload() message: BusMessage): Promise<Handled> {
    const event = parseRelayedEvent(message.data);
    if (event.type === 'IntentAccepted') return this.#accepted(event);
    return endEventTypes.has(event.type) ? this.#ended(event) : skip('not told upstream');
  }

  async #accepted(event: RecordedEvent): Promise<Handled> {
    const { intent, action_id } = event.data as IntentAcceptedData;
    const data: IntentAcceptedV1 = {
      intent_id: intent.intent_id,
      action_id,
      tenant_id: intent.tenant_id,
      position: positionText(event.position),
    };
    await this.publisher.publish(
      subject({ kind: 'accepted', tenant: intent.tenant_id }),
      envelope('interlock.intent_accepted.v1', event, data),
      { msgId: `accepted:${event.id}` },
    );
    return done;
  }

  async #ended(event: RecordedEvent): Promise<Handled> {
    const { state } = await this.handler.load(event.stream, event.revision);
    const end = event as unknown as ActionEndEvent;
    if (state.status === 'NONE' || state.ended_at === null || !isActionEnd(end))
      return skip('the action has not ended');
    const { intent, action_id, part_of: partOf } = state.accepted;
    if (partOf !== undefined) this.plans.wake(intent.tenant_id, partOf.plan_id);
    const data: ActionOutcomeV1 = {
      intent_id: intent.intent_id,
      action_id,
      tenant_id: intent.tenant_id,
      action_type: intent.action_type,
      entity_id: intent.entity_id,
      // A completed action may have been taken back since, so each outcome follows its own event.
      state: endStatusOf(end),
      reasons: end.data.reasons,
      sequence: 'sequence' in end.data && end.data.sequence === 2 ? 2 : 1,
      effect: effectOf(end),
      dry_run: intent.dry_run === true,
      position: positionText(event.position),
    };
    await this.publisher.publish(
      subject({ kind: 'outcomes', tenant: intent.tenant_id, actionType: intent.action_type }),
      envelope('interlock.action_outcome.v1', event, data),
      { msgId: `outcome:${event.id}` },
    );
    return done;
  }
}
