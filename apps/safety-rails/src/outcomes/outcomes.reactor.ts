import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { subject } from '@interlock/contracts';
import { done, skip, type Handled, type RecordedEvent } from '@interlock/kernel';
import { BusPublisher, parseRelayedEvent, type BusMessage } from '@interlock/jetstream';
import {
  acceptedMessage,
  endEventTypes,
  isActionEnd,
  outcomeMessage,
  type ActionEndEvent,
} from '@interlock/rails';
import { ActionHandler } from '../handlers.js';
import { PlanRunner } from '../plans/plan-runner.js';

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
    const message = acceptedMessage(event);
    await this.publisher.publish(subject({ kind: 'accepted', tenant: message.data.tenant_id }), message, {
      msgId: `accepted:${event.id}`,
    });
    return done;
  }

  async #ended(event: RecordedEvent): Promise<Handled> {
    const { state } = await this.handler.load(event.stream, event.revision);
    const end = event as unknown as RecordedEvent & ActionEndEvent;
    if (state.status === 'NONE' || state.ended_at === null || !isActionEnd(end))
      return skip('the action has not ended');
    const { intent, action_id, part_of: partOf } = state.accepted;
    if (partOf !== undefined) this.plans.wake(intent.tenant_id, partOf.plan_id);
    await this.publisher.publish(
      subject({ kind: 'outcomes', tenant: intent.tenant_id, actionType: intent.action_type }),
      outcomeMessage(intent, action_id, end),
      { msgId: `outcome:${event.id}` },
    );
    return done;
  }
}
