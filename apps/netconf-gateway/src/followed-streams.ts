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

/** What was not proved to be at the log's end for so long may have missed what others wrote. */
const currentMs = 2000;

export type FollowedOptions = {
  readonly logger: AdapterLogger;
  /** The handlers whose actions are followed. */
  readonly handler: FindHandler;
  /** Receives every event of a transaction, from any instance. */
  readonly onMoved: (tenantId: string, txId: string) => void;
  /** Receives how the whole log compares with the note that the start used. */
  readonly onConfirmed?: (found: ConfirmedWork) => void;
};

/**
 * What the gateway follows of the log beside its inventory: the unfinished transactions, and the
 * actions that its handlers serve. Their streams are then not read again at each step. What is
 * followed is good for finding out what to do next; every append still names the revision that it
 * was decided at.
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
      // An action from before the start is read where somebody asks for it.
      begin: () => store.head(),
      onEvent: (event) => {
        this.#foldAction(event);
      },
      logger,
    });
  }

  get transactions(): OpenTransactions {
    return this.#transactions.work;
  }

  async start(): Promise<void> {
    await Promise.all([this.#transactions.start(), this.#follower.start()]);
  }

  /** Notes the unfinished transactions, and stops. */
  async stop(): Promise<void> {
    await Promise.all([this.#transactions.stop(), this.#follower.stop()]);
  }

  /** As a crash. */
  async kill(): Promise<void> {
    await Promise.all([this.#transactions.kill(), this.#follower.stop()]);
  }

  /** Afterwards everything that was in the log when this was called is followed. */
  async current(): Promise<void> {
    await Promise.all([this.#transactions.follower.confirmCurrent(), this.#follower.confirmCurrent()]);
  }

  /**
   * The revision that a transaction's stream had within the last two seconds; undefined where that
   * is not known, so that the stream has to be read.
   */
  revisionOf(stream: string): bigint | undefined {
    return this.#transactions.follower.confirmedWithin(currentMs)
      ? this.transactions.revisionOf(stream)
      : undefined;
  }

  /**
   * The action as it was followed, where that was proved current within the last two seconds and
   * already says what the caller looks for; else as the log has it now. So a refusal is always of
   * the log as it is.
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
    // A look at the log's end costs less than the whole stream, and one serves all who ask at the
    // same time.
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
