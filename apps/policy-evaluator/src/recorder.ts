import { EVENT_STORE } from '@interlock/platform';
import { Inject, Injectable } from '@nestjs/common';
import type { AppendResult, EventStore, EventToAppend } from '@interlock/kernel';

type QueuedEvent = {
  readonly event: EventToAppend;
  readonly done: (result: AppendResult) => void;
  readonly failed: (error: unknown) => void;
};

const mostAtOnce = 128;

/**
 * Appends facts to day streams. Facts that arrive during an append of the same stream go together
 * in the next append.
 */
@Injectable()
export class Recorder {
  readonly #queues = new Map<string, QueuedEvent[]>();

  constructor(@Inject(EVENT_STORE) private readonly store: EventStore) {}

  /**
   * Resolves when the event is in the log. Rejects with the store's error; then it is unknown if
   * the event was appended.
   */
  record(stream: string, event: EventToAppend): Promise<AppendResult> {
    return new Promise((done, failed) => {
      const queue = this.#queues.get(stream);
      if (queue !== undefined) {
        queue.push({ event, done, failed });
        return;
      }
      this.#queues.set(stream, [{ event, done, failed }]);
      void this.#drain(stream);
    });
  }

  async #drain(stream: string): Promise<void> {
    // Waits one turn of the event loop, so that facts that arrive together are appended together.
    await new Promise<void>((resolve) => setImmediate(resolve));
    for (let queue = this.#queues.get(stream) ?? []; queue.length > 0;) {
      const batch = queue.splice(0, mostAtOnce);
      try {
        const result = await this.store.append(
          stream,
          batch.map(({ event }) => event),
          'any',
        );
        for (const { done } of batch) done(result);
      } catch (error) {
        for (const { failed } of batch) failed(error);
      }
    }
    this.#queues.delete(stream);
  }
}
