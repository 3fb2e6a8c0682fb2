import type { parseStream } from '@interlock/contracts';
import type { DomainEvent, RecalledStreams, Recorded, RecordedEvent } from '@interlock/kernel';
import { decidedAgain, type Finding } from './finding.js';

/** A stream's name, read. */
export type StreamOf = NonNullable<ReturnType<typeof parseStream>>;

export type StreamRules<C, E extends DomainEvent, S> = Omit<RecalledStreams<C, E, S>, 'category' | 'ids'> & {
  /** Checks what must hold beside the decider's own rules. */
  readonly also?: (event: Recorded<E> & RecordedEvent, before: S, of: StreamOf) => readonly Finding[];
};

/** A stream's state, as folded so far. `whole` is false where the beginning of the stream is not in the file. */
export type FoldedStream<S> = {
  readonly state: S;
  readonly whole: boolean;
  readonly last: Pick<RecordedEvent, 'revision' | 'position'>;
};

/** Streams on which each event is one decision: each is made again by its decider, on the state that its stream's events before it give. */
export class StreamReplay<C, E extends DomainEvent, S> {
  readonly #rules: StreamRules<C, E, S>;
  readonly #streams = new Map<string, FoldedStream<S>>();

  constructor(rules: StreamRules<C, E, S>) {
    this.#rules = rules;
  }

  take(event: RecordedEvent, of: StreamOf): readonly Finding[] {
    const { kind, decider, recall, whole, also } = this.#rules;
    const own = event as unknown as Recorded<E> & RecordedEvent;
    const known = this.#streams.get(event.stream) ?? { state: decider.initial, whole: event.revision === 0n };
    this.#streams.set(event.stream, {
      state: decider.evolve(known.state, own),
      whole: known.whole || whole?.(own) === true,
      last: { revision: event.revision, position: event.position },
    });
    if (!known.whole)
      return [{ kind, missing: 'the beginning of the stream is not in the file', excused: true }];
    const all = recall([own], known.state, of);
    return [
      ...(all === null
        ? []
        : [
            decidedAgain(kind, `\`${event.type}\` as its decider writes it`, decider, all, known.state, [
              event,
            ]),
          ]),
      ...(also?.(own, known.state, of) ?? []),
    ];
  }

  of(stream: string): FoldedStream<S> | undefined {
    return this.#streams.get(stream);
  }

  forget(stream: string): void {
    this.#streams.delete(stream);
  }

  /** All that is kept, by stream. */
  entries(): IterableIterator<[string, FoldedStream<S>]> {
    return this.#streams.entries();
  }
}
