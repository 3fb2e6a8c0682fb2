import { executedEndTypes, parseStream } from '@interlock/contracts';
import { parseRelayedEvent, type BusMessage } from '@interlock/jetstream';
import {
  collect,
  done,
  evolveRecorded,
  isProblem,
  skip,
  type EventStore,
  type Handled,
  type Recorded,
  type RecordedEvent,
} from '@interlock/kernel';
import { EVENT_STORE } from '@interlock/platform';
import { actionDecider, executedOutcome, type ActionEvent, type FeedbackEvent } from '@interlock/rails';
import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { EarnedRecord } from './earned-record.js';

const ends: readonly ActionEvent['type'][] = [...executedEndTypes, 'ActionRejected', 'ActionExpired'];

/**
 * Counts each action that ran or needed approval once in the record of its account and type. Counts
 * people's verdicts on actions too.
 */
@Controller()
export class OutcomesReactor {
  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    private readonly record: EarnedRecord,
  ) {}

  @EventPattern({
    stream: 'EVENTS',
    durable: 'budget-ledger-actions',
    filter: 'interlock.events.action.*.*',
    concurrency: 4,
    eventTypes: ends,
  })
  async onEnd(@Payload() message: BusMessage): Promise<Handled> {
    const at = placeOf(message.data);
    const of = at === undefined ? undefined : parseStream(at.stream);
    if (at === undefined || of === undefined) return skip('the event names no stream');
    const events = (await collect(this.store.read(at.stream))) as unknown as readonly (RecordedEvent &
      Recorded<ActionEvent>)[];
    const end = events.find(({ revision }) => revision === at.revision);
    if (end === undefined) return skip('the event is not in the log');
    const state = events.reduce(
      (so, event) => evolveRecorded(actionDecider, so, event),
      actionDecider.initial,
    );
    const outcome = executedOutcome(state);
    if (outcome === null || state.accepted === null) return done;
    const { account_id, action_type } = state.accepted.intent;
    if ('sequence' in end.data && end.data.sequence === 2) {
      // The action was counted when it first ended. A rollback by a person means that it went
      // wrong.
      await this.record.judge(
        { tenant_id: of.tenant, account_id, action_type },
        {
          action_id: outcome.action_id,
          verdict: 'bad',
          by: state.rollback?.approved_by ?? 'service:safety-rails',
          affected_entity_count: outcome.affected_entity_count,
          day: outcome.day,
        },
        end.id,
      );
      return done;
    }
    await this.record.count({ tenant_id: of.tenant, account_id, action_type }, outcome, end.id);
    return done;
  }

  @EventPattern({
    stream: 'EVENTS',
    durable: 'budget-ledger-feedback',
    filter: 'interlock.events.feedback.*.*',
    concurrency: 4,
    eventTypes: ['FeedbackGiven'],
  })
  async onFeedback(@Payload() message: BusMessage): Promise<Handled> {
    const at = placeOf(message.data);
    const of = at === undefined ? undefined : parseStream(at.stream);
    if (at === undefined || of === undefined) return skip('the event names no stream');
    const [event] = await collect(this.store.read(at.stream, { from: at.revision, limit: 1 }));
    if (event?.type !== 'FeedbackGiven') return skip('the event is not in the log');
    const { account_id, action_type, action_id, verdict, by, by_requester, affected_entity_count, ended_at } =
      event.data as FeedbackEvent['data'];
    // The requester of an action may report that it went wrong, but not that it went well.
    if (by_requester && verdict === 'good') return skip('who requested the action calls it good');
    await this.record.judge(
      { tenant_id: of.tenant, account_id, action_type },
      { action_id, verdict, by, affected_entity_count, day: ended_at.slice(0, 10) },
      event.id,
    );
    return done;
  }
}

/** Returns the log position of the relayed event. Decisions rely on the log alone. */
const placeOf = (data: unknown): { readonly stream: string; readonly revision: bigint } | undefined => {
  try {
    return parseRelayedEvent(data);
  } catch (error) {
    if (!isProblem(error, 'payload-too-large')) throw error;
    const { stream, revision } = data as { readonly stream: string; readonly revision: string };
    return { stream, revision: BigInt(revision) };
  }
};
