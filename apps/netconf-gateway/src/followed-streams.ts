import { parseStream, streamName } from '@interlock/contracts';
import {
  createFollower,
  OpenWork,
  type AdapterLogger,
  type ConfirmedWork,
  type LogFollower,
} from '@interlock/eventstore';
import { foldAction, noAction, readAction, type ActionRecord } from '@interlock/executor';
import type { EventStore, RecordedEvent } from '@interlock/kernel';
import { OpenTransactions } from '@interlock/network';
import { nowText } from '@interlock/platform';
import type { FindHandler } from './handlers.js';

/**
 * The followed streams count as current for this time after they reached the end of the log, in
 * milliseconds.
 */
const currentMs = 2000;

export type FollowedOptions = {
  readonly logger: AdapterLogger;
  /** Finds the handlers whose actions are followed. */
  readonly handler: FindHandler;
  /** Receives every event of a transaction, from any instance. */
  readonly onMoved: (tenantId: string, txId: string) => void;
  /** Receives the comparison of the whole log with the snapshot that the start used. */
  readonly onConfirmed?: (found: ConfirmedWork) => void;
};

/**
 * Follows two things in the log beside the inventory: unfinished transactions, and actions that the
 * gateway's handlers serve. Their streams then need not be read at each step. The followed state
 * suggests the next step; every append still names the revision on which it was decided.
 */
export class FollowedStreams {
  readonly #store: EventStore;
  readonly #handler: FindHandler;
  readonly #transactions: OpenWork<OpenTransactions>;
  readonly #follower: LogFollower;
  /** Actions that were accepted since the start and have not ended, by stream. */
  readonly #actions = new Map<string, ActionRecord>();

  constructor(store: EventStore, { logger, handler, onMoved, onConfirmed }: FollowedOptions) {
    this.#store = store;
    this.#handler = handler;
    this.#transactions = new OpenWork(store, {
      service: 'netconf-gateway',
      prefixes: ['device_tx-'],
      initial: () => new OpenTransactions(),
      now: nowText,
      onEvent: ({ stream }) => {
        const at = parseStream(stream);
        if (at !== undefined) onMoved(at.tenant, at.id);
      },
      ...(onConfirmed === undefined ? {} : { onConfirmed }),
      logger,
    });
    this.#follower = createFollower(store, {
      name: 'netconf-gateway-actions',
      prefixes: ['action-'],
      // An action from before the start is read when it is first needed.
      begin: () => store.head(),
      onEvent: (event) => this.#foldAction(event),
      logger,
    });
  }

  get transactions(): OpenTransactions {
    return this.#transactions.work;
  }

  async start(): Promise<void> {
    await Promise.all([this.#transactions.start(), this.#follower.start()]);
  }

  /** Saves a snapshot of the unfinished transactions, and stops. */
  async stop(): Promise<void> {
    await Promise.all([this.#transactions.stop(), this.#follower.stop()]);
  }

  /** Simulates a crash for tests. */
  async kill(): Promise<void> {
    await Promise.all([this.#transactions.kill(), this.#follower.stop()]);
  }

  /** Waits until everything that was in the log at the time of the call is followed. */
  async current(): Promise<void> {
    await Promise.all([this.#transactions.follower.confirmCurrent(), this.#follower.confirmCurrent()]);
  }

  /**
   * Returns the revision that a transaction's stream had within the last two seconds. Undefined if
   * it is unknown, so that the stream must be read.
   */
  revisionOf(stream: string): bigint | undefined {
    return this.#transactions.follower.confirmedWithin(currentMs)
      ? this.transactions.revisionOf(stream)
      : undefined;
  }

  /**
   * Returns an action. The followed one is used if it was current within the last two seconds and
   * `says` accepts it; otherwise the log is read. So a refusal always reflects the current log.
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
    // Checking the end of the log costs less than reading the stream, and one check serves all
    // waiting callers.
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
    if (record.ended || this.#handler(record.intent?.action_type ?? '') === undefined)
      this.#actions.delete(event.stream);
    else this.#actions.set(event.stream, record);
  }
}
