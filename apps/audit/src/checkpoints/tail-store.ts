import type { RecordedEvent } from '@interlock/kernel';
import { keptCheckpoints } from '@interlock/tree';
import { LogView, type ReadOptions } from '../log-view.js';

/**
 * The log, except that a stream of checkpoints starts at its latest few events. So a stream that
 * grows every minute for years is read in milliseconds. INVARIANT: the decider's state needs only
 * these events (`keptCheckpoints`).
 */
export class TailStore extends LogView {
  override async *read(stream: string, options: ReadOptions = {}): AsyncGenerator<RecordedEvent> {
    if ((options.from ?? 0n) > 0n || options.backwards === true) {
      yield* this.store.read(stream, options);
      return;
    }
    const tail: RecordedEvent[] = [];
    let found = 0;
    for await (const event of this.store.read(stream, { backwards: true })) {
      tail.push(event);
      if (event.type === 'CheckpointPublished') found += 1;
      if (found === keptCheckpoints) break;
    }
    yield* tail.reverse().slice(0, options.limit);
  }
}
