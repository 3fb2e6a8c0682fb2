import { parseStream, streamName } from '@interlock/contracts';
import { createFollower, type AdapterLogger, type LogFollower } from '@interlock/eventstore';
import type { EventStore, RecordedEvent } from '@interlock/kernel';
import { networkHandlerOf } from '@interlock/network';
import { foldAction, noAction, readAction, type ActionRecord } from '@interlock/executor';
import { OpenTransactions } from './open-transactions.js';

/** What was not proved to be at the log's end for so long may have missed what others wrote. */
const currentMs = 2000;

/**
 * What the gateway follows of the log beside its inventory: the unfinished transactions, and the actions that its handlers serve. Their streams are then not read again at
 * each step. What is followed is good for finding out what to do next; every append still names the revision that it was decided at.
 */
export class FollowedStreams {
  readonly transactions: OpenTransactions;
  readonly #store: EventStore;
  readonly #follower: LogFollower;
  /** Actions that have not ended, by stream. */
  readonly #actions = new Map<string, ActionRecord>();

  /** `onMoved` is told of every event of an unfinished transaction, whoever wrote it. */
  constructor(store: EventStore, logger: AdapterLogger, onMoved: (tenantId: string, txId: string) => void) {
    this.#store = store;
    this.transactions = new OpenTransactions(onMoved);
    this.#follower = createFollower(store, {
      name: 'netconf-gateway-transactions',
      prefixes: ['device_tx-', 'action-'],
      onEvent: (event) => {
        if (event.stream.startsWith('action-')) this.#foldAction(event);
        else this.transactions.fold(event);
      },
      logger,
    });
  }

  start(): Promise<void> {
    return this.#follower.start();
  }

  stop(): Promise<void> {
    return this.#follower.stop();
  }

  /** Afterwards everything that was in the log when this was called is followed. */
  async current(): Promise<void> {
    await this.#follower.confirmCurrent();
  }

  /** The revision that a transaction's stream had within the last two seconds; undefined where that is not known, so that the stream has to be read. */
  revisionOf(stream: string): bigint | undefined {
    return this.#follower.confirmedWithin(currentMs) ? this.transactions.revisionOf(stream) : undefined;
  }

  /**
   * The action as it was followed, where that was proved current within the last two seconds and already says what the caller looks for; else as the log has it now.
   * So a refusal is always of the log as it is.
   */
  async actionThat(
    tenantId: string,
    actionId: string,
    says: (action: ActionRecord) => boolean,
  ): Promise<ActionRecord> {
    const stream = streamName('action', tenantId, actionId);
    const followed = this.#actions.get(stream);
    if (followed !== undefined && says(followed) && this.#follower.confirmedWithin(currentMs))
      return followed;
    // A look at the log's end costs less than the whole stream, and one serves all who ask at the same time.
    const isCurrent = await this.#follower.confirmCurrent().then(
      () => true,
      () => false,
    );
    return (isCurrent ? this.#actions.get(stream) : undefined) ?? readAction(this.#store, tenantId, actionId);
  }

  #foldAction(event: RecordedEvent): void {
    const known = this.#actions.get(event.stream);
    if (known === undefined && event.type !== 'IntentAccepted') return;
    const record = foldAction(known ?? noAction(parseStream(event.stream)?.id ?? ''), event);
    if (record.ended || networkHandlerOf(record.intent?.action_type ?? '') === undefined)
      this.#actions.delete(event.stream);
    else this.#actions.set(event.stream, record);
  }
}
