import { setTimeout as delay } from 'node:timers/promises';
import { wholeLog, type Archive } from '@interlock/archive';
import {
  backOffMs,
  comparePositions,
  parsePosition,
  type EventStore,
  type LogSubscription,
  type Position,
  type RecordedEvent,
  type SubscribeOptions,
  type SubscriptionHandlers,
} from '@interlock/kernel';
import type { VerifierKey } from '@interlock/tree';
import type { ServiceContext } from '@interlock/platform';
import { LogView, type ReadAllOptions } from '../log-view.js';

/** The archive, and the keys that verify its segments. */
export type Archived = { readonly archive: Archive; readonly keys: () => Promise<readonly VerifierKey[]> };

/** The token of the archive and its keys; null if no archive is configured. */
export const ARCHIVED = Symbol('ARCHIVED');

const longestMs = 30_000;

/** A failure of the event handler itself. Reading the archive again does not help. */
class HandlerFailed extends Error {}
const handing = async (onEvent: SubscriptionHandlers['onEvent'], event: RecordedEvent): Promise<void> => {
  try {
    await onEvent(event);
  } catch (cause) {
    throw new HandlerFailed('the handler failed', { cause });
  }
};

/**
 * The log as the trees are built from it: scavenged events come from the archive. INVARIANT: events
 * that the log still holds are returned unchanged, so that the checkpoints judge them. The archive
 * fills in missing events, and the segment's seal proves each one. Nothing is built while the
 * archive does not answer.
 */
export class ArchivedLog extends LogView {
  #fault: unknown;

  /**
   * With `attempts`, a subscription fails after that many failed attempts; otherwise it retries
   * forever.
   */
  constructor(
    store: EventStore,
    private readonly archived: Archived | null,
    private readonly logger: Pick<ServiceContext['logger'], 'warn'>,
    private readonly attempts = Infinity,
  ) {
    super(store);
  }

  /** For the health checks: throws the archive's last failure while the archive is needed. */
  check(): void {
    if (this.#fault !== undefined) throw this.#fault;
  }

  close(): void {
    this.archived?.archive.store.close();
  }

  override subscribe(options: SubscribeOptions, handlers: SubscriptionHandlers): LogSubscription {
    if (this.archived === null || options.prefixes !== undefined)
      return this.store.subscribe(options, handlers);
    const stopped = new AbortController();
    let live: LogSubscription | undefined;
    const fromArchive = this.#fromArchive(this.archived, options.after, handlers, stopped.signal).then(
      (after) => {
        if (!stopped.signal.aborted) live = this.store.subscribe({ ...options, after }, handlers);
      },
      (error: unknown) => handlers.onFailure?.(error),
    );
    return {
      stop: async () => {
        stopped.abort();
        await fromArchive;
        await live?.stop();
      },
    };
  }

  /**
   * Delivers the events after `from` that the archive covers. Returns the position from which the
   * caller follows the log alone.
   */
  async #fromArchive(
    archived: Archived,
    from: Position | null,
    { onEvent }: SubscriptionHandlers,
    signal: AbortSignal,
  ): Promise<Position | null> {
    let after = from;
    for (let failures = 0; !signal.aborted;) {
      try {
        const last = await archived.archive.last();
        const end = last === null ? undefined : parsePosition(last.manifest.last_position);
        if (end !== undefined && (after === null || comparePositions(after, end) < 0)) {
          for await (const event of wholeLog(archived.archive, await archived.keys(), this.store, {
            after,
            differing: 'log',
          })) {
            if (signal.aborted) return after;
            await handing(onEvent, event);
            after = event.position;
          }
        }
        this.#fault = undefined;
        return after;
      } catch (error) {
        if (error instanceof HandlerFailed) throw error.cause;
        failures += 1;
        if (failures >= this.attempts) throw error;
        this.#fault = error;
        this.logger.warn(
          { err: error },
          'the trees do not grow: the archive of the log cannot be read; trying again soon',
        );
        await delay(backOffMs(failures, 250, longestMs, Math.random()), undefined, {
          signal,
          ref: false,
        }).catch(() => undefined);
      }
    }
    return after;
  }

  override async *readAll(options: ReadAllOptions = {}): AsyncGenerator<RecordedEvent> {
    const { after = null, limit = Infinity, backwards = false } = options;
    if (this.archived === null || backwards) {
      yield* this.store.readAll(options);
      return;
    }
    let left = limit;
    if (left <= 0) return;
    for await (const event of wholeLog(this.archived.archive, await this.archived.keys(), this.store, {
      after,
      differing: 'log',
    })) {
      yield event;
      left -= 1;
      if (left <= 0) return;
    }
  }
}
